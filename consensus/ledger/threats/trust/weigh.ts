// Whether a report counts for other organisations (PROTOCOL 7.10.9). Pure over rows, so that a node can ask the same of a
// report that no block holds yet.
import type { Standing } from '../../../../common/threat-names.ts';
import type { OrganisationNumber } from '../../types.ts';
import type { ReportPayload } from '../types.ts';
import { COPY_WINDOW, MAX_ACTIVE_ALL, OWN_EVIDENCE, START_REPUTATION } from './bounds.ts';
import { newTrust, type TrustRow } from './organisation-row.ts';
import { takeReport } from './quota.ts';
import { isMuted, reputationOf, rolled } from './reputation.ts';
import { isBarred, type TagRow } from './tag-row.ts';

export { STANDINGS, type Standing } from '../../../../common/threat-names.ts';

export interface Weighed {
  readonly standing: Standing;
  /** The organisation's row after it. */
  readonly trust: TrustRow;
}

export interface WeighedAgainst {
  readonly trust: TrustRow | undefined;
  readonly tag: TagRow;
  /** Reports in force of all organisations. */
  readonly active: number;
}

/** `now`: timestamp of the block, ms. */
export function weigh(
  { trust: found, tag, active }: WeighedAgainst,
  organisation: OrganisationNumber,
  report: ReportPayload,
  now: number,
): Weighed {
  const trust = found === undefined ? newTrust(now) : rolled(found, now);
  if (isBarred(tag, organisation, now)) return { standing: 'barred', trust };
  if (isMuted(trust)) return { standing: 'muted', trust };
  if (isCopy(tag, organisation, report, now)) return { standing: 'copied', trust };
  const used = takeReport(trust, { mode: report.mode, isRange: isRange(report) }, now);
  if (used === undefined || active >= MAX_ACTIVE_ALL) return { standing: 'quota', trust };
  return { standing: reputationOf(used) < START_REPUTATION ? 'low' : 'full', trust: used };
}

export function counts(standing: Standing): boolean {
  return standing === 'full' || standing === 'low';
}

/** More than one client: wider than one IPv4 address or one IPv6 /64. */
function isRange({ family, prefix }: Pick<ReportPayload, 'family' | 'prefix'>): boolean {
  return prefix < (family === 4 ? 32 : 64);
}

/** By a machine, soon after somebody else's, on less evidence of its own than would block. */
function isCopy(
  tag: TagRow,
  organisation: OrganisationNumber,
  { mode, severity }: ReportPayload,
  now: number,
): boolean {
  if (mode !== 'automatic' || severity >= OWN_EVIDENCE) return false;
  return tag.supporters.some((other) => other.organisation !== organisation && other.since > now - COPY_WINDOW);
}
