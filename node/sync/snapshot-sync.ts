// From nothing to a final state: a checkpoint proven final, headers up to it by their hash chain, the state in parts from
// several peers. The store proves every part before it keeps it, so a wrong one names its sender. Owns who is asked.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { blockId, encodeSignedHeader } from '../../consensus/chain/header.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { ChainStore } from '../store/ports.ts';
import { encodeHeaderItem } from '../store/rows.ts';
import type { SnapshotInfo } from '../store/snapshot/ports.ts';
import { SyncError } from './errors.ts';
import { type FinalHeaderModules, finalCheckpoint } from './final-header.ts';
import { SNAPSHOT } from './protocols.ts';
import { decodeOffers, encodeSnapshotRequest, MAX_HEADERS } from './wire.ts';

/** Parts fetched or asked for beyond the one that the store works on; half a MiB each at most. */
const PARTS_AHEAD = 12;
/** Asked of one peer at one time. */
const PARTS_PER_PEER = 2;
const PART_MS = 15_000;
const MAX_FAILURES = 3;

export type SnapshotPhase = 'snapshot-headers' | 'snapshot';

export interface SnapshotSyncOptions {
  readonly genesis: Genesis;
  readonly ended: AbortSignal;
}

export interface SnapshotSyncModules extends FinalHeaderModules {
  readonly store: Pick<ChainStore, 'importBegin' | 'importHeaders' | 'importPart' | 'importDrop'>;
  peers(): readonly string[];
  blame(peerId: string, error: unknown): Promise<void>;
  progress(phase: SnapshotPhase, done: number, total: number): void;
  readonly logger: Logger;
}

interface Offer extends SnapshotInfo {
  /** Who has it. */
  readonly peers: readonly string[];
}

export class SnapshotSync {
  private readonly options: SnapshotSyncOptions;
  private readonly modules: SnapshotSyncModules;

  constructor(options: SnapshotSyncOptions, modules: SnapshotSyncModules) {
    this.options = options;
    this.modules = modules;
  }

  /** The best snapshot above a height that a peer offers, with everybody else who has it. */
  async find(provider: string, above: number): Promise<Offer | undefined> {
    const others = this.modules.peers().filter((peer) => peer !== provider);
    const [own, ...more] = await Promise.all([provider, ...others].map((peer) => this.offers(peer)));
    const best = own.offers.toSorted((a, b) => b.height - a.height)[0];
    if (best === undefined || best.height <= above) return undefined;
    const same = [own, ...more].filter(({ offers }) => offers.some(({ id }) => toHex(id) === toHex(best.id)));
    return { ...best, peers: same.map(({ peer }) => peer) };
  }

  /** Takes all of it into the store, where `importFinish` puts it in place. `own` is final here already. */
  async take(provider: string, offer: Offer, own: { readonly height: number; readonly id: Uint8Array }): Promise<void> {
    const { genesis } = this.options;
    const { item, steps } = await finalCheckpoint(genesis, provider, offer, this.modules);
    const checkpoint = encodeSignedHeader(item.signed);
    const begun = await this.begin(offer, checkpoint, steps);
    await this.checkOwn(provider, own);
    await this.takeHeaders(provider, begun.nextHeader, offer.height);
    await this.parts(offer, begun.nextPart, begun.parts);
  }

  private async offers(peer: string): Promise<{ peer: string; offers: readonly SnapshotInfo[] }> {
    try {
      const request = encodeSnapshotRequest({ type: 'offers' });
      const [answer] = await this.modules.requests.collect(peer, SNAPSHOT.protocol, request);
      return { peer, offers: answer === undefined ? [] : decodeOffers(answer) };
    } catch (error) {
      await this.modules.blame(peer, error);
      return { peer, offers: [] };
    }
  }

  /** The state root in the checkpoint's header says whether a cut is right. */
  private async begin({ id, height, peers }: Offer, checkpoint: Uint8Array, steps: readonly Uint8Array[]) {
    for (const peer of peers) {
      try {
        const request = encodeSnapshotRequest({ type: 'cut', id });
        const [cut] = await this.modules.requests.collect(peer, SNAPSHOT.protocol, request);
        if (cut !== undefined) return await this.modules.store.importBegin({ checkpoint, cut, steps });
      } catch (error) {
        if (codeOf(error)?.startsWith('store.')) throw error;
        await this.modules.blame(peer, error);
      }
    }
    throw new SyncError({ code: 'sync.stalled', height });
  }

