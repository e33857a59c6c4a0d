// Reputation of an organisation's reports (PROTOCOL 7.10.7): integers from chain order alone, half forgotten in 30 days, and
// never moved by more than a tenth in a day.
import {
  DAILY_DECAY,
  DAY,
  HIT_WEIGHT,
  HITS_TO_STOP,
  LEAST_REPUTATION,
  ONE,
  REPUTATION_STEP,
  START_REPUTATION,
} from './bounds.ts';
import type { Hit, TrustRow } from './organisation-row.ts';

/** After so many days without a word nothing is left of any count, and the step has long been walked. */
const FORGOTTEN_DAYS = 1_000;
const MILLION = 1_000_000;

/** In thousandths. */
export function reputationOf({ right, wrong, opened }: Pick<TrustRow, 'right' | 'wrong' | 'opened'>): number {
  const raw = Math.floor((1_000 * (right + ONE)) / (right + wrong + 2 * ONE));
  return Math.min(Math.max(raw, opened - REPUTATION_STEP), opened + REPUTATION_STEP);
}

/** The row as it stands on the day of `now`: counts of the day begin anew, those behind the reputation have decayed. */
export function rolled(row: TrustRow, now: number): TrustRow {
  const day = Math.max(row.day, Math.floor(now / DAY));
  if (day === row.day) return row;
  const fresh = { day, automatic: 0, manual: 0, ranges: 0, disputes: 0 };
  if (day - row.day > FORGOTTEN_DAYS) return { ...row, ...fresh, right: 0, wrong: 0, opened: START_REPUTATION };
  let { right, wrong, opened } = row;
  for (let at = row.day; at < day; at++) {
    opened = reputationOf({ right, wrong, opened });
    right = Math.floor((right * DAILY_DECAY) / MILLION);
    wrong = Math.floor((wrong * DAILY_DECAY) / MILLION);
  }
  return { ...row, ...fresh, right, wrong, opened };
}

/** Nothing that it says counts elsewhere. */
export function isMuted(row: TrustRow): boolean {
  return row.stopped || reputationOf(row) < LEAST_REPUTATION;
}

export function confirmed(row: TrustRow): TrustRow {
  return { ...row, right: capped(row.right + ONE) };
}

export function mistaken(row: TrustRow, weight: number): TrustRow {
  return { ...row, wrong: capped(row.wrong + weight * ONE) };
}

/** It had reported what nobody may block: three within a day stop its sharing. */
export function hit(row: TrustRow, found: Hit): TrustRow {
  const hits = [...row.hits, found].slice(-HITS_TO_STOP);
  const stopped = row.stopped || (hits.length === HITS_TO_STOP && found.at - hits[0].at < DAY);
  return { ...mistaken(row, HIT_WEIGHT), hits, stopped };
}

/** Others say that what was held against it was false: nothing of it is left. What it used of its quotas is. */
export function reinstated(row: TrustRow): TrustRow {
  const clean = { right: ONE, wrong: ONE, opened: START_REPUTATION };
  return { ...row, ...clean, hits: [], stopped: false, reinstating: [] };
}

function capped(count: number): number {
  return Math.min(count, 0xffff_ffff);
}
