// Rate limits by the generic cell rate algorithm: one number per key, exact over any schedule. Owns no policy: who is a
// key and what an act costs is the caller's.
import type { Clock } from './clock.ts';
import { BoundedMap } from './collections/bounded-map.ts';

/** Clocks give fractions of a ms, whose sums round: a key at rest must get its whole burst. */
const ROUNDING_MS = 1e-6;
/** Keys that are looked at for each act. */
const SWEPT = 2;

export interface GcraOptions {
  /** Units per second in the long run. */
  readonly rate: number;
  /** Units at once after a pause. */
  readonly burst: number;
  /** Keys tracked at once. A key counts for at most burst / rate seconds after its last act. */
  readonly maxKeys: number;
}

export interface GcraModules {
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** `retryAfterMs` is Infinity for a cost above the burst. */
export type GcraVerdict = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

/** What became of an act, and what its key could take next. */
export interface GcraStanding {
  /** 0: the units were taken. */
  readonly retryAfterMs: number;
  readonly remaining: number;
  /** Until it is at rest again, with its whole burst. */
  readonly resetMs: number;
}

/** In any span of w seconds a key gets at most `rate * w + burst` units. */
export class Gcra {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly msPerUnit: number;
  private readonly burstMs: number;
  /** Theoretical arrival time by key, least recently allowed first. */
  private readonly arrivals: BoundedMap<number | string, number>;
  private readonly maxKeys: number;
  /** Arrival time of the key that was asked about last, as that left it. */
  private reached = 0;
  /** Where the sweep is. */
  private hand: Iterator<[number | string, number]>;

  constructor(options: GcraOptions, modules: GcraModules) {
    if (!(options.rate > 0) || !(options.burst > 0)) throw new RangeError('rate and burst must be positive');
    this.clock = modules.clock;
    this.msPerUnit = 1000 / options.rate;
    this.burstMs = options.burst * this.msPerUnit;
    this.maxKeys = options.maxKeys;
    this.arrivals = new BoundedMap({ maxEntries: options.maxKeys, whenFull: 'refuse' });
    this.hand = this.arrivals[Symbol.iterator]();
  }

  /** Keys tracked now. */
  get size(): number {
    return this.arrivals.size;
  }

  /** Takes `cost` units or none. A refusal costs nothing. */
  take(key: number | string, cost = 1): GcraVerdict {
    const retryAfterMs = this.waitFor(key, cost, this.clock.monotonic());
    return retryAfterMs === 0 ? { ok: true } : { ok: false, retryAfterMs };
  }

  /** Takes as `take` does, and tells what the key could take next. */
  takeAndTell(key: number | string, cost = 1): GcraStanding {
    const now = this.clock.monotonic();
    const retryAfterMs = this.waitFor(key, cost, now);
    const resetMs = Math.max(0, this.reached - now - ROUNDING_MS);
    const remaining = Math.max(0, Math.floor((this.burstMs - resetMs + ROUNDING_MS) / this.msPerUnit));
    return { retryAfterMs, remaining, resetMs };
  }

  /** 0 when the units were taken; else ms until they could be. */
  private waitFor(key: number | string, cost: number, now: number): number {
    const arrival = this.arrivals.get(key);
    this.reached = arrival ?? now;
    const next = Math.max(this.reached, now) + cost * this.msPerUnit;
    const wait = next - now - this.burstMs;
    if (cost * this.msPerUnit > this.burstMs) return Number.POSITIVE_INFINITY;
    if (wait > ROUNDING_MS) return wait;
    this.sweep(now);
    if (arrival === undefined) {
      const blockedUntil = this.makeRoom(now);
      if (blockedUntil !== undefined) return blockedUntil - now;
    }
    // The youngest from now on.
    if (arrival !== undefined) this.arrivals.delete(key);
    this.arrivals.set(key, next);
    this.reached = next;
    return 0;
  }

  /** Gives units back that were taken in advance and not used. Never more than a key at rest has. */
  giveBack(key: number | string, cost = 1): void {
    const arrival = this.arrivals.get(key);
    if (arrival !== undefined) this.arrivals.set(key, arrival - cost * this.msPerUnit);
  }

  /** Forgets keys at rest, a few for each act: what is remembered stays about as small as what is live. */
  private sweep(now: number): void {
    for (let step = 0; step < SWEPT; step++) {
      const next = this.hand.next();
      if (next.done === true) {
        this.hand = this.arrivals[Symbol.iterator]();
        return;
      }
      const [key, arrival] = next.value;
      if (arrival <= now) this.arrivals.delete(key);
    }
  }

  /**
   * Forgets only keys that are as good as new: dropping a live one would give it a second burst. When the oldest is
   * live, new keys are refused until it no longer is.
   */
  private makeRoom(now: number): number | undefined {
    while (this.arrivals.size >= this.maxKeys) {
      const [key, arrival] = this.oldest();
      if (arrival > now) return arrival;
      this.arrivals.delete(key);
    }
    return undefined;
  }

  private oldest(): [number | string, number] {
    const { value } = this.arrivals[Symbol.iterator]().next();
    return value as [number | string, number];
  }
}
