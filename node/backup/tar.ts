// A plain tar archive (POSIX ustar) as a stream: what a backup holds once it is decrypted, so that `tar` itself can list and
// unpack it. Owns headers and padding; only plain files with short relative names.
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { BackupError } from './errors.ts';

export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A part of a backup is held in memory whole. */
export const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

const BLOCK = 512;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,31})?$/;
const SUM_AT = 148;
const SUM_LENGTH = 8;

export function tarEntry({ name, bytes }: TarEntry, modified: number): Uint8Array {
  const head = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => head.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  if (!NAME.test(name) || bytes.length > MAX_ENTRY_BYTES) throw new RangeError(`no entry of a backup: ${name}`);
  put(0, name);
  put(100, `${octal(0o600, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(bytes.length, 11)}\0`);
  put(136, `${octal(Math.floor(modified / 1000), 11)}\0`);
  put(156, '0');
  put(257, 'ustar\u000000');
  put(SUM_AT, `${octal(sumOf(head), 6)}\0 `);
  return concatBytes(head, bytes, padding(bytes.length));
}

/** Two empty blocks. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

/** Throws BackupError `backup.format` for anything that `tarEntry` did not write, and where the end is missing. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const parts = source[Symbol.asyncIterator]();
  let held = EMPTY_BYTES;
  const take = async (length: number): Promise<Uint8Array> => {
    const pieces = [held];
    let size = held.length;
    while (size < length) {
      const next = await parts.next();
      if (next.done === true) throw malformed('it is cut short');
      pieces.push(next.value);
      size += next.value.length;
    }
    const all = concatBytes(...pieces);
    held = all.slice(length);
    return all.slice(0, length);
  };
  for (;;) {
    const head = await take(BLOCK);
    if (head.every((byte) => byte === 0)) break;
    const { name, length } = parseHead(head);
    const bytes = await take(length);
    await take(padding(length).length);
    yield { name, bytes };
  }
  await take(BLOCK);
}

function parseHead(head: Uint8Array): { name: string; length: number } {
  const text = (at: number, length: number): string => Buffer.from(head.subarray(at, at + length)).toString('latin1');
  const [name] = text(0, 100).split('\0');
  const sum = text(SUM_AT, SUM_LENGTH);
  const size = text(124, 12);
  if (!/^[0-7]{6}\0 $/.test(sum) || Number.parseInt(sum, 8) !== sumOf(head)) throw malformed('a header does not check');
  if (!NAME.test(name) || text(156, 1) !== '0' || !/^[0-7]{11}\0$/.test(size))
    throw malformed('an entry is no file of ours');
  const length = Number.parseInt(size, 8);
  if (length > MAX_ENTRY_BYTES) throw malformed('an entry is too long');
  return { name, length };
}

/** Of all bytes of a header, its own sum counted as spaces. */
function sumOf(head: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= SUM_AT && i < SUM_AT + SUM_LENGTH ? 0x20 : head[i];
  return sum;
}

function padding(length: number): Uint8Array {
  return new Uint8Array((BLOCK - (length % BLOCK)) % BLOCK);
}

function malformed(reason: string): BackupError {
  return new BackupError({ code: 'backup.format', reason });
}
