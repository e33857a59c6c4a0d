// Catching up: status with every peer, headers first from the one that shows most, then bodies from all, or a final state
// where much is missing. Owns when and from whom; how is in the files beside this one, the chain decides what is valid.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { genesisBlock } from '../../consensus/chain/genesis-block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { EPOCH_BLOCKS, RECENT_BLOCKS_PER_MEMBER } from '../../consensus/limits.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Chain, ImportResult } from '../chain/chain.ts';
import type { Intake } from '../intake.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { PeerBlames } from '../peers/blame.ts';
import type { ChainStore } from '../store/ports.ts';
import { decodeStatus, encodeHashes, encodeStatus, type Status } from '../wire.ts';
import { Backfill } from './backfill.ts';
import { BackfillTurns } from './backfill-turns.ts';
import { BodyFetch } from './body-fetch.ts';
import { ClockOffset } from './clock-offset.ts';
import { SyncError } from './errors.ts';
import { forkPoint } from './fork-point.ts';
import { HeaderChain, type HeaderRef } from './header-chain.ts';
import { Keeper } from './keeper.ts';
import { PeerRequests } from './peer-requests.ts';
import { IDLE, type SyncState } from './progress.ts';
import { BLOCKS_BY_HASH, STATUS } from './protocols.ts';
import { SnapshotSync } from './snapshot-sync.ts';
import { WaitingTransactions } from './waiting.ts';
import { MAX_HEADERS } from './wire.ts';

/** Statuses are asked for again this often, so that a lost gossip message costs seconds. */
const STATUS_EVERY_T = 5;
/** How many missing parents are fetched one by one before a range search is cheaper. */
const MAX_PARENT_WALK = 8;
/** A peer's turn while others wait for theirs, in block intervals: a slow one must not keep this node behind. */
const TURN_T = 4;
/** A clock that is off by this part of T is worth an alarm. */
const ALARM_PARTS = 3;
/** For one answer of headers: at most a peer's turn, at least what a slow line needs. */
const HEADERS_MS = 15_000;
const HEADERS_MIN_MS = 5_000;
/** Headers verified ahead of their bodies. */
const HEADERS_AHEAD = 2048;
/** Blocks behind from which a final state is fetched instead of all bodies: one day at T = 30 s. */
const SNAPSHOT_GAP = 2880;

/** Members, and who was one. */
const HEARD_PEERS = 1024;

/** `at` by the monotonic clock. */
export interface Heard {
  readonly status: Status;
  readonly at: number;
}

export type SyncMode = 'auto' | 'full' | 'snapshot';

export interface SyncOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly mode?: SyncMode;
  /** Blocks whose bodies are kept; undefined keeps and fetches all. */
  readonly keep?: number;
}

export interface SyncModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly members: MemberSets;
  readonly network: Network;
  readonly intake: Intake;
  readonly mempool: Mempool;
  readonly blames: PeerBlames;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ClockState {
  readonly offsetMs: number;
  /** Beyond T / 3: somebody should look at it. */
  readonly alarm: boolean;
  /** Beyond T: blocks made here would be refused or held by the others. */
  readonly tooFar: boolean;
}

export class Sync {
  private readonly options: SyncOptions;
  private readonly modules: SyncModules;
  private readonly genesisBlock: Uint8Array;
  private readonly abort = new AbortController();
  private readonly requests: PeerRequests;
  private readonly waitingTransactions: WaitingTransactions;
  private readonly snapshotSync: SnapshotSync;
  private readonly backfill: BackfillTurns;
  private readonly keeper: Keeper;
  private readonly clocks = new ClockOffset();
  private readonly serial = new Serial();
  private readonly waiting = new Set<string>();
  private readonly statuses = new Map<string, Status>();
  /** The last status of each peer and when it came, also of those that are gone. */
  private readonly lastHeard = new BoundedMap<string, Heard>({ maxEntries: HEARD_PEERS });
  /** Peers that claimed more than they showed when asked: their claims do not make this node late. */
  private readonly unbacked = new Set<string>();
  /** Peers whose turn ended because others waited. */
  private readonly hadTurn = new Set<string>();
  /** Whether the peer whose turn it is has brought something that was not here. */
  private brought = false;
  private timer: TimerHandle | undefined;
  private readonly unsubscribe: (() => void)[] = [];
  private syncing = false;
  private now: SyncState = IDLE;
  private turn = 0;

