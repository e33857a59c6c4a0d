// Merkle mountain range: an append-only list reduced to its peaks (PROTOCOL 5.6). Its root is the Merkle root of the
// same items, so merkleProof and verifyMerkleProof serve both. Owns no list: whoever proves keeps the items.
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import { HASH_BYTES } from './limits.ts';
import { leafHash, nodeHash, ZERO_HASH } from './merkle.ts';

export interface MountainRange {
  /** How many items were appended. */
  readonly count: number;
  /** One root per set bit of `count`, the largest mountain first; 32 bytes each. */
  readonly peaks: readonly Uint8Array[];
}

export const emptyRange: MountainRange = { count: 0, peaks: [] };

export function appendRange(range: MountainRange, item: Uint8Array): MountainRange {
  const peaks = range.peaks.slice();
  let peak = leafHash(item);
  for (let left = range.count; left % 2 === 1; left = Math.floor(left / 2)) {
    peak = nodeHash(peaks.pop() as Uint8Array, peak);
  }
  peaks.push(peak);
  return { count: range.count + 1, peaks };
}

/** 32 bytes; zeros for the empty range. */
export function rangeRoot(range: MountainRange): Uint8Array {
  return range.peaks.length === 0 ? ZERO_HASH : range.peaks.reduceRight((bag, peak) => nodeHash(peak, bag));
}

/** `count u64 | peaks`, as many as the count has set bits. */
export function encodeRange(range: MountainRange): Uint8Array {
  const out = new Writer(8 + HASH_BYTES * range.peaks.length).u64(range.count);
  for (const peak of range.peaks) out.fixed(peak, HASH_BYTES);
  return out.finish();
}

export function decodeRange(bytes: Uint8Array): MountainRange {
  const reader = new Reader(bytes);
  const count = reader.u64();
  const peaks: Uint8Array[] = [];
  for (let left = count; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) peaks.push(reader.fixed(HASH_BYTES));
  }
  reader.end();
  return { count, peaks };
}
