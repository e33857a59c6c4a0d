// How many requests were judged how, minute by minute, and the buckets of a chart made from that. Owns no entry.
import type { ActionCounts, BlockHead } from './block.ts';

export interface Bucket {
  /** ms since 1970, its first; a whole multiple of the bucket's length. */
  readonly from: number;
  readonly actions: ActionCounts;
}

/** Most that one answer holds. */
export const MAX_BUCKETS = 1500;
/** Minutes that are counted: twice the longest retention, for clocks that stepped. */
const MAX_MINUTES = 2 * 31 * 1440;
const MINUTE_MS = 60_000;
const NO_ACTIONS: ActionCounts = { allow: 0, challenge: 0, limit: 0, refuse: 0 };

export class MinuteCounts {
  private readonly minutes = new Map<number, ActionCounts>();
  private total = 0;

  /** Entries that are counted. */
  get entries(): number {
    return this.total;
  }

  add({ minute, actions, count }: BlockHead): void {
    const next = plus(this.minutes.get(minute) ?? NO_ACTIONS, actions, 1);
    this.minutes.set(minute, next);
    this.total += count;
    if (this.minutes.size <= MAX_MINUTES) return;
    const earliest = Math.min(...this.minutes.keys());
    this.total -= sumOf(this.minutes.get(earliest) ?? NO_ACTIONS);
    this.minutes.delete(earliest);
  }

  /** A block that is kept no longer. */
  remove({ minute, actions, count }: BlockHead): void {
    const before = this.minutes.get(minute);
    if (before === undefined) return;
    const next = plus(before, actions, -1);
    if (sumOf(next) > 0) this.minutes.set(minute, next);
    else this.minutes.delete(minute);
    this.total -= count;
  }

  /**
   * Buckets without a gap that hold every whole minute from `from` to `to`, ms; `step` is a whole number of minutes, ms.
   * Both ends lie inside the first and the last bucket. At most MAX_BUCKETS: the earliest are left out.
   */
  series(from: number, to: number, step: number): Bucket[] {
    const width = Math.max(1, Math.round(step / MINUTE_MS));
    const last = Math.floor(to / MINUTE_MS / width);
    const first = Math.max(Math.floor(from / MINUTE_MS / width), last - MAX_BUCKETS + 1);
    const buckets: Bucket[] = [];
    for (let place = first; place <= last; place++) {
      let actions = NO_ACTIONS;
      for (let minute = place * width; minute < (place + 1) * width; minute++) {
        const counted = this.minutes.get(minute);
        if (counted !== undefined) actions = plus(actions, counted, 1);
      }
      buckets.push({ from: place * width * MINUTE_MS, actions });
    }
    return buckets;
  }
}

export function sumOf({ allow, challenge, limit, refuse }: ActionCounts): number {
  return allow + challenge + limit + refuse;
}

function plus(a: ActionCounts, b: ActionCounts, sign: 1 | -1): ActionCounts {
  return {
    allow: a.allow + sign * b.allow,
    challenge: a.challenge + sign * b.challenge,
    limit: a.limit + sign * b.limit,
    refuse: a.refuse + sign * b.refuse,
  };
}
