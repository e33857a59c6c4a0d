// Which of two tips is the chain (PROTOCOL 5.11): one that holds the highest justified checkpoint before one that does not,
// then most total work, ties to the lower id. A total order on tips.
import { compareBytes } from '../../common/bytes.ts';

export interface Tip {
  readonly id: Uint8Array;
  /** Total work up to and including this block. */
  readonly work: bigint;
}

/** Negative when `a` comes before `b` in preference, zero only for one and the same tip. */
export function compareTips(a: Tip, b: Tip): number {
  if (a.work !== b.work) return a.work > b.work ? -1 : 1;
  return compareBytes(a.id, b.id);
}

/** Whether `a` is strictly better than `b`. */
export function betterTip(a: Tip, b: Tip): boolean {
  return compareTips(a, b) < 0;
}

/** As `betterTip` among tips of which some hold the highest justified checkpoint that is known. */
export function betterHolding<T extends Tip>(a: T, b: T, holds: (tip: T) => boolean): boolean {
  const first = holds(a);
  return first === holds(b) ? betterTip(a, b) : first;
}