  constructor(options: SyncOptions, modules: SyncModules) {
    this.options = options;
    this.modules = modules;
    this.genesisBlock = blockId(genesisBlock(options.genesis).header);
    const { network, store, logger, intake, mempool } = modules;
    const ended = this.abort.signal;
    const blame = (peerId: string, error: unknown): Promise<void> => this.blame(peerId, error);
    this.requests = new PeerRequests({ ended }, { network });
    const { requests } = this;
    this.waitingTransactions = new WaitingTransactions({ intake, mempool, requests, blame, logger });
    this.snapshotSync = new SnapshotSync(
      { genesis: options.genesis, ended },
      {
        ...{ requests, store, blame, logger },
        peers: () => this.peers(),
        progress: (phase, done, total) => {
          this.now = { phase, done, total };
        },
      },
    );
    const { keep } = options;
    this.keeper = new Keeper({ keep }, { store, logger });
    this.backfill = new BackfillTurns(
      { keep },
      {
        backfill: new Backfill({ store, requests, peers: (height) => this.holders(height), blame, logger }),
        keeper: this.keeper,
        height: () => modules.chain.tip.header.height,
        catchingUp: () => this.syncing,
        clock: modules.clock,
        logger,
      },
    );
  }

  start(): void {
    const { network, chain, logger } = this.modules;
    this.unsubscribe.push(
      chain.onChange(() => this.keep()),
      network.onPeer((event, peerId) => {
        if (event === 'connected') void this.meet(peerId);
        else this.forget(peerId);
      }),
    );
    const prepared = this.keeper.start().then(() => {
      this.keep();
      this.backfill.start();
    });
    prepared.catch((error) => logger.error({ err: error, code: codeOf(error) }, 'no snapshots will be made'));
    for (const { peerId } of network.peers()) void this.meet(peerId);
    this.schedule();
  }

  async stop(): Promise<void> {
    const { clock } = this.modules;
    this.abort.abort();
    for (const end of this.unsubscribe) end();
    clock.clearTimeout(this.timer);
    await this.serial.idle();
    await this.waitingTransactions.idle();
    await this.backfill.stop();
    await this.keeper.stop();
  }

  /** Whether a peer is known to have more work than this node. */
  get behind(): boolean {
    if (this.syncing) return true;
    const { height } = this.modules.chain.tip.header;
    // A height alone says nothing: only a claim that is looked into can be found empty.
    return [...this.statuses].some(
      ([peerId, status]) => status.height > height + 2 && this.shows(status) && !this.unbacked.has(peerId),
    );
  }

  /** For whoever watches: what is fetched now. */
  get state(): SyncState {
    return this.now.phase === 'idle' ? this.backfill.state : this.now;
  }

  /** What the others' clocks are ahead of ours at least, ms (the median, ours included), and whether that is too much. */
  get clock(): ClockState {
    const { blockInterval } = this.options.genesis.params;
    const offsetMs = Math.round(this.clocks.median);
    return {
      offsetMs,
      alarm: Math.abs(offsetMs) > blockInterval / ALARM_PARTS,
      tooFar: Math.abs(offsetMs) > blockInterval,
    };
  }

  /** What a peer said last. */
  statusOf(peerId: string): Status | undefined {
    return this.statuses.get(peerId);
  }

