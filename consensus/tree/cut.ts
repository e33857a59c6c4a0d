// A cut through the state tree: subtrees that together cover all keys, in key order, each with its depth and hash. From a
// cut alone follows the root, so a part of the state is checked against a header without trusting who sent it (PROTOCOL 8.14).
import { sha256 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { HASH_BYTES } from '../limits.ts';

/** Subtrees of a cut at most: 32 GiB of rows in parts of 512 KiB. */
export const MAX_CUT_PARTS = 65_536;
const BRANCH_TAG = Uint8Array.of(1);
const PART_BYTES = 2 + HASH_BYTES;

/** How many leaves, as far as the hash of the node above depends on it. */
export type PartLeaves = 'none' | 'one' | 'more';
const LEAVES: readonly PartLeaves[] = ['none', 'one', 'more'];

export interface CutPart {
  readonly depth: number;
  readonly leaves: PartLeaves;
  readonly hash: Uint8Array;
}

interface Folded {
  readonly leaves: PartLeaves;
  readonly hash: Uint8Array;
}

/** The root over a cut. Throws CodecError when the parts do not cover the keys exactly. */
export function rootOfCut(parts: readonly CutPart[]): Uint8Array {
  let next = 0;
  const fold = (depth: number): Folded => {
    const part = parts[next];
    if (part === undefined || part.depth < depth) throw new CodecError({ code: 'codec.value', field: 'cut' });
    if (part.depth === depth) {
      next++;
      return part;
    }
    const left = fold(depth + 1);
    const right = fold(depth + 1);
    if (left.leaves === 'none' && right.leaves !== 'more') return right;
    if (right.leaves === 'none' && left.leaves === 'one') return left;
    return { leaves: 'more', hash: sha256(BRANCH_TAG, left.hash, right.hash) };
  };
  const { hash } = fold(0);
  if (next !== parts.length) throw new CodecError({ code: 'codec.value', field: 'cut' });
  return hash;
}

/** The least key below each part, as bits from the left: 32 bytes each, in the order of the parts. */
export function boundsOfCut(parts: readonly CutPart[]): readonly Uint8Array[] {
  const bounds: Uint8Array[] = [];
  const at = new Uint8Array(HASH_BYTES);
  for (const { depth } of parts) {
    bounds.push(at.slice());
    // The next prefix of this depth: add one at its last bit.
    for (let bit = depth - 1; bit >= 0; bit--) {
      const mask = 0x80 >> (bit & 7);
      at[bit >> 3] ^= mask;
      if ((at[bit >> 3] & mask) !== 0) break;
    }
  }
  return bounds;
}

/** `count u32 | count x (depth u8 | leaves u8 (0 none, 1 one, 2 more) | hash 32)`. */
export function encodeCut(parts: readonly CutPart[]): Uint8Array {
  const out = new Writer(4 + PART_BYTES * parts.length).u32(parts.length);
  for (const { depth, leaves, hash } of parts) {
    out.u8(depth).u8(LEAVES.indexOf(leaves)).fixed(hash, HASH_BYTES);
  }
  return out.finish();
}

export function decodeCut(bytes: Uint8Array): readonly CutPart[] {
  const reader = new Reader(bytes);
  const count = reader.u32();
  if (count < 1 || count > MAX_CUT_PARTS) {
    throw new CodecError({ code: 'codec.length', field: 'cut', length: count, limit: MAX_CUT_PARTS });
  }
  if (reader.left !== PART_BYTES * count) throw new CodecError({ code: 'codec.value', field: 'cut' });
  const parts = Array.from({ length: count }, (): CutPart => {
    const depth = reader.u8();
    const leaves = LEAVES[reader.u8()];
    const hash = reader.fixed(HASH_BYTES);
    if (leaves === undefined) throw new CodecError({ code: 'codec.value', field: 'cut' });
    if ((leaves === 'none') !== hash.every((byte) => byte === 0))
      throw new CodecError({ code: 'codec.value', field: 'cut' });
    return { depth, leaves, hash };
  });
  reader.end();
  return parts;
}
