// What a report's coming and going writes besides its own row (PROTOCOL 7.10.9): its organisation's counts, its tag, and
// the credit of those whom it confirms.
import type { Standing } from '../../../../common/threat-names.ts';
import type { Overlay } from '../../overlay.ts';
import { THREATS_KEY, threatOrganisationKey, threatTagKey } from '../../tables.ts';
import type { OrganisationNumber } from '../../types.ts';
import type { ThreatRow } from '../rows.ts';
import type { ReportPayload } from '../types.ts';
import { DAY } from './bounds.ts';
import { encodeThreats, findThreats, type ThreatsRow } from './network-row.ts';
import { encodeTrust, findTrust, newTrust, type TrustRow } from './organisation-row.ts';
import { confirmed, rolled } from './reputation.ts';
import { encodeTag, findTag, type Supporter, type TagRow } from './tag-row.ts';
import { counts, weigh } from './weigh.ts';

type Tagged = Pick<ReportPayload, 'keyEpoch' | 'tag'>;

/** Weighs a new report and counts it in; undefined when its organisation has `most` in the state. */
export function admit(
  state: Overlay,
  organisation: OrganisationNumber,
  report: ReportPayload,
  { now, most }: { readonly now: number; readonly most: number },
): Standing | undefined {
  const found = findTrust(state, organisation);
  if (found !== undefined && found.rows >= most) return undefined;
  const tag = findTag(state, report);
  const all = findThreats(state);
  const { standing, trust } = weigh({ trust: found, tag, active: all?.active ?? 0 }, organisation, report, now);
  putTrust(state, organisation, { ...trust, rows: trust.rows + 1 });
  if (!counts(standing)) return standing;
  if (all !== undefined) putThreats(state, { ...all, active: all.active + 1 });
  const known = tag.supporters.find((one) => one.organisation === organisation);
  const own = known ?? { organisation, since: now, reports: 0, credited: false };
  const others = tag.supporters.filter((one) => one !== known).map((one) => credit(state, one, now));
  putTag(state, report, { ...tag, supporters: [...others, { ...own, reports: own.reports + 1 }] });
  return standing;
}

/** A counted report ends: revoked or over. */
export function release(state: Overlay, { organisation, ...report }: ThreatRow, now: number): void {
  const trust = trustOf(state, organisation, now);
  putTrust(state, organisation, { ...trust, active: trust.active - 1 });
  const all = findThreats(state)!;
  putThreats(state, { ...all, active: all.active - 1 });
  const tag = findTag(state, report);
  putTag(state, report, { ...tag, supporters: without(tag.supporters, organisation) });
}

/** Its row is taken away. */
export function forget(state: Overlay, { organisation }: ThreatRow, now: number): void {
  const trust = trustOf(state, organisation, now);
  putTrust(state, organisation, { ...trust, rows: trust.rows - 1 });
}

/**
 * A report goes on under another tag, which it may while nobody disputes it and its organisation is not barred. A bar that
 * is over goes with the row that waited for it.
 */
export function retag(state: Overlay, row: ThreatRow, next: Tagged): void {
  const { organisation } = row;
  const from = findTag(state, row);
  const to = findTag(state, next);
  const left = { ...from, bars: from.bars.filter((one) => one.organisation !== organisation) };
  const own = from.supporters.find((one) => one.organisation === organisation);
  if (!row.counted || own === undefined) {
    if (left.bars.length < from.bars.length) putTag(state, row, left);
    return;
  }
  const there = to.supporters.find((one) => one.organisation === organisation);
  const moved = there === undefined ? { ...own, reports: 1 } : { ...there, reports: there.reports + 1 };
  const others = to.supporters.filter((one) => one !== there);
  putTag(state, row, { ...left, supporters: without(from.supporters, organisation) });
  putTag(state, next, { ...to, supporters: [...others, moved] });
}

/** Of the day of `now`. */
export function trustOf(state: Overlay, organisation: OrganisationNumber, now: number): TrustRow {
  const row = findTrust(state, organisation);
  return row === undefined ? newTrust(now) : rolled(row, now);
}

export function putTrust(state: Overlay, organisation: OrganisationNumber, row: TrustRow): void {
  state.set(threatOrganisationKey(organisation), encodeTrust(row));
}

export function putThreats(state: Overlay, row: ThreatsRow): void {
  state.set(THREATS_KEY, encodeThreats(row));
}

/** A tag that nobody reports and from which nobody is barred leaves nothing behind. */
export function putTag(state: Overlay, { keyEpoch, tag }: Tagged, row: TagRow): void {
  const key = threatTagKey(keyEpoch, tag);
  if (row.supporters.length > 0) state.set(key, encodeTag(row));
  else if (row.bars.length > 0) state.set(key, encodeTag({ ...row, disputers: [] }));
  else state.delete(key);
}

/** One report of the organisation fewer. */
function without(supporters: readonly Supporter[], organisation: OrganisationNumber): Supporter[] {
  return supporters.flatMap((one) => {
    if (one.organisation !== organisation) return [one];
    return one.reports === 1 ? [] : [{ ...one, reports: one.reports - 1 }];
  });
}

/** Confirmed by another organisation within a day: once for what it has in force. */
function credit(state: Overlay, supporter: Supporter, now: number): Supporter {
  if (supporter.credited || now - supporter.since > DAY) return supporter;
  putTrust(state, supporter.organisation, confirmed(trustOf(state, supporter.organisation, now)));
  return { ...supporter, credited: true };
}