  /** What a peer said last, also one that is gone since. */
  heard(peerId: string): Heard | undefined {
    return this.lastHeard.get(peerId);
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
      oldestBody: this.keeper.oldestBody,
      clock: this.modules.clock.now(),
    };
  }

  /** Runs when all bodies are here that this node wants to keep, after some were missing. */
  onBackfilled(listener: () => void | Promise<void>): () => void {
    return this.backfill.onDone(listener);
  }

  /** A status that came in, asked for or not. */
  onStatus(peerId: string, status: Status): void {
    if (!equalBytes(status.genesisId, this.options.genesisId)) {
      void this.blame(peerId, new SyncError({ code: 'sync.wrong-network' }));
      return;
    }
    this.statuses.set(peerId, status);
    this.lastHeard.set(peerId, { status, at: this.modules.clock.monotonic() });
    if (this.shows(status)) this.enqueue(peerId);
  }

  /** A block whose parent is missing: fetch the parents from whoever sent it, else search the whole range. */
  async onOrphan(peerId: string, orphan: ImportResult): Promise<void> {
    let missing = orphan.parent;
    for (let step = 0; step < MAX_PARENT_WALK; step++) {
      const blocks = await this.requests.collect(peerId, BLOCKS_BY_HASH.protocol, encodeHashes([missing]));
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
    await this.waitingTransactions.ask(peerId);
  }

  private async askStatus(peerId: string): Promise<void> {
    const { clock } = this.modules;
    const [asked, began] = [clock.now(), clock.monotonic()];
    const [answer] = await this.requests.collect(peerId, STATUS.protocol, encodeStatus(this.status()));
    if (answer === undefined) return;
    const status = decodeStatus(answer);
    const answered = clock.now();
    // Either clock alone is wrong where the time was set, or the machine slept, in between.
    const trip = { asked: Math.min(asked, answered - (clock.monotonic() - began)), answered };
    this.onStatus(peerId, status);
    if (this.statuses.get(peerId) === status) this.clocks.heard(peerId, status.clock, trip);
  }

  private schedule(): void {
    this.timer = this.modules.clock.setTimeout(() => {
      const peers = this.peers();
      for (const peerId of peers) this.askStatus(peerId).catch((error) => this.blame(peerId, error));
      // One peer in turn: together they hold what any of them holds.
      const idle = peers.length > 0 && !this.waitingTransactions.busy;
      if (idle) void this.waitingTransactions.ask(peers[this.turn++ % peers.length]);
      this.schedule();
    }, STATUS_EVERY_T * this.options.genesis.params.blockInterval);
  }

  private keep(): void {
    const { tip, view } = this.modules.chain;
    this.keeper.follow(tip.header.height, view.finalised.epoch, this.syncing);
  }

  private peers(): string[] {
    return this.modules.network.peers().map(({ peerId }) => peerId);
  }

  /** Connected peers that say they have the body of that height, and have shown what they said before. */
  private holders(height: number): string[] {
    return this.peers().filter((peerId) => {
      const status = this.statuses.get(peerId);
      const says = status !== undefined && status.height >= height && status.oldestBody <= height;
      return says && !this.unbacked.has(peerId);
    });
  }

  /** Whether a peer says that it has what fork choice would prefer. */
  private shows(status: Status): boolean {
    const { tip, view } = this.modules.chain;
    return status.work > tip.work || status.justified.epoch > view.justified.epoch;
  }

  private enqueue(peerId: string): void {
    if (this.waiting.has(peerId) || this.abort.signal.aborted) return;
    this.waiting.add(peerId);
    void this.serial.run(() => this.nextTurn());
  }

  /** Who showed nothing comes last, before that who had a turn that others cut short. */
  private rank(peerId: string): number {
    return 2 * Number(this.unbacked.has(peerId)) + Number(this.hadTurn.has(peerId));
  }

  /** The highest certificate first, then the most work. */
  private best(): string | undefined {
    const known = [...this.waiting].map((peerId) => ({ peerId, status: this.statuses.get(peerId) }));
    const order = known.toSorted((a, b) => {
      const later = this.rank(a.peerId) - this.rank(b.peerId);
      if (later !== 0) return later;
      const epochs = (b.status?.justified.epoch ?? 0) - (a.status?.justified.epoch ?? 0);
      return epochs !== 0 ? epochs : Number((b.status?.work ?? 0n) > (a.status?.work ?? 0n)) * 2 - 1;
    });
    return order[0]?.peerId;
  }

  private async nextTurn(): Promise<void> {
    const peerId = this.best();
    if (peerId === undefined) return;
    this.waiting.delete(peerId);
    this.hadTurn.delete(peerId);
    const status = this.statuses.get(peerId);
    if (status === undefined || !this.shows(status) || this.abort.signal.aborted) return;
    const { logger } = this.modules;
    this.brought = false;
    this.syncing = !this.unbacked.has(peerId);
    let over = true;
    try {
      over = await this.catchUp(peerId, status);
    } catch (error) {
      logger.debug({ peer: peerId, code: codeOf(error), err: error }, 'sync ended early');
      await this.blame(peerId, error);
    } finally {
      this.syncing = false;
      this.now = IDLE;
      if (over) this.keep();
      // What others brought meanwhile says nothing of this one: a slow liar would keep this node behind for ever.
      if (this.brought || !this.shows(status)) this.unbacked.delete(peerId);
      else this.unbacked.add(peerId);
      if (!over) {
        this.hadTurn.add(peerId);
        this.enqueue(peerId);
      }
    }
  }

  private forget(peerId: string): void {
    this.statuses.delete(peerId);
    this.unbacked.delete(peerId);
    this.hadTurn.delete(peerId);
    this.clocks.forget(peerId);
  }

  /** False when it goes on later, because the turn is over and others wait. */
  private async catchUp(peerId: string, status: Status): Promise<boolean> {
    const { chain, clock, logger } = this.modules;
    await this.takeSnapshot(peerId, status);
    const end = clock.monotonic() + TURN_T * this.options.genesis.params.blockInterval;
    const turnOver = (): boolean => this.waiting.size > 0 && clock.monotonic() > end;
    while (!this.abort.signal.aborted) {
      const { height } = chain.tip.header;
      const top = Math.min(status.height, height);
      const fork = await forkPoint(peerId, top, this.genesisBlock, {
        ...{ requests: this.requests, clock },
        has: (id) => chain.has(id),
        over: turnOver,
      });
      logger.info({ peer: peerId, from: fork.height + 1, to: status.height }, 'syncing blocks');
      const headers = await this.headers(peerId, fork, status);
      if (headers.length === 0) return true;
      await this.bodies(peerId, status, headers);
      if (headers[headers.length - 1].height >= status.height) return true;
      if (turnOver()) return false;
    }
    return true;
  }

  /** Verified headers from the fork point on, so many as may wait for their bodies. */
  private async headers(
    peerId: string,
    fork: { readonly height: number; readonly id: Uint8Array },
    status: Status,
  ): Promise<readonly HeaderRef[]> {
    const { chain, members, clock } = this.modules;
    const { genesis, genesisId } = this.options;
    const branch = await chain.branch(fork.id, RECENT_BLOCKS_PER_MEMBER * members.current.size + 2);
    const verified = new HeaderChain(
      { params: genesis.params, genesisId, branch },
      { membersAt: (id) => members.at(id), now: () => clock.now() },
    );
    const refs: HeaderRef[] = [];
    const limitMs = Math.min(HEADERS_MS, Math.max(HEADERS_MIN_MS, TURN_T * genesis.params.blockInterval));
    const end = Math.min(status.height, fork.height + HEADERS_AHEAD);
    const ask = (from: number) => this.requests.headers(peerId, from, Math.min(MAX_HEADERS, end - from + 1), limitMs);
    const began = clock.monotonic();
    let asked = end > fork.height ? ask(fork.height + 1) : undefined;
    while (asked !== undefined && !this.abort.signal.aborted) {
      const items = await asked;
      const next = verified.height + items.length + 1;
      asked = items.length > 0 && next <= end ? ask(next) : undefined;
      asked?.catch(() => {}); // awaited in the next turn
      const taken = await verified.extend(items);
      refs.push(...taken);
      this.now = { phase: 'headers', done: verified.height, total: status.height };
      if (taken.length < items.length || clock.monotonic() > began + limitMs) break;
    }
    return refs;
  }

  private async bodies(peerId: string, status: Status, headers: readonly HeaderRef[]): Promise<void> {
    const { chain, clock, logger } = this.modules;
    // Of a branch that is here in part, only what is missing.
    let known = 0;
    while (known < headers.length && (await chain.has(headers[known].id))) known++;
    const fetch = new BodyFetch(
      { headers: headers.slice(known), provider: peerId, oldestBody: status.oldestBody, ended: this.abort.signal },
      {
        ...{ chain, requests: this.requests, clock, logger },
        peers: (height) => {
          const holders = this.holders(height);
          return holders.includes(peerId) ? holders : [peerId, ...holders];
        },
        blame: (from, error) => this.blame(from, error),
        onImported: (height, fresh) => {
          this.brought ||= fresh;
          this.now = { phase: 'bodies', done: height, total: status.height };
        },
      },
    );
    await fetch.run();
  }

  /** Where much is missing, a final state first. */
  private async takeSnapshot(peerId: string, status: Status): Promise<void> {
    const { mode = 'auto' } = this.options;
    const { chain, store, logger } = this.modules;
    const { height } = chain.tip.header;
    const gap = EPOCH_BLOCKS * status.finalised.epoch - height;
    const wanted = mode === 'snapshot' && height === 0 ? gap > 0 : mode !== 'full' && gap >= SNAPSHOT_GAP;
    if (!wanted) return;
    const offer = await this.snapshotSync.find(peerId, height);
    if (offer === undefined) return;
    logger.info(
      { peer: peerId, height: offer.height, parts: offer.parts, from: offer.peers.length },
      'taking a snapshot',
    );
    const { finalised } = chain.view;
    await this.snapshotSync.take(peerId, offer, { height: EPOCH_BLOCKS * finalised.epoch, id: finalised.id });
    await chain.replace(() => store.importFinish());
    this.brought = true;
    await this.keeper.start();
    this.backfill.start();
    logger.info({ height: chain.tip.header.height }, 'standing on a snapshot');
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
}
