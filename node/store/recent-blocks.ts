// The last blocks of the main chain as the rules look back on them, kept in memory. Owns how many.
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { RECENT_BLOCKS_PER_MEMBER } from '../../consensus/limits.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainQueries } from './chain-queries.ts';
import type { Head } from './head.ts';
import type { ChainEntry } from './ports.ts';

/** Entries beyond the signers of the last 3 n blocks that `open` reports. */
const RECENT_EXTRA = 64;

export interface RecentBlocks {
  readonly queries: ChainQueries;
  readonly members: MemberSets;
  head: Head;
  /** Oldest first: at least as many as the rules look back on. */
  recent: ChainEntry[];
}

/** Twice what is looked back on, so that a branch that is undone is not read again with every block of it. */
export async function loadRecent(session: RecentBlocks): Promise<void> {
  const count = 2 * recentCount(session);
  const from = Math.max(0, session.head.tip.header.height - count + 1);
  session.recent = [...(await session.queries.entries(from, count))];
}

/** A block was connected, and the set of its child is in force. */
export async function pushRecent(session: RecentBlocks, entry: ChainEntry): Promise<void> {
  session.recent.push(entry);
  const kept = recentCount(session);
  if (session.recent.length > 2 * kept) session.recent.splice(0, session.recent.length - kept);
  await fillRecent(session);
}

/** The tip was undone. */
export async function popRecent(session: RecentBlocks): Promise<void> {
  session.recent.pop();
  await fillRecent(session);
}

/** Of the last 3 n blocks up to the tip, newest first, genesis left out. */
export function recentSignersOf({ recent, members }: RecentBlocks): readonly ClinicNumber[] {
  const mined = recent.filter(({ header }) => header.height > 0);
  return mined
    .slice(-RECENT_BLOCKS_PER_MEMBER * members.current.size)
    .reverse()
    .map(({ header }) => header.signer);
}

/** A set that grew looks back further: what is kept must not depend on when this node was started. */
async function fillRecent(session: RecentBlocks): Promise<void> {
  const { height } = session.head.tip.header;
  if (session.recent.length < Math.min(height + 1, recentCount(session))) await loadRecent(session);
}

function recentCount({ members }: RecentBlocks): number {
  return RECENT_BLOCKS_PER_MEMBER * members.current.size + RECENT_EXTRA;
}
