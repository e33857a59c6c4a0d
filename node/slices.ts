// Long work on the main thread in slices: whoever does it asks after each piece whether others are due. Owns no work.
import type { Clock } from '../common/clock.ts';

/** Others wait no longer for one slice; a slice costs one turn of the event loop. */
const SLICE_MS = 8;

export class Slices {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private end: number;

  constructor(modules: { clock: Pick<Clock, 'monotonic'> }) {
    this.clock = modules.clock;
    this.end = this.clock.monotonic() + SLICE_MS;
  }

  get over(): boolean {
    return this.clock.monotonic() >= this.end;
  }

  /** Lets the event loop turn, also over pending I/O. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.end = this.clock.monotonic() + SLICE_MS;
  }
}
