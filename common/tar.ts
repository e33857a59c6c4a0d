// A plain tar archive (POSIX ustar) as a stream, so that `tar` itself can list and unpack it. Owns headers and filling; only
// plain files with short relative names, and nothing but a piece of one in memory.

import { EMPTY_BYTES } from './bytes.ts';

/** A file as it streams by: its content is read to the end, or left, before the next is asked for. */
export interface TarFile {
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** What a header has digits for: 8 GiB. */
const MAX_FILE_BYTES = 8 ** 11 - 1;
const BLOCK = 512;
const NAME = /^(?=.{1,97}$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/;
const SUM_AT = 148;
const SUM_LENGTH = 8;

/** What stands before a content of `size` bytes; `tarFilling` comes after it. */
export function tarHead(name: string, size: number, modified: number): Uint8Array {
  const head = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => head.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  if (!NAME.test(name) || size > MAX_FILE_BYTES) throw new RangeError(`no file of an archive: ${name}`);
  put(0, name);
  put(100, `${octal(0o600, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size, 11)}\0`);
  put(136, `${octal(Math.floor(modified / 1000), 11)}\0`);
  put(156, '0');
  put(257, 'ustar\u000000');
  put(SUM_AT, `${octal(sumOf(head), 6)}\0 `);
  return head;
}

/** To the end of a block. */
export function tarFilling(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Two empty blocks. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

/** Throws what `malformed` makes for anything that this file did not write, and where the end is missing. */
export async function* readTarFiles(
  source: AsyncIterable<Uint8Array>,
  malformed: (reason: string) => Error,
): AsyncGenerator<TarFile> {
  const parts = source[Symbol.asyncIterator]();
  let held = EMPTY_BYTES;
  /** What comes next, at least a byte and at most `most`. */
  const some = async (most: number): Promise<Uint8Array> => {
    while (held.length === 0) {
      const next = await parts.next();
      if (next.done === true) throw malformed('it is cut short');
      held = next.value;
    }
    const piece = held.subarray(0, most);
    held = held.subarray(piece.length);
    return piece;
  };
  const take = async (length: number): Promise<Uint8Array> => {
    const all = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const piece = await some(length - at);
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  };
  try {
    for (;;) {
      const head = await take(BLOCK);
      if (head.every((byte) => byte === 0)) break;
      const { name, length } = parseHead(head, malformed);
      let left = length;
      const content = (async function* () {
        while (left > 0) {
          const piece = await some(left);
          left -= piece.length;
          yield piece;
        }
      })();
      yield { name, size: length, content };
      while (left > 0) left -= (await some(left)).length;
      await take(tarFilling(length).length);
    }
    await take(BLOCK);
  } finally {
    await parts.return?.();
  }
}

function parseHead(head: Uint8Array, malformed: (reason: string) => Error): { name: string; length: number } {
  const text = (at: number, length: number): string => new TextDecoder('latin1').decode(head.subarray(at, at + length));
  const [name] = text(0, 100).split('\0');
  const sum = text(SUM_AT, SUM_LENGTH);
  const size = text(124, 12);
  if (!/^[0-7]{6}\0 $/.test(sum) || Number.parseInt(sum, 8) !== sumOf(head)) throw malformed('a header does not check');
  if (!NAME.test(name) || text(156, 1) !== '0' || !/^[0-7]{11}\0$/.test(size))
    throw malformed('an entry is no file of ours');
  return { name, length: Number.parseInt(size, 8) };
}

/** Of all bytes of a header, its own sum counted as spaces. */
function sumOf(head: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= SUM_AT && i < SUM_AT + SUM_LENGTH ? 0x20 : head[i];
  return sum;
}
