// The state tree written from PROTOCOL 6.2 word by word: slow, obvious, the reference for the real one.
import { sha256 } from '#crypto';

const bit = (key: Uint8Array, depth: number): number => (key[depth >> 3] >> (7 - (depth & 7))) & 1;

export type Leaf = readonly [key: Uint8Array, valueHash: Uint8Array];

export function naiveRoot(leaves: readonly Leaf[], depth = 0): Uint8Array {
  if (leaves.length === 0) return new Uint8Array(32);
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0][0], leaves[0][1]);
  return sha256(
    Uint8Array.of(1),
    naiveRoot(
      leaves.filter(([key]) => bit(key, depth) === 0),
      depth + 1,
    ),
    naiveRoot(
      leaves.filter(([key]) => bit(key, depth) === 1),
      depth + 1,
    ),
  );
}
