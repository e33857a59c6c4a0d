// State row of an organisation as others see its reports (PROTOCOL 7.10.6): what was confirmed and what was wrong, what it
// used of its quotas, and whether its sharing is stopped.
import { Reader } from '../../../../common/codec/reader.ts';
import { readFlag } from '../../object-row.ts';
import { rowWriter } from '../../row-writer.ts';
import { threatOrganisationKey } from '../../tables.ts';
import type { OrganisationNumber, StateReader } from '../../types.ts';
import { DAY, DISPUTES_TO_SUSPEND, HITS_TO_STOP, ONE, START_REPUTATION } from './bounds.ts';

/** A suspension for an address that nobody may block. */
export interface Hit {
  /** ms since 1970. */
  readonly at: number;
  /** Whose disputes brought it. */
  readonly by: readonly OrganisationNumber[];
}

/** Another organisation's word that this one's sharing may begin anew. */
export interface Reinstating {
  readonly organisation: OrganisationNumber;
  /** ms since 1970. */
  readonly at: number;
}

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
  /** All of its reports that are in the state. */
  readonly rows: number;
  /** The last ones, oldest first. */
  readonly hits: readonly Hit[];
  /** Its reports have no effect elsewhere until enough of the others say that it may begin anew. */
  readonly stopped: boolean;
  /** At most one of each organisation, in the order of the chain. */
  readonly reinstating: readonly Reinstating[];
}

export function newTrust(now: number): TrustRow {
  const counts = { automatic: 0, manual: 0, ranges: 0, disputes: 0, bucket: 0, active: 0, rows: 0 };
  const day = Math.floor(now / DAY);
  const clean = { right: ONE, wrong: ONE, opened: START_REPUTATION, hits: [], stopped: false, reinstating: [] };
  return { day, ...counts, ...clean };
}

export function encodeTrust(row: TrustRow): Uint8Array {
  const out = rowWriter().u32(row.day).u32(row.right).u32(row.wrong).u16(row.opened);
  out
    .u16(row.automatic)
    .u16(row.manual)
    .u16(row.ranges)
    .u16(row.disputes)
    .u64(row.bucket)
    .u32(row.active)
    .u32(row.rows);
  out.u8(row.hits.length);
  for (const { at, by } of row.hits) {
    out.u64(at);
    for (let i = 0; i < DISPUTES_TO_SUSPEND; i++) out.u16(by[i]);
  }
  out.u8(row.stopped ? 1 : 0).u16(row.reinstating.length);
  for (const { organisation, at } of row.reinstating) out.u16(organisation).u64(at);
  return out.finish();
}

export function decodeTrust(bytes: Uint8Array): TrustRow {
  const input = new Reader(bytes);
  const row = {
    ...{ day: input.u32(), right: input.u32(), wrong: input.u32(), opened: input.u16() },
    ...{ automatic: input.u16(), manual: input.u16(), ranges: input.u16(), disputes: input.u16() },
    ...{ bucket: input.u64(), active: input.u32(), rows: input.u32() },
    hits: Array.from({ length: Math.min(input.u8(), HITS_TO_STOP) }, () => readHit(input)),
    stopped: readFlag(input),
    reinstating: Array.from({ length: input.u16() }, () => ({ organisation: input.u16(), at: input.u64() })),
  };
  input.end();
  return row;
}

function readHit(input: Reader): Hit {
  return { at: input.u64(), by: Array.from({ length: DISPUTES_TO_SUSPEND }, () => input.u16()) };
}

/** As it stands in the state; the counts may be of an earlier day. */
export function findTrust(state: StateReader, organisation: OrganisationNumber): TrustRow | undefined {
  const bytes = state.get(threatOrganisationKey(organisation));
  return bytes === undefined ? undefined : decodeTrust(bytes);
}
