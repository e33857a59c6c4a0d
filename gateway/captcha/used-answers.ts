// Answers that were taken, until they would have expired anyway: none is taken twice.
import { BoundedMap } from '../../common/collections/bounded-map.ts';

/** Answers taken within one life of a challenge; when it is full, no further one is taken. */
export const MAX_USED_ANSWERS = 100_000;

export interface UsedAnswersOptions {
  readonly maxAnswers?: number;
}

export class UsedAnswers {
  /** Until when, ms since 1970, by the answer's id; in the order of taking. */
  private readonly until: BoundedMap<string, number>;

  constructor({ maxAnswers = MAX_USED_ANSWERS }: UsedAnswersOptions = {}) {
    this.until = new BoundedMap({ maxEntries: maxAnswers, whenFull: 'refuse' });
  }

  has(id: string): boolean {
    return this.until.has(id);
  }

  /** `again`: it was taken before; `full`: there is no room to remember it, so it is not taken. */
  take(id: string, until: number, at: number): 'taken' | 'again' | 'full' {
    if (this.until.has(id)) return 'again';
    for (const [known, end] of this.until) {
      if (end > at) break;
      this.until.delete(known);
    }
    return this.until.set(id, until) ? 'taken' : 'full';
  }
}