  /** What is final here is an ancestor of the snapshot, or somebody's finality is broken. */
  private async checkOwn(peer: string, own: { readonly height: number; readonly id: Uint8Array }): Promise<void> {
    if (own.height === 0) return;
    const [item] = await this.modules.requests.headers(peer, own.height, 1);
    const same = item !== undefined && equalBytes(blockId(item.signed.header), own.id);
    if (!same) throw new SyncError({ code: 'sync.not-final', height: own.height });
  }

  /** Headers are right only as a whole: where they do not fit, those that came before may be the wrong ones. */
  private async takeHeaders(peer: string, from: number, end: number): Promise<void> {
    try {
      await this.headers(peer, from, end);
    } catch (error) {
      if (codeOf(error)?.startsWith('block.') !== true) throw error;
      await this.modules.store.importDrop();
      // All of them from this peer, or from others as well, of whom nobody can say which one lied.
      throw from === 1 ? error : new SyncError({ code: 'sync.stalled', height: end });
    }
  }

  private async headers(peer: string, from: number, end: number): Promise<void> {
    const { requests, store, progress } = this.modules;
    const ask = (at: number) => requests.headers(peer, at, Math.min(MAX_HEADERS, end - at));
    let next = from;
    let asked = next < end ? ask(next) : undefined;
    while (asked !== undefined && !this.options.ended.aborted) {
      const items = await asked;
      if (items.length === 0) throw new SyncError({ code: 'sync.wrong-answer', height: next });
      next += items.length;
      asked = next < end ? ask(next) : undefined;
      asked?.catch(() => {}); // awaited in the next turn
      await store.importHeaders(items.map(encodeHeaderItem));
      progress('snapshot-headers', next - 1, end - 1);
    }
  }

  private async parts({ id, height, peers }: Offer, from: number, total: number): Promise<void> {
    const { store, requests, blame, progress, logger } = this.modules;
    const here = new Map<number, { readonly bytes: Uint8Array; readonly peer: string }>();
    const asked = new Set<number>();
    const load = new Map<string, number>(peers.map((peer) => [peer, 0]));
    const failures = new Map<string, number>();
    let next = from;
    let wake: () => void = () => {};
    const fail = async (peer: string, error: unknown): Promise<void> => {
      failures.set(peer, (failures.get(peer) ?? 0) + 1);
      logger.debug({ peer, code: codeOf(error) }, 'part not fetched');
      await blame(peer, error);
    };
    const fetch = async (peer: string, part: number): Promise<void> => {
      asked.add(part);
      load.set(peer, (load.get(peer) ?? 0) + 1);
      try {
        const request = encodeSnapshotRequest({ type: 'part', id, part });
        const [bytes] = await requests.collect(peer, SNAPSHOT.protocol, request, PART_MS);
        if (bytes === undefined) throw new SyncError({ code: 'sync.stalled', height });
        if (part >= next) here.set(part, { bytes, peer });
      } catch (error) {
        await fail(peer, error);
      } finally {
        asked.delete(part);
        load.set(peer, (load.get(peer) ?? 1) - 1);
        wake();
      }
    };
    const askIdle = (): void => {
      const usable = peers.filter((peer) => (failures.get(peer) ?? 0) < MAX_FAILURES);
      for (let part = next; part < Math.min(total, next + PARTS_AHEAD); part++) {
        if (here.has(part) || asked.has(part)) continue;
        const peer = usable
          .filter((one) => (load.get(one) ?? 0) < PARTS_PER_PEER)
          .toSorted((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))[0];
        if (peer === undefined) return;
        void fetch(peer, part);
      }
    };
    while (next < total && !this.options.ended.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      askIdle();
      const ready = here.get(next);
      if (ready === undefined) {
        if (asked.size === 0) throw new SyncError({ code: 'sync.stalled', height });
        await changed;
        continue;
      }
      here.delete(next);
      try {
        await store.importPart(next, ready.bytes);
        next++;
        progress('snapshot', next, total);
      } catch (error) {
        if (codeOf(error)?.startsWith('codec.') !== true) throw error;
        // Whoever sent a wrong part is not asked again; the others are.
        failures.set(ready.peer, MAX_FAILURES);
        await blame(ready.peer, new SyncError({ code: 'sync.wrong-part', part: next }));
      }
    }
    if (this.options.ended.aborted) throw new SyncError({ code: 'sync.stalled', height });
  }
}
