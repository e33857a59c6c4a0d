// Catching up: status with every peer, the fork point by search, blocks by range into the chain, single parents by
// hash. Owns what to ask whom; the chain decides what is valid, peer-policy.ts what a lie costs.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { CodedError, codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { signedHeaderOf } from '../../consensus/chain/block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Chain, ImportResult } from '../chain/chain.ts';
import type { Intake } from '../intake.ts';
import type { Mempool } from '../mempool/mempool.ts';
import { blameFor } from '../peer-policy.ts';
import type { PeerBlames } from '../peers/blame.ts';
import {
  decodeStatus,
  encodeHashes,
  encodeKnown,
  encodeRangeRequest,
  encodeStatus,
  MAX_RANGE,
  type Status,
} from '../wire.ts';
import { BLOCKS_BY_HASH, BLOCKS_BY_RANGE, MEMPOOL, STATUS } from './protocols.ts';

export type SyncErrorType =
  /** The peer belongs to another network. */
  | { code: 'sync.wrong-network' }
  /** The peer answered with something that was not asked for. */
  | { code: 'sync.wrong-answer'; height: number };

export class SyncError extends CodedError<SyncErrorType> {}

/** Statuses are asked for again this often, so that a lost gossip message costs seconds. */
const STATUS_EVERY_T = 5;
/** Blocks handed to the chain before the oldest of them must have been imported. */
const IMPORT_WINDOW = 16;
/** And their bytes: a block in hand takes several times its size. Two full blocks keep the chain busy. */
const IMPORT_BYTES = 2 * 1024 * 1024;
/** How many missing parents are fetched one by one before a range search is cheaper. */
const MAX_PARENT_WALK = 8;
const REQUEST_MS = 15_000;
/** Waiting transactions of a peer that are verified at a time. */
const TAKE_WINDOW = 32;
/** A peer's turn while others wait for theirs, in block intervals: a slow one must not keep this node behind. */
const TURN_T = 4;
/** A batch of blocks is imported while it arrives. */
const RANGE_MS = 120_000;

export interface SyncOptions {
  readonly genesisId: Uint8Array;
  readonly blockInterval: number;
}

