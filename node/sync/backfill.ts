// Bodies and outcomes below a snapshot, fetched when there is nothing better to do, the newest first: their headers are
// final, so each body is checked by its header alone. Owns who is asked; the store checks and keeps.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ChainStore } from '../store/ports.ts';
import { encodeHashes } from '../wire.ts';
import { SyncError } from './errors.ts';
import type { PeerRequests } from './peer-requests.ts';
import { BLOCKS_BY_HASH, OUTCOMES } from './protocols.ts';

/** In memory at a time; 2 MiB each at most. */
const BATCH = 8;

export interface BackfillModules {
  readonly store: Pick<ChainStore, 'bodiesFrom' | 'entries' | 'fillBody'>;
  readonly requests: PeerRequests;
  /** Connected peers that have the body of that height. */
  peers(height: number): readonly string[];
  blame(peerId: string, error: unknown): Promise<void>;
  readonly logger: Logger;
}

export class Backfill {
  private readonly modules: BackfillModules;
  private turn = 0;

  constructor(modules: BackfillModules) {
    this.modules = modules;
  }

  /** Fetches a few of the bodies that are missing; gives the height from which all are here. */
  async step(): Promise<number> {
    const { store } = this.modules;
    const from = await store.bodiesFrom();
    if (from <= 1) return from;
    const first = Math.max(1, from - BATCH);
    const peers = this.modules.peers(first);
    if (peers.length === 0) return from;
    const peer = peers[this.turn++ % peers.length];
    const entries = [...(await store.entries(first, from - first))].reverse();
    try {
      return await this.fill(
        peer,
        entries.map(({ id }) => id),
        from,
      );
    } catch (error) {
      this.modules.logger.debug({ peer, code: codeOf(error) }, 'old bodies not fetched');
      await this.modules.blame(peer, error);
      return store.bodiesFrom();
    }
  }

  private async fill(peer: string, ids: readonly Uint8Array[], from: number): Promise<number> {
    const { requests, store } = this.modules;
    const request = encodeHashes(ids);
    const outcomes = await requests.collect(peer, OUTCOMES.protocol, request);
    if (outcomes.length !== ids.length) throw new SyncError({ code: 'sync.withheld', height: from - 1 });
    let lowest = from;
    let at = 0;
    for await (const block of requests.request(peer, BLOCKS_BY_HASH.protocol, request)) {
      if (at === ids.length) throw new SyncError({ code: 'sync.wrong-answer', height: lowest - 1 });
      lowest = await store.fillBody(block, outcomes[at++]);
    }
    if (at !== ids.length) throw new SyncError({ code: 'sync.withheld', height: lowest - 1 });
    return lowest;
  }
}
