// Undoes the compression of one block of an engine table: enough to follow its index. Throws on anything malformed.
import { EngineReader } from './engine-reader.ts';

/** Index blocks of our tables are a few kilobytes. */
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

export function unsnap(bytes: Uint8Array, file: string): Uint8Array {
  const reader = new EngineReader(bytes, file);
  const length = reader.varint();
  if (length > MAX_UNPACKED_BYTES) throw reader.damaged();
  const out = new Uint8Array(length);
  let at = 0;
  while (!reader.done) {
    const tag = reader.take(1)[0];
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >>> 2;
      const size = (short < 60 ? short : number(reader.take(short - 59))) + 1;
      if (size > length - at) throw reader.damaged();
      out.set(reader.take(size), at);
      at += size;
      continue;
    }
    const size = kind === 1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2);
    const offset = kind === 1 ? ((tag >>> 5) << 8) | reader.take(1)[0] : number(reader.take(kind === 2 ? 2 : 4));
    if (offset === 0 || offset > at || size > length - at) throw reader.damaged();
    // Byte by byte: a copy may read what it has just written.
    for (const end = at + size; at < end; at++) out[at] = out[at - offset];
  }
  if (at !== length) throw reader.damaged();
  return out;
}

function number(bytes: Uint8Array): number {
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i];
  return value;
}
