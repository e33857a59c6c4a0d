// Proofs that a block is in the history of a later one (PROTOCOL 5.6), from the mountain ranges that are stored with every
// height: a whole subtree is the last peak of the range that ends with it, so a proof costs some rows for each of its
// levels, not the length of the chain. Owns no row.
import { leafHash, nodeHash } from '../../consensus/merkle.ts';
import type { MountainRange } from '../../consensus/mountain-range.ts';

export interface History {
  /** The range over the first `count` ids. */
  range(count: number): Promise<MountainRange>;
  /** The id at a height. */
  id(height: number): Promise<Uint8Array>;
}

/** As `merkleProof` over the first `count` ids. */
export async function historyProof(history: History, index: number, count: number): Promise<Uint8Array[]> {
  const proof: Uint8Array[] = [];
  let at = index;
  let size = 1;
  for (let width = count; width > 1; width = Math.ceil(width / 2), at = Math.floor(at / 2), size *= 2) {
    const sibling = at % 2 === 0 ? at + 1 : at - 1;
    if (sibling === width) continue;
    const whole = (sibling + 1) * size <= count;
    proof.push(await (whole ? subtree(history, sibling, size) : rest(history, sibling * size, count)));
  }
  return proof;
}

/** Root over the ids at index * size and the next size - 1; `size` is a power of two. */
async function subtree(history: History, index: number, size: number): Promise<Uint8Array> {
  if (size === 1) return leafHash(await history.id(index));
  // An odd one became part of a larger mountain at once: its right half never was a peak of its own.
  if (index % 2 === 0) return (await history.range((index + 1) * size)).peaks.at(-1) as Uint8Array;
  const [left, right] = await Promise.all([
    subtree(history, 2 * index, size / 2),
    subtree(history, 2 * index + 1, size / 2),
  ]);
  return nodeHash(left, right);
}

/** Root over the ids from `start` up to the end, where the peaks before `start` cover everything below it. */
async function rest(history: History, start: number, count: number): Promise<Uint8Array> {
  const before = start.toString(2).replaceAll('0', '').length;
  const peaks = (await history.range(count)).peaks.slice(before);
  return peaks.reduceRight((bag, peak) => nodeHash(peak, bag));
}
