// State row of a tag (PROTOCOL 7.10.9): which organisations report it now, who disputes it, and who may not report it again.
// At most one entry of each kind per organisation.

import { Reader } from '../../../../common/codec/reader.ts';
import { DISPUTE_REASONS, type DisputeReason } from '../../../../common/threat-names.ts';
import { readFlag } from '../../object-row.ts';
import { rowWriter } from '../../row-writer.ts';
import { threatTagKey } from '../../tables.ts';
import type { OrganisationNumber, StateReader } from '../../types.ts';
import { readName } from '../types.ts';

export { DISPUTE_REASONS, type DisputeReason } from '../../../../common/threat-names.ts';

export interface Supporter {
  readonly organisation: OrganisationNumber;
  /** Timestamp of the block that holds its first live report, ms. */
  readonly since: number;
  /** Live reports of it. */
  readonly reports: number;
  /** Another organisation confirmed it, which counts once. */
  readonly credited: boolean;
}

export interface Disputer {
  readonly organisation: OrganisationNumber;
  readonly reason: DisputeReason;
  /** Timestamp of its block, ms. */
  readonly at: number;
}

export interface Bar {
  readonly organisation: OrganisationNumber;
  readonly until: number;
}

export interface TagRow {
  readonly supporters: readonly Supporter[];
  /** Since the last suspension. */
  readonly disputers: readonly Disputer[];
  readonly bars: readonly Bar[];
}

/** Who reported it before may not again for now. */
export function isBarred({ bars }: Pick<TagRow, 'bars'>, organisation: OrganisationNumber, now: number): boolean {
  return bars.some((bar) => bar.organisation === organisation && bar.until > now);
}

export const NO_TAG: TagRow = { supporters: [], disputers: [], bars: [] };

export function encodeTag(row: TagRow): Uint8Array {
  const out = rowWriter().u16(row.supporters.length);
  for (const { organisation, since, reports, credited } of row.supporters) {
    out
      .u16(organisation)
      .u64(since)
      .u32(reports)
      .u8(credited ? 1 : 0);
  }
  out.u16(row.disputers.length);
  for (const { organisation, reason, at } of row.disputers) {
    out
      .u16(organisation)
      .u8(DISPUTE_REASONS.indexOf(reason) + 1)
      .u64(at);
  }
  out.u16(row.bars.length);
  for (const { organisation, until } of row.bars) out.u16(organisation).u64(until);
  return out.finish();
}

export function decodeTag(bytes: Uint8Array): TagRow {
  const input = new Reader(bytes);
  const list = <T>(read: () => T): T[] => {
    const items: T[] = [];
    for (let left = input.u16(); left > 0; left--) items.push(read());
    return items;
  };
  const row = {
    supporters: list(() => ({
      ...{ organisation: input.u16(), since: input.u64(), reports: input.u32() },
      credited: readFlag(input),
    })),
    disputers: list(() => ({
      organisation: input.u16(),
      reason: readName(input, DISPUTE_REASONS, 'threat.dispute'),
      at: input.u64(),
    })),
    bars: list(() => ({ organisation: input.u16(), until: input.u64() })),
  };
  input.end();
  return row;
}

export function findTag(state: StateReader, { keyEpoch, tag }: { keyEpoch: number; tag: Uint8Array }): TagRow {
  const bytes = state.get(threatTagKey(keyEpoch, tag));
  return bytes === undefined ? NO_TAG : decodeTag(bytes);
}
