// Payloads of lists (PROTOCOL 4.3): entries of one fixed size back to back, at least one.
import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';

export function readEntries<T>(input: Reader, size: number, read: (input: Reader) => T): T[] {
  if (input.left === 0 || input.left % size !== 0) {
    throw new CodecError({ code: 'codec.length', field: 'entries', length: input.left, limit: size });
  }
  const entries: T[] = [];
  while (input.left > 0) entries.push(read(input));
  return entries;
}
