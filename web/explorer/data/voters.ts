// Who has a vote in finality, and how many of them must agree.
import type { Result } from '../../../rpc/schema/methods.ts';

export type MemberList = Result<'member_list'>;
export type Member = MemberList['members'][number];

export interface Voters {
  readonly count: number;
  /** More than two thirds. */
  readonly needed: number;
  /** Connected to this node now, itself among them. */
  readonly connected: number;
}

export function votersOf(members: readonly Member[]): Voters {
  const voters = members.filter(({ status, voteSuspended }) => status === 'active' && !voteSuspended);
  return {
    count: voters.length,
    needed: Math.floor((2 * voters.length) / 3) + 1,
    connected: voters.filter(({ connected }) => connected).length,
  };
}
