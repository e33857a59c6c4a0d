// Whether a node is so far behind the other clinics that people should know. Owns the threshold.
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import type { Result } from '../../../rpc/schema/methods.ts';

export type SyncState = Result<'node_health'>['sync'];

/** A block or two come late in every network; that is no catching up. */
const NOTABLE_BLOCKS = 2 * EPOCH_BLOCKS;

/** Older bodies, fetched while all else goes on, do not count. */
export function isCatchingUp({ phase, done, total }: SyncState): boolean {
  if (phase === 'idle' || phase === 'backfill') return false;
  return phase === 'snapshot' || phase === 'snapshot-headers' || total - done >= NOTABLE_BLOCKS;
}
