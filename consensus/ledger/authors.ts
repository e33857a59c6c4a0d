// Author bytes (PROTOCOL 4.1). Owns no rule about who may do what.

import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { Author } from './types.ts';

const CLINIC = 1;
const PERSON = 2;

export function authorLength(author: Author): number {
  return author.type === 'clinic' ? 3 : 33;
}

export function writeAuthor(out: Writer, author: Author): void {
  if (author.type === 'clinic') out.u8(CLINIC).u16(author.clinic);
  else out.u8(PERSON).fixed(author.key, 32);
}

export function readAuthor(input: Reader): Author {
  const type = input.u8();
  if (type === CLINIC) return { type: 'clinic', clinic: input.u16() };
  if (type === PERSON) return { type: 'person', key: input.shared(32) };
  throw new CodecError({ code: 'codec.value', field: 'author' });
}

export function authorBytes(author: Author): Uint8Array {
  const out = new Writer(33);
  writeAuthor(out, author);
  return out.finish();
}
