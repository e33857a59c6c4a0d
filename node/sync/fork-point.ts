// Where a peer's main chain leaves what is known here, by single headers: downwards in growing steps, then by halves. One
// limit of time for the whole search: a peer that answers each question slowly holds nobody up.
import type { Clock } from '../../common/clock.ts';
import { blockId } from '../../consensus/chain/header.ts';
import { SyncError } from './errors.ts';
import type { PeerRequests } from './peer-requests.ts';

const SEARCH_MS = 20_000;

export interface ForkPointModules {
  readonly requests: PeerRequests;
  readonly clock: Clock;
  has(id: Uint8Array): Promise<boolean>;
  /** Whether the peer's turn is over and others wait. */
  over(): boolean;
}

export interface ForkPoint {
  readonly height: number;
  readonly id: Uint8Array;
}

/** The highest known block of the peer's main chain at or below `top`. Throws SyncError. */
export async function forkPoint(
  peerId: string,
  top: number,
  genesisBlock: Uint8Array,
  modules: ForkPointModules,
): Promise<ForkPoint> {
  const { requests, clock } = modules;
  const end = clock.monotonic() + SEARCH_MS;
  let best: ForkPoint = { height: 0, id: genesisBlock };
  const shares = async (height: number): Promise<boolean> => {
    if (clock.monotonic() > end || modules.over()) throw new SyncError({ code: 'sync.stalled', height });
    const [item] = await requests.headers(peerId, height, 1);
    if (item === undefined) return false;
    const id = blockId(item.signed.header);
    if (!(await modules.has(id))) return false;
    if (height > best.height) best = { height, id };
    return true;
  };
  let high = top;
  let unknown = high + 1;
  for (let step = 1; high > 0 && !(await shares(high)); step *= 2) {
    unknown = high;
    high = Math.max(0, high - step);
  }
  let low = high;
  while (unknown - low > 1) {
    const middle = Math.floor((low + unknown) / 2);
    if (await shares(middle)) low = middle;
    else unknown = middle;
  }
  return best;
}
