// How many organisations a signature needs, and when a proposal is over (PROTOCOL 7.10.44). Pure.
import type { MemberSet } from '../../../member-set.ts';
import type { OrganisationNumber } from '../../types.ts';
import type { SignatureCount, SignatureRow } from './rows.ts';

/** Signatures that are not retired. */
export const MAX_ORGANISATION_SIGNATURES = 32;
export const MAX_NETWORK_SIGNATURES = 240;
/** So many times more rows: those of retired signatures stay for a while. */
const ROWS_TO_LIVE = 4;
/** A proposal that is not confirmed by then is over, ms. */
export const PROPOSAL_LIFE = 30 * 86_400_000;
/** A confirmed signature has no effect for this long, ms: everybody sees in the log what it would have met. */
export const SHADOW = 3_600_000;
const RETIRE_QUORUM = 2;

/** Organisations that still have a clinic: who left has no say. */
export function present(
  members: MemberSet,
  organisations: readonly OrganisationNumber[],
): readonly OrganisationNumber[] {
  const here = new Set(members.organisations.map(({ number }) => number));
  return organisations.filter((organisation) => here.has(organisation));
}

export function isFull({ live, rows }: SignatureCount, most: number): boolean {
  return live >= most || rows >= ROWS_TO_LIVE * most;
}

/** A third of the organisations, at least two where there are two. */
export function isConfirmed(members: MemberSet, supporters: readonly OrganisationNumber[]): boolean {
  const { length } = members.organisations;
  return present(members, supporters).length >= Math.min(length, Math.max(2, Math.ceil(length / 3)));
}

/** The proposer's own word is enough, as is two others' where there are two, and anybody's once the proposal is over. */
export function isRetired(members: MemberSet, row: SignatureRow, at: number): boolean {
  if (row.opponents.includes(row.organisation) || isOver(row, at)) return true;
  const others = members.organisations.filter(({ number }) => number !== row.organisation).length;
  return present(members, row.opponents).length >= Math.min(RETIRE_QUORUM, others);
}

export function isOver({ confirmed, proposed }: SignatureRow, at: number): boolean {
  return confirmed === 0 && at >= proposed + PROPOSAL_LIFE;
}
