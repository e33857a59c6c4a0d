// Names of rows: the lower bound of the range of keys that a bucket covers, at least 32 bits of it, so that the left half
// of a split bucket keeps the row of the whole. A number up to depth 32 (fast), else a string of latin-1 bytes.

export type RowId = number | string;

/** Row key, big-endian: rows in ascending order hold leaves in ascending order. */
export function rowKey(id: RowId): Uint8Array {
  if (typeof id === 'number') return Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id);
  const out = new Uint8Array(id.length);
  for (let i = 0; i < id.length; i++) out[i] = id.charCodeAt(i);
  return out;
}

/** Row id of the bucket at `depth` on the path of the key at `at`. */
export function rowIdAt(bytes: Uint8Array, at: number, depth: number): RowId {
  if (depth <= 32) {
    const word = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    return depth === 0 ? 0 : ((word >>> (32 - depth)) << (32 - depth)) >>> 0;
  }
  const length = (depth + 7) >> 3;
  let out = '';
  for (let i = 0; i < length - 1; i++) out += String.fromCharCode(bytes[at + i]);
  const mask = (0xff << (8 * length - depth)) & 0xff;
  return out + String.fromCharCode(bytes[at + length - 1] & mask);
}

/** As `rowIdAt` for the child `bit` of the node at `depth - 1`: the last bit of the path is replaced. */
export function childRowId(bytes: Uint8Array, at: number, depth: number, bit: 0 | 1): RowId {
  const id = rowIdAt(bytes, at, depth);
  if (typeof id === 'number') {
    const last = 1 << (32 - depth);
    return (bit === 1 ? id | last : id & ~last) >>> 0;
  }
  const last = 0x80 >> ((depth - 1) & 7);
  const end = id.charCodeAt(id.length - 1);
  return id.slice(0, -1) + String.fromCharCode(bit === 1 ? end | last : end & ~last);
}

/** Bit `depth` of the key at `at`, most significant first. */
export function bitAt(bytes: Uint8Array, at: number, depth: number): 0 | 1 {
  return ((bytes[at + (depth >> 3)] >> (7 - (depth & 7))) & 1) as 0 | 1;
}

/** First of the sorted 64-byte leaves lo..hi at `at` whose key has bit `depth` set. */
export function splitAt(bytes: Uint8Array, at: number, lo: number, hi: number, depth: number): number {
  let from = lo;
  let to = hi;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (bitAt(bytes, at + 64 * middle, depth) === 1) to = middle;
    else from = middle + 1;
  }
  return from;
}