export interface SyncModules {
  readonly chain: Chain;
  readonly network: Network;
  readonly intake: Intake;
  readonly mempool: Mempool;
  readonly blames: PeerBlames;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Sync {
  private readonly options: SyncOptions;
  private readonly modules: SyncModules;
  private readonly serial = new Serial();
  private readonly waiting = new Set<string>();
  private readonly statuses = new Map<string, Status>();
  /** Peers that claimed more work and showed none of it when asked: their claims do not make this node late. */
  private readonly unbacked = new Set<string>();
  private readonly abort = new AbortController();
  private timer: TimerHandle | undefined;
  private unsubscribe: (() => void) | undefined;
  private syncing = false;
  private readonly fetching = new Serial();
  private fetchingNow = 0;
  private turn = 0;

  constructor(options: SyncOptions, modules: SyncModules) {
    this.options = options;
    this.modules = modules;
  }

  start(): void {
    this.unsubscribe = this.modules.network.onPeer((event, peerId) => {
      if (event === 'connected') void this.meet(peerId);
      else this.forget(peerId);
    });
    for (const { peerId } of this.modules.network.peers()) void this.meet(peerId);
    this.schedule();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.unsubscribe?.();
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
    await this.serial.idle();
    await this.fetching.idle();
  }

  /** Whether a peer is known to have more work than this node. */
  get behind(): boolean {
    if (this.syncing) return true;
    const { height } = this.modules.chain.tip.header;
    return [...this.statuses].some(([peerId, status]) => status.height > height + 2 && !this.unbacked.has(peerId));
  }

  /** What a peer said last. */
  statusOf(peerId: string): Status | undefined {
    return this.statuses.get(peerId);
  }

  status(): Status {
    const { tip, view } = this.modules.chain;
    const { finalised, justified } = view;
    return {
      genesisId: this.options.genesisId,
      height: tip.header.height,
      head: tip.id,
      work: tip.work,
      finalised,
      justified,
      oldestBody: 0,
      clock: this.modules.clock.now(),
    };
  }

  /** A status that came in, asked for or not. */
  onStatus(peerId: string, status: Status): void {
    if (!equalBytes(status.genesisId, this.options.genesisId)) {
      void this.blame(peerId, new SyncError({ code: 'sync.wrong-network' }));
      return;
    }
    this.statuses.set(peerId, status);
    if (status.work > this.modules.chain.tip.work) this.enqueue(peerId);
  }

  /** A block whose parent is missing: fetch the parents from whoever sent it, else search the whole range. */
  async onOrphan(peerId: string, orphan: ImportResult): Promise<void> {
    let missing = orphan.parent;
    for (let step = 0; step < MAX_PARENT_WALK; step++) {
      const blocks = await this.collect(peerId, BLOCKS_BY_HASH.protocol, encodeHashes([missing]));
      if (blocks.length !== 1) break;
      const result = await this.import(peerId, blocks[0]);
      if (result === undefined || result.status !== 'orphan') return;
      missing = result.parent;
    }
    this.enqueue(peerId);
  }

  /** See PeerBlames. */
  async blame(peerId: string, error: unknown): Promise<void> {
    await this.modules.blames.blame(peerId, error);
  }

  private async meet(peerId: string): Promise<void> {
    try {
      await this.askStatus(peerId);
    } catch (error) {
      this.modules.logger.debug({ peer: peerId, code: codeOf(error) }, 'greeting failed');
      await this.blame(peerId, error);
    }
    await this.askWaiting(peerId);
  }

  /** Takes what waits at a peer and is missing here. One at a time: what one peer sends, the next need not. */
  private askWaiting(peerId: string): Promise<void> {
    this.fetchingNow++;
    return this.fetching.run(async () => {
      const { mempool, logger } = this.modules;
      const window: Promise<void>[] = [];
      try {
        const request = encodeKnown(await mempool.known());
        for await (const bundle of this.request(peerId, MEMPOOL.protocol, request)) {
          const taken = this.takeWaiting(bundle);
          taken.catch(() => {}); // awaited below
          window.push(taken);
          if (window.length >= TAKE_WINDOW) await window.shift();
        }
        for (const taken of window) await taken;
      } catch (error) {
        logger.debug({ peer: peerId, code: codeOf(error) }, 'waiting transactions not fetched');
        await this.blame(peerId, error);
      } finally {
        this.fetchingNow--;
      }
    });
  }

  private async takeWaiting(bundle: Uint8Array): Promise<void> {
    try {
      await this.modules.intake.take(bundle);
    } catch (error) {
      if (blameFor(codeOf(error)).blame !== 'none') throw error;
    }
  }

  private async askStatus(peerId: string): Promise<void> {
    const [answer] = await this.collect(peerId, STATUS.protocol, encodeStatus(this.status()));
    if (answer !== undefined) this.onStatus(peerId, decodeStatus(answer));
  }

  private schedule(): void {
    this.timer = this.modules.clock.setTimeout(() => {
      const peers = this.modules.network.peers();
      for (const { peerId } of peers) {
        this.askStatus(peerId).catch((error) => this.blame(peerId, error));
      }
      // One peer in turn: together they hold what any of them holds.
      if (peers.length > 0 && this.fetchingNow === 0) void this.askWaiting(peers[this.turn++ % peers.length].peerId);
      this.schedule();
    }, STATUS_EVERY_T * this.options.blockInterval);
  }

  private enqueue(peerId: string): void {
    if (this.waiting.has(peerId) || this.abort.signal.aborted) return;
    this.waiting.add(peerId);
    void this.serial.run(async () => {
      this.waiting.delete(peerId);
      const status = this.statuses.get(peerId);
      if (status === undefined || status.work <= this.modules.chain.tip.work || this.abort.signal.aborted) return;
      const before = this.modules.chain.tip.work;
      this.syncing = !this.unbacked.has(peerId);
      let over = true;
      try {
        over = await this.range(peerId, status);
      } catch (error) {
        this.modules.logger.debug({ peer: peerId, code: codeOf(error), err: error }, 'sync ended early');
        await this.blame(peerId, error);
      } finally {
        this.syncing = false;
        const { work } = this.modules.chain.tip;
        if (!over) this.enqueue(peerId);
        else if (work === before && work < status.work) this.unbacked.add(peerId);
        else this.unbacked.delete(peerId);
      }
    });
  }

  private forget(peerId: string): void {
    this.statuses.delete(peerId);
    this.unbacked.delete(peerId);
  }

  /** False when it goes on later, because the turn is over and others wait. */
  private async range(peerId: string, status: Status): Promise<boolean> {
    let from = (await this.forkPoint(peerId, status)) + 1;
    this.modules.logger.info({ peer: peerId, from, to: status.height }, 'syncing blocks');
    const { clock } = this.modules;
    const end = clock.monotonic() + TURN_T * this.options.blockInterval;
    const over = (): boolean => this.waiting.size > 0 && clock.monotonic() > end;
    while (from <= status.height && !this.abort.signal.aborted) {
      const count = Math.min(MAX_RANGE, status.height - from + 1);
      const window: { readonly imported: Promise<ImportResult>; readonly bytes: number }[] = [];
      let ahead = 0;
      let received = 0;
      let stray = false;
      const settle = async (): Promise<void> => {
        const oldest = window.shift();
        if (oldest === undefined) return;
        ahead -= oldest.bytes;
        const { status: became } = await oldest.imported;
        stray ||= became === 'orphan' || became === 'held';
      };
      for await (const bytes of this.request(peerId, BLOCKS_BY_RANGE.protocol, encodeRangeRequest({ from, count }))) {
        if (signedHeaderOf(bytes).header.height !== from + received) {
          throw new SyncError({ code: 'sync.wrong-answer', height: from + received });
        }
        received++;
        const imported = this.modules.chain.import(bytes, peerId);
        imported.catch(() => {}); // awaited in order below
        window.push({ imported, bytes: bytes.length });
        ahead += bytes.length;
        while (window.length > 1 && (window.length >= IMPORT_WINDOW || ahead > IMPORT_BYTES)) await settle();
        if (stray) return true;
        if (over()) break;
      }
      while (window.length > 0) await settle();
      // Its chain moved meanwhile, or is ahead of its time: what follows would not connect. The next status tells.
      if (received === 0 || stray) return true;
      from += received;
      if (from <= status.height && over()) return false;
    }
    return true;
  }

  /** The highest height at which the peer's main chain holds a block that is known here. */
  private async forkPoint(peerId: string, status: Status): Promise<number> {
    let high = Math.min(status.height, this.modules.chain.tip.header.height);
    let step = 1;
    let unknown = high + 1;
    while (high > 0 && !(await this.shares(peerId, high))) {
      unknown = high;
      high = Math.max(0, high - step);
      step *= 2;
    }
    let low = high;
    while (unknown - low > 1) {
      const middle = Math.floor((low + unknown) / 2);
      if (await this.shares(peerId, middle)) low = middle;
      else unknown = middle;
    }
    return low;
  }

  private async shares(peerId: string, height: number): Promise<boolean> {
    const request = encodeRangeRequest({ from: height, count: 1 });
    const [block] = await this.collect(peerId, BLOCKS_BY_RANGE.protocol, request);
    if (block === undefined) return false;
    const { header } = signedHeaderOf(block);
    if (header.height !== height) throw new SyncError({ code: 'sync.wrong-answer', height });
    return this.modules.chain.has(blockId(header));
  }

  private async import(peerId: string, bytes: Uint8Array): Promise<ImportResult | undefined> {
    try {
      return await this.modules.chain.import(bytes, peerId);
    } catch (error) {
      this.modules.logger.debug({ peer: peerId, code: codeOf(error) }, 'block refused');
      await this.blame(peerId, error);
      return undefined;
    }
  }

  private request(peerId: string, protocol: string, request: Uint8Array): AsyncIterable<Uint8Array> {
    const limit = protocol === BLOCKS_BY_RANGE.protocol ? RANGE_MS : REQUEST_MS;
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(limit)]);
    return this.modules.network.request(peerId, protocol, request, signal);
  }

  private async collect(peerId: string, protocol: string, request: Uint8Array): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.request(peerId, protocol, request)) chunks.push(chunk);
    return chunks;
  }
}
