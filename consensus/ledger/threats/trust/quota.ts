// What an organisation may send that has an effect elsewhere (PROTOCOL 7.10.8): more of it is valid and only advice, so that a
// flood crowds out nobody else. A quarter to twice as much, by its reputation.
import type { ThreatMode } from '../../../../common/threat-names.ts';
import {
  AUTOMATIC_BURST,
  AUTOMATIC_INTERVAL,
  AUTOMATIC_PER_DAY,
  BY_HAND_PARTS,
  DISPUTES_PER_DAY,
  MANUAL_PER_DAY,
  MAX_ACTIVE,
  MAX_ROWS,
  MAX_ROWS_ALL,
  RANGES_PER_DAY,
} from './bounds.ts';
import type { TrustRow } from './organisation-row.ts';
import { reputationOf } from './reputation.ts';

const LEAST_FACTOR = 250;

export interface QuotaUse {
  readonly mode: ThreatMode;
  readonly isRange: boolean;
}

/** The row after one report more, or undefined when that is over a quota. `row` is of the day of `now`. */
export function takeReport(row: TrustRow, { mode, isRange }: QuotaUse, now: number): TrustRow | undefined {
  if (row.active >= MAX_ACTIVE) return undefined;
  if (isRange && row.ranges >= share(RANGES_PER_DAY, row)) return undefined;
  const ranges = row.ranges + (isRange ? 1 : 0);
  const active = row.active + 1;
  if (mode === 'manual') {
    return row.manual >= share(MANUAL_PER_DAY, row) ? undefined : { ...row, ranges, active, manual: row.manual + 1 };
  }
  if (row.automatic >= share(AUTOMATIC_PER_DAY, row)) return undefined;
  const interval = Math.floor((AUTOMATIC_INTERVAL * 1_000) / factor(row));
  const bucket = Math.max(row.bucket, now) + interval;
  if (bucket - now > interval * share(AUTOMATIC_BURST, row)) return undefined;
  return { ...row, ranges, active, bucket, automatic: row.automatic + 1 };
}

/**
 * Rows of one organisation, whatever made them, up to which one more of that mode is taken, where the network has so many
 * organisations: all together they stay below what blocks take away in a day.
 */
export function mostRows(organisations: number, mode: ThreatMode): number {
  const most = Math.min(MAX_ROWS, Math.floor(MAX_ROWS_ALL / organisations));
  return mode === 'manual' ? most : most - Math.ceil(most / BY_HAND_PARTS);
}

export function takeDispute(row: TrustRow): TrustRow | undefined {
  return row.disputes >= share(DISPUTES_PER_DAY, row) ? undefined : { ...row, disputes: row.disputes + 1 };
}

function share(quota: number, row: TrustRow): number {
  return Math.max(1, Math.floor((quota * factor(row)) / 1_000));
}

/** 1,000 at starting reputation. */
function factor(row: TrustRow): number {
  return Math.max(LEAST_FACTOR, 2 * reputationOf(row));
}
