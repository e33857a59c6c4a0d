// Proofs of presence and absence against a state root, their check and their bytes (PROTOCOL 6.2, 6.7). Runs in browsers:
// plain hashing, no WebAssembly, no tree.
import { sha256 } from '#crypto';
import { concatBytes, EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { HASH_BYTES } from '../limits.ts';
import { bitAt, splitAt } from './row-id.ts';

const LEAF_BYTES = 2 * HASH_BYTES;
const MAX_DEPTH = 8 * HASH_BYTES;
const EMPTY_HASH: Uint8Array = new Uint8Array(HASH_BYTES);
const LEAF_TAG = Uint8Array.of(0);
const BRANCH_TAG = Uint8Array.of(1);

export interface ProofLeaf {
  /** Tree key and value hash, 32 bytes each. */
  readonly key: Uint8Array;
  readonly valueHash: Uint8Array;
}

export interface StateProof {
  /** Hashes beside the path, from the root down; at most 256. */
  readonly siblings: readonly Uint8Array[];
  /** What the path ends in: the leaf asked for, another leaf, or nothing. */
  readonly leaf: ProofLeaf | undefined;
}

const leafHash = (leaf: Uint8Array): Uint8Array => sha256(LEAF_TAG, leaf);
const branchHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(BRANCH_TAG, left, right);

/** True when the proof shows that under `root` the tree key has this value hash, or none when `valueHash` is undefined. */
export function verifyStateProof(
  root: Uint8Array,
  key: Uint8Array,
  valueHash: Uint8Array | undefined,
  proof: StateProof,
): boolean {
  const { siblings, leaf } = proof;
  if (siblings.length > MAX_DEPTH || key.length !== HASH_BYTES) return false;
  if (siblings.some((sibling) => sibling.length !== HASH_BYTES)) return false;
  let hash = EMPTY_HASH;
  if (leaf !== undefined) {
    if (leaf.key.length !== HASH_BYTES || leaf.valueHash.length !== HASH_BYTES) return false;
    for (let depth = 0; depth < siblings.length; depth++) {
      if (bitAt(leaf.key, 0, depth) !== bitAt(key, 0, depth)) return false;
    }
    hash = leafHash(concatBytes(leaf.key, leaf.valueHash));
  }
  const present = leaf !== undefined && equalBytes(leaf.key, key);
  if (present !== (valueHash !== undefined)) return false;
  if (present && !equalBytes(leaf.valueHash, valueHash!)) return false;
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    hash = bitAt(key, 0, depth) === 1 ? branchHash(siblings[depth], hash) : branchHash(hash, siblings[depth]);
  }
  return equalBytes(hash, root);
}

/** Goes on with a proof inside a bucket at `depth`: `row` is its sorted leaves, `above` the siblings down to it. */
export function bucketPath(row: Uint8Array, key: Uint8Array, depth: number, above: readonly Uint8Array[]): StateProof {
  const siblings = [...above];
  let lo = 0;
  let hi = row.length / LEAF_BYTES;
  for (let at = depth; hi - lo > 1; at++) {
    const middle = splitAt(row, 0, lo, hi, at);
    const right = bitAt(key, 0, at) === 1;
    siblings.push(right ? bucketHash(row, lo, middle, at + 1) : bucketHash(row, middle, hi, at + 1));
    if (right) lo = middle;
    else hi = middle;
  }
  if (lo === hi) return { siblings, leaf: undefined };
  const leaf = row.slice(LEAF_BYTES * lo, LEAF_BYTES * hi);
  return { siblings, leaf: { key: leaf.subarray(0, HASH_BYTES), valueHash: leaf.subarray(HASH_BYTES) } };
}

/** Hash of the subtree over the sorted leaves lo..hi of a row. */
function bucketHash(row: Uint8Array, lo: number, hi: number, depth: number): Uint8Array {
  if (lo === hi) return EMPTY_HASH;
  if (hi - lo === 1) return leafHash(row.subarray(LEAF_BYTES * lo, LEAF_BYTES * hi));
  const middle = splitAt(row, 0, lo, hi, depth);
  return branchHash(bucketHash(row, lo, middle, depth + 1), bucketHash(row, middle, hi, depth + 1));
}

/** `depth u16 | bitmap of siblings that are not zeros | those siblings | u8 leaf | key, value hash`. */
export function encodeStateProof(proof: StateProof): Uint8Array {
  const bitmap = new Uint8Array((proof.siblings.length + 7) >> 3);
  const given = proof.siblings.filter((sibling, i) => {
    const empty = equalBytes(sibling, EMPTY_HASH);
    if (!empty) bitmap[i >> 3] |= 0x80 >> (i & 7);
    return !empty;
  });
  const out = new Writer(64 + HASH_BYTES * given.length).u16(proof.siblings.length).fixed(bitmap, bitmap.length);
  for (const sibling of given) out.fixed(sibling, HASH_BYTES);
  if (proof.leaf === undefined) return out.u8(0).finish();
  return out.u8(1).fixed(proof.leaf.key, HASH_BYTES).fixed(proof.leaf.valueHash, HASH_BYTES).finish();
}

export function decodeStateProof(bytes: Uint8Array): StateProof {
  const reader = new Reader(bytes);
  const depth = reader.u16();
  if (depth > MAX_DEPTH)
    throw new CodecError({ code: 'codec.length', field: 'siblings', length: depth, limit: MAX_DEPTH });
  const bitmap = depth === 0 ? EMPTY_BYTES : reader.fixed((depth + 7) >> 3);
  const siblings: Uint8Array[] = [];
  for (let i = 0; i < 8 * bitmap.length; i++) {
    const given = bitAt(bitmap, 0, i) === 1;
    if (i >= depth) {
      if (given) throw new CodecError({ code: 'codec.value', field: 'bitmap' });
      continue;
    }
    const sibling = given ? reader.fixed(HASH_BYTES) : EMPTY_HASH;
    if (given && equalBytes(sibling, EMPTY_HASH)) throw new CodecError({ code: 'codec.value', field: 'sibling' });
    siblings.push(sibling);
  }
  const kind = reader.u8();
  if (kind > 1) throw new CodecError({ code: 'codec.value', field: 'leaf' });
  const leaf = kind === 1 ? { key: reader.fixed(HASH_BYTES), valueHash: reader.fixed(HASH_BYTES) } : undefined;
  reader.end();
  return { siblings, leaf };
}
