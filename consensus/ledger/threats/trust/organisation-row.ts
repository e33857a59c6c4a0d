// State row of an organisation as others see its reports (PROTOCOL 7.10.6): what was confirmed and what was wrong, what it
// used of its quotas, and whether its sharing is stopped.
import { Reader } from '../../../../common/codec/reader.ts';
import { readFlag } from '../../object-row.ts';
import { rowWriter } from '../../row-writer.ts';
import { threatOrganisationKey } from '../../tables.ts';
import type { OrganisationNumber, StateReader } from '../../types.ts';
import { DAY, HITS_TO_STOP, ONE, START_REPUTATION } from './bounds.ts';

export interface TrustRow {
  /** Day since 1970 that the counts below are of. */
  readonly day: number;
  /** Confirmed and wrong, in thousandths, decayed to `day`. */
  readonly right: number;
  readonly wrong: number;
  /** Reputation in thousandths when the day began. */
  readonly opened: number;
  /** Used today. */
  readonly automatic: number;
  readonly manual: number;
  readonly ranges: number;
  readonly disputes: number;
  /** ms since 1970: when the bucket of automatic reports is empty again. */
  readonly bucket: number;
  /** Reports in force that count elsewhere. */
  readonly active: number;
  /** ms since 1970 of the last suspensions for addresses that nobody may block, oldest first. */
  readonly hits: readonly number[];
  /** Its reports have no effect elsewhere until governance says so. */
  readonly stopped: boolean;
}

export function newTrust(now: number): TrustRow {
  const counts = { automatic: 0, manual: 0, ranges: 0, disputes: 0, bucket: 0, active: 0 };
  const day = Math.floor(now / DAY);
  return { day, right: ONE, wrong: ONE, opened: START_REPUTATION, ...counts, hits: [], stopped: false };
}

export function encodeTrust(row: TrustRow): Uint8Array {
  const out = rowWriter().u32(row.day).u32(row.right).u32(row.wrong).u16(row.opened);
  out.u16(row.automatic).u16(row.manual).u16(row.ranges).u16(row.disputes).u64(row.bucket).u32(row.active);
  out.u8(row.hits.length);
  for (const at of row.hits) out.u64(at);
  return out.u8(row.stopped ? 1 : 0).finish();
}

export function decodeTrust(bytes: Uint8Array): TrustRow {
  const input = new Reader(bytes);
  const row = {
    ...{ day: input.u32(), right: input.u32(), wrong: input.u32(), opened: input.u16() },
    ...{ automatic: input.u16(), manual: input.u16(), ranges: input.u16(), disputes: input.u16() },
    ...{ bucket: input.u64(), active: input.u32() },
    hits: Array.from({ length: Math.min(input.u8(), HITS_TO_STOP) }, () => input.u64()),
    stopped: readFlag(input),
  };
  input.end();
  return row;
}

/** As it stands in the state; the counts may be of an earlier day. */
export function findTrust(state: StateReader, organisation: OrganisationNumber): TrustRow | undefined {
  const bytes = state.get(threatOrganisationKey(organisation));
  return bytes === undefined ? undefined : decodeTrust(bytes);
}
