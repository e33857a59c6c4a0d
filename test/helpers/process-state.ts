// What the system says of a process of ours: processor time, and what lies in its memory. Linux.
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';

const TICK_MS = 10;
const PART_BYTES = 16 * 1024 * 1024;
/** A value that lies across two parts is in one of them. */
const OVERLAP = 4096;

export const CAN_READ_MEMORY: boolean = existsSync('/proc/self/mem');

/** Of all its threads since its start. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

/** Everything of it that is in memory and no unchanged file, part by part. */
export function* memoryOf(pid: number): Generator<{ readonly bytes: Uint8Array; readonly where: string }> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const zeros = Buffer.alloc(PART_BYTES);
  try {
    for (const [from, to] of ownRegions(pid)) {
      for (let at = from; at < to; at += PART_BYTES - OVERLAP) {
        const part = Buffer.alloc(Math.min(PART_BYTES, to - at));
        let read = 0;
        try {
          read = readSync(memory, part, 0, part.length, at);
        } catch {
          // It went meanwhile.
        }
        const bytes = part.subarray(0, read);
        if (!bytes.equals(zeros.subarray(0, read))) yield { bytes, where: `memory at ${at.toString(16)}` };
        if (at + part.length >= to) break;
      }
    }
  } finally {
    closeSync(memory);
  }
}

function ownRegions(pid: number): (readonly [from: number, to: number])[] {
  const regions: (readonly [number, number])[] = [];
  let last: readonly [number, number] | undefined;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (r.).. \S+ \S+ (\d+)\s*(.*)$/.exec(line);
    if (head !== null) {
      const [, from, to, mode, inode, name] = head;
      const own = (inode === '0' || mode === 'rw') && !name.startsWith('[v');
      last = own ? [Number(`0x${from}`), Number(`0x${to}`)] : undefined;
    } else if (last !== undefined && /^(Rss|Swap):\s+[1-9]/.test(line)) {
      regions.push(last);
      last = undefined;
    }
  }
  return regions;
}
