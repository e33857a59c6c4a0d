// Which of two tips is the chain (PROTOCOL 5.11): most total work, ties to the lower id. A total order on tips.
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
