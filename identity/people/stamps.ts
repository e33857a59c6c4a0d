// Hybrid logical stamps: which of two writings of a part is the later, agreed among clinics whose clocks differ.
// Owns no clock of its own: time is handed in.
import type { Clock } from '../../common/clock.ts';

export interface Stamp {
  /** ms since 1970; never behind the writer's clock, sometimes before it. */
  readonly time: number;
  /** Tells writings of the same millisecond apart. */
  readonly counter: number;
  /** Number of the clinic that wrote. */
  readonly clinic: number;
}

/** How far another clinic's stamp may be ahead: a clock that is a year fast would else win for a year. */
export const MAX_STAMP_AHEAD_MS = 600_000;
export const MAX_STAMP_COUNTER = 0xffff_ffff;

/** Negative, zero or positive; zero only for the same stamp. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.time - b.time || a.counter - b.counter || a.clinic - b.clinic;
}

/** False for one too far ahead of `now`, ms since 1970: see MAX_STAMP_AHEAD_MS. */
export function isTimely(stamp: Stamp, now: number): boolean {
  return stamp.time <= now + MAX_STAMP_AHEAD_MS;
}

/** Gives stamps that are later than every one it gave or saw. */
export class StampClock {
  private readonly clinic: number;
  private readonly clock: Pick<Clock, 'now'>;
  private last: { time: number; counter: number } = { time: 0, counter: 0 };

  constructor(options: { readonly clinic: number }, modules: { readonly clock: Pick<Clock, 'now'> }) {
    this.clinic = options.clinic;
    this.clock = modules.clock;
  }

  /** Counts on within a millisecond, and into the next one when the counter is full. */
  next(): Stamp {
    const now = Math.max(0, Math.floor(this.clock.now()));
    const { time, counter } = this.last;
    if (now > time) this.last = { time: now, counter: 0 };
    else if (counter < MAX_STAMP_COUNTER) this.last = { time, counter: counter + 1 };
    else this.last = { time: time + 1, counter: 0 };
    return { ...this.last, clinic: this.clinic };
  }

  /** To be told of every stamp that is read, from disk at the start and from other clinics. */
  saw(stamp: Stamp): void {
    if (stamp.time > this.last.time) this.last = { time: stamp.time, counter: stamp.counter };
    else if (stamp.time === this.last.time && stamp.counter > this.last.counter) {
      this.last = { time: stamp.time, counter: stamp.counter };
    }
  }
}
