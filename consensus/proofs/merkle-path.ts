// The way from an item to a Merkle root (PROTOCOL 5.5, 10.3): which side each hash beside it stands on. It shows that the
// item is in the list, not where: no root commits to the length of its list.
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';
import type { Writer } from '../../common/codec/writer.ts';
import { HASH_BYTES } from '../limits.ts';
import { leafHash, merkleProof, nodeHash } from '../merkle.ts';

export interface Sibling {
  readonly side: 'left' | 'right';
  readonly hash: Uint8Array;
}

/** From the leaf upwards. */
export type MerklePath = readonly Sibling[];

/** Enough for any list whose length is a safe integer. */
export const MAX_PATH_HASHES = 53;

/** The way of `items[index]`. */
export function pathOf(items: readonly Uint8Array[], index: number): MerklePath {
  const hashes = merkleProof(items, index);
  const path: Sibling[] = [];
  let at = index;
  for (let width = items.length; width > 1; width = Math.ceil(width / 2), at = Math.floor(at / 2)) {
    if (at % 2 === 0 && at + 1 === width) continue;
    path.push({ side: at % 2 === 0 ? 'right' : 'left', hash: hashes[path.length] });
  }
  return path;
}

export function leadsTo(root: Uint8Array, item: Uint8Array, path: MerklePath): boolean {
  const top = path.reduce(
    (hash, { side, hash: other }) => (side === 'left' ? nodeHash(other, hash) : nodeHash(hash, other)),
    leafHash(item),
  );
  return equalBytes(top, root);
}

/** `length u8 | length x (u8 0 left, 1 right | hash 32)`. */
export function writePath(out: Writer, path: MerklePath): Writer {
  out.u8(path.length);
  for (const { side, hash } of path) out.u8(side === 'left' ? 0 : 1).fixed(hash, HASH_BYTES);
  return out;
}

export function readPath(input: Reader): MerklePath {
  const path: Sibling[] = [];
  for (let left = pathLength(input); left > 0; left--) {
    const side = input.u8();
    if (side > 1) throw new CodecError({ code: 'codec.value', field: 'path.side' });
    path.push({ side: side === 0 ? 'left' : 'right', hash: input.fixed(HASH_BYTES) });
  }
  return path;
}

/** `length u8 | hashes`: where index and count are known from elsewhere. */
export function writeHashes(out: Writer, hashes: readonly Uint8Array[]): Writer {
  out.u8(hashes.length);
  for (const hash of hashes) out.fixed(hash, HASH_BYTES);
  return out;
}

export function readHashes(input: Reader): Uint8Array[] {
  return Array.from({ length: pathLength(input) }, () => input.fixed(HASH_BYTES));
}

function pathLength(input: Reader): number {
  const length = input.u8();
  if (length > MAX_PATH_HASHES) {
    throw new CodecError({ code: 'codec.length', field: 'path', length, limit: MAX_PATH_HASHES });
  }
  return length;
}
