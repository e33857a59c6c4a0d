// Answers that were taken, until they would have expired anyway: none is taken twice.
import { BoundedMap } from '../../common/collections/bounded-map.ts';

/** Answers taken within one life of a challenge; when it is full, no further one is taken. */
export const MAX_USED_ANSWERS = 100_000;

export class UsedAnswers {
  /** Until when, ms since 1970, by the answer's id; in the order of taking. */
  private readonly until = new BoundedMap<string, number>({ maxEntries: MAX_USED_ANSWERS, whenFull: 'refuse' });

  has(id: string): boolean {
    return this.until.has(id);
  }

  /** False for one that was taken before, or when there is no room to remember it. */
  take(id: string, until: number, at: number): boolean {
    if (this.until.has(id)) return false;
    for (const [known, end] of this.until) {
      if (end > at) break;
      this.until.delete(known);
    }
    return this.until.set(id, until);
  }
}
