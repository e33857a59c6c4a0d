// What takes a block back: the rows that it wrote, as they were before. Applied as an ordinary update it restores state
// and tree byte for byte, because tree rows depend on the set of leaves alone.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { StateWrite } from '../ledger/types.ts';

/** Smallest entry: key length, flag. */
const MIN_ENTRY = 3;

/** `count u32 | count x (key b16 | u8 0, or u8 1 and length u32 and value)`. */
export function encodeUndo(writes: readonly StateWrite[]): Uint8Array {
  const out = new Writer(64 + 64 * writes.length).u32(writes.length);
  for (const [key, value] of writes) {
    out.bytes16(key);
    if (value === null) out.u8(0);
    else out.u8(1).u32(value.length).fixed(value, value.length);
  }
  return out.finish();
}

export function decodeUndo(bytes: Uint8Array): readonly StateWrite[] {
  const reader = new Reader(bytes);
  const count = reader.u32();
  if (count * MIN_ENTRY > bytes.length) {
    throw new CodecError({ code: 'codec.length', field: 'undo', length: count, limit: bytes.length });
  }
  const writes: StateWrite[] = [];
  for (let i = 0; i < count; i++) {
    const key = reader.bytes16();
    const flag = reader.u8();
    if (flag > 1) throw new CodecError({ code: 'codec.value', field: 'undo' });
    writes.push([key, flag === 0 ? null : reader.fixed(reader.u32())]);
  }
  reader.end();
  return writes;
}
