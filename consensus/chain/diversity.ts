// When a signer may mine next (PROTOCOL 5.8, 5.9): minimum spacing, and turns among those who mined lately.
// The wait is measured against recently active signers and ends with time, so no number of absent members halts the chain.
import type { ClinicNumber } from '../ledger/types.ts';
import { RECENT_BLOCKS_PER_MEMBER } from '../limits.ts';
import type { Params } from '../params.ts';
import type { Header } from './types.ts';

/** Each block nearer than W costs this many block intervals of waiting. */
const WAIT_INTERVALS = 2;

/** Least timestamp of any child of `parent`, ms. */
export function earliestSpacing(params: Params, parent: Pick<Header, 'timestamp'>): number {
  return parent.timestamp + Math.floor(params.blockInterval / 2);
}

/** W: how many last blocks a signer should be absent from. `recentSigners` newest first, genesis left out. */
export function diversityWindow(memberCount: number, recentSigners: readonly ClinicNumber[]): number {
  const active = new Set(recentSigners.slice(0, RECENT_BLOCKS_PER_MEMBER * memberCount)).size;
  return Math.floor(active / 2);
}

/** Least timestamp of a child of `parent` by `signer`, ms: spacing and diversity together. */
export function earliestTimestamp(
  params: Params,
  memberCount: number,
  parent: Header,
  recentSigners: readonly ClinicNumber[],
  signer: ClinicNumber,
): number {
  const window = diversityWindow(memberCount, recentSigners);
  return earliestAtDistance(params, parent, window, recentSigners.slice(0, window).indexOf(signer));
}

/** The same by what it depends on: W, and the distance of the signer's latest block among the last W, -1 for none. */
export function earliestAtDistance(
  params: Params,
  parent: Pick<Header, 'timestamp'>,
  window: number,
  distance: number,
): number {
  const spacing = earliestSpacing(params, parent);
  if (distance === -1) return spacing;
  return Math.max(spacing, parent.timestamp + (window - distance) * WAIT_INTERVALS * params.blockInterval);
}
