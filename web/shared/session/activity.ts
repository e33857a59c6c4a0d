// Whether somebody is at the page. What a page asks by itself, to stay up to date, must not keep a session alive that
// nobody uses; and a person who types for long without sending anything must not lose it.
import type { Clock } from '../../../common/clock.ts';
import { PASSIVE_HEADER } from '../../../rpc/client/passive.ts';

/** A call this soon after something was typed or touched is the person's. */
const ACT_MS = 10_000;
const EVENTS = ['keydown', 'pointerdown', 'wheel', 'touchmove'] as const;

export class Activity {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private last: number;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
    // Opening the page is an act too.
    this.last = clock.monotonic();
  }

  watch(target: Pick<Window, 'addEventListener'>): void {
    const note = () => this.note();
    for (const event of EVENTS) target.addEventListener(event, note, { capture: true, passive: true });
  }

  note(): void {
    this.last = this.clock.monotonic();
  }

  /** ms since somebody last did something. */
  get idleMs(): number {
    return this.clock.monotonic() - this.last;
  }

  /** `fetch` that says of calls whether a person stands behind them. */
  fetching(fetcher: typeof fetch): typeof fetch {
    return (input, init) => {
      if (this.idleMs <= ACT_MS) return fetcher(input, init);
      return fetcher(input, {
        ...init,
        headers: { ...(init?.headers as Record<string, string>), [PASSIVE_HEADER]: '1' },
      });
    };
  }
}
