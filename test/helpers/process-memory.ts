// What another process of this machine holds in memory, as Linux shows it to the one that started it.
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK_BYTES = 2 ** 25;
/** Of the chunk before, so that nothing is missed between two. */
const OVERLAP_BYTES = 4096;

export const CAN_READ_MEMORY: boolean = existsSync('/proc/self/mem');

/** All that it can read and that is no unchanged file, region by region. */
export function* memoryOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to, mode, inode, name] = /^(\w+)-(\w+) (\S+) \S+ \S+ (\d+)\s*(.*)$/.exec(line) ?? [];
      if (mode?.[0] !== 'r' || (inode !== '0' && mode[1] !== 'w') || name.startsWith('[v')) continue;
      const [first, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
      for (let at = first; at < end; at += CHUNK_BYTES - OVERLAP_BYTES) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at));
        const read = readPart(memory, chunk, at);
        if (read > 0) yield chunk.subarray(0, read);
      }
    }
  } finally {
    closeSync(memory);
  }
}

/** A region may be gone by now. */
function readPart(file: number, into: Buffer, at: number): number {
  try {
    return readSync(file, into, 0, into.length, at);
  } catch {
    return 0;
  }
}
