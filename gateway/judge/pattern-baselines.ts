// What each pattern is used to: the busiest minute of an hour, by hour of the week, as a moving average over the weeks.
// Booking that opens on Monday at eight is as usual on the second Monday.
import { BoundedMap } from '../../common/collections/bounded-map.ts';

export const MAX_BASELINES = 1_024;
const HOUR_MS = 3_600_000;
const HOURS = 168;
/** Of the new hour in the average. */
const NEWEST = 0.3;
/** Patterns seen within so long of each other count as equally old when one has to go. */
const SAME_AGE_MS = 1_000;

interface Baseline {
  /** Requests in the busiest minute, by hour of the week; 0: not known yet. */
  readonly hours: Float32Array;
  /** ms since 1970: when it was first seen. */
  readonly since: number;
  /** Number of the hour being watched, and its busiest minute. */
  hour: number;
  busiest: number;
  /** When it was last made the youngest, ms. */
  touched: number;
}

export class PatternBaselines {
  private readonly baselines = new BoundedMap<number, Baseline>({ maxEntries: MAX_BASELINES });

  /** Requests a minute in this hour of the week; of the busiest hour known while this one is not; 0 for a new pattern. */
  of(pattern: number, at: number): number {
    const hours = this.baselines.get(pattern)?.hours;
    if (hours === undefined) return 0;
    return hours[Math.floor(at / HOUR_MS) % HOURS] || hours.reduce((most, each) => Math.max(most, each), 0);
  }

  /** `requests`: of the last minute. An hour counts once it is over. */
  learn(pattern: number, requests: number, at: number): void {
    const hour = Math.floor(at / HOUR_MS);
    let baseline = this.baselines.get(pattern);
    if (baseline === undefined) {
      baseline = { hours: new Float32Array(HOURS), since: at, hour, busiest: 0, touched: at };
      this.baselines.set(pattern, baseline);
    }
    if (at - baseline.touched > SAME_AGE_MS) {
      baseline.touched = at;
      this.baselines.touch(pattern);
    }
    if (hour > baseline.hour) {
      // What began within the hour may be an attack that grows while the hour ends: no more is known of it than of a new one.
      if (at - baseline.since >= HOUR_MS) book(baseline);
      baseline.hour = hour;
      baseline.busiest = 0;
    }
    if (hour === baseline.hour) baseline.busiest = Math.max(baseline.busiest, requests);
  }
}

/** The hour that was watched is over. */
function book({ hours, hour, busiest }: Baseline): void {
  const cell = hour % HOURS;
  hours[cell] = hours[cell] === 0 ? busiest : (1 - NEWEST) * hours[cell] + NEWEST * busiest;
}
