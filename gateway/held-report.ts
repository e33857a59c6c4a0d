// A report as it counts here: until when, from what a block confirmed and from what has only been received.
// Pure: the same pieces give the same result in any order.
import { compareBytes, equalBytes } from '../common/bytes.ts';
import type { ThreatEntry } from './threat-entry.ts';

/** A report with the time until which it counts. */
export interface HeldReport {
  readonly entry: ThreatEntry;
  /** ms since 1970: the end of its effect. */
  readonly until: number;
  /** End that a block confirmed; 0 for none. */
  readonly confirmedEnd: number;
  /** End that has been received but not confirmed; 0 for none. Counts for `lapse` ms only. */
  readonly pendingEnd: number;
}

type Ends = Pick<HeldReport, 'confirmedEnd' | 'pendingEnd'>;

/** `lapse` is how long an unconfirmed effect lasts after it was first received, ms. */
export function hold(entry: ThreatEntry, lapse: number): HeldReport {
  const { confirmed, expires } = entry;
  return held(
    entry,
    confirmed ? { confirmedEnd: expires, pendingEnd: 0 } : { confirmedEnd: 0, pendingEnd: expires },
    lapse,
  );
}

/** Two pieces of news about one report: a confirmed one outweighs what was only received, a later end an earlier one. */
export function merge(a: HeldReport, b: HeldReport, lapse: number): HeldReport {
  const [first, second] = order(a, b) <= 0 ? [a, b] : [b, a];
  // Two different contents under one report id: whatever was first received, the winner stands alone.
  if (!equalBytes(first.entry.commitment, second.entry.commitment)) return first;
  const confirmedEnd = Math.max(a.confirmedEnd, b.confirmedEnd);
  const pendingEnd = Math.max(a.pendingEnd, b.pendingEnd);
  const receivedAt = Math.min(a.entry.receivedAt, b.entry.receivedAt);
  // A report that was brought under a later key goes by its tag there.
  const { keyEpoch, tag } = a.entry.keyEpoch > b.entry.keyEpoch ? a.entry : b.entry;
  return held({ ...first.entry, keyEpoch, tag, receivedAt }, { confirmedEnd, pendingEnd }, lapse);
}

/** After a reorganisation that left the report's block behind: its effect starts to lapse from `now`. */
export function unconfirmed(report: HeldReport, now: number, lapse: number): HeldReport {
  const pendingEnd = Math.max(report.confirmedEnd, report.pendingEnd);
  return held({ ...report.entry, confirmed: false, receivedAt: now }, { confirmedEnd: 0, pendingEnd }, lapse);
}

function held(entry: ThreatEntry, ends: Ends, lapse: number): HeldReport {
  const { confirmedEnd, pendingEnd } = ends;
  const until = Math.max(confirmedEnd, Math.min(pendingEnd, entry.receivedAt + lapse));
  return { entry: { ...entry, expires: Math.max(confirmedEnd, pendingEnd) }, until, ...ends };
}

function order({ entry: a }: HeldReport, { entry: b }: HeldReport): number {
  if (a.confirmed !== b.confirmed) return a.confirmed ? -1 : 1;
  return compareBytes(a.commitment, b.commitment) || compareBytes(a.transaction, b.transaction);
}
