// Merkle root and proofs over byte strings (PROTOCOL 5.5). Owns the hashing of leaves and nodes, not what the items mean.
// The tree is that of RFC 6962 by shape: an odd last node moves up unpaired, so no list can be padded with a repeat.
import { sha256 } from '#crypto';
import { equalBytes } from '../common/bytes.ts';
import { HASH_BYTES } from './limits.ts';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const ZERO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

export function leafHash(item: Uint8Array): Uint8Array {
  return sha256(LEAF, item);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right);
}

/** 32 bytes; zeros for no items. */
export function merkleRoot(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0) return ZERO_HASH;
  let level = items.map(leafHash);
  while (level.length > 1) level = parents(level);
  return level[0];
}

/** Siblings from the leaf upwards; levels on which the node moves up unpaired give none. */
export function merkleProof(items: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!isIndex(index, items.length)) throw new RangeError('merkle index out of range');
  const proof: Uint8Array[] = [];
  let level = items.map(leafHash);
  for (let at = index; level.length > 1; at = Math.floor(at / 2)) {
    const sibling = at % 2 === 0 ? at + 1 : at - 1;
    if (sibling < level.length) proof.push(level[sibling]);
    level = parents(level);
  }
  return proof;
}

/**
 * Whether `item` is in the list behind `root`. The position is as true as `count` is: a caller that relies on it
 * takes the count from a trusted place.
 */
export function verifyMerkleProof(
  root: Uint8Array,
  item: Uint8Array,
  index: number,
  count: number,
  proof: readonly Uint8Array[],
): boolean {
  if (!isIndex(index, count)) return false;
  let hash = leafHash(item);
  let used = 0;
  let at = index;
  for (let width = count; width > 1; width = Math.ceil(width / 2), at = Math.floor(at / 2)) {
    if (at % 2 === 0 && at + 1 === width) continue;
    const sibling = proof[used++];
    if (sibling?.length !== HASH_BYTES) return false;
    hash = at % 2 === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
  }
  return used === proof.length && equalBytes(hash, root);
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let i = 0; i + 1 < level.length; i += 2) next.push(nodeHash(level[i], level[i + 1]));
  if (level.length % 2 === 1) next.push(level[level.length - 1]);
  return next;
}

function isIndex(index: number, count: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(count) && index >= 0 && index < count;
}
