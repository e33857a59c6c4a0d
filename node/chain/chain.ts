// The chain of this node: takes blocks in, keeps the best tip executed, tells others what changed.
// Owns import order and reorganisation; the rules are consensus/, the disk is node/store.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Registry } from '../../common/metrics.ts';
import { Serial } from '../../common/serial.ts';
import { decodeBlockInSteps } from '../../consensus/chain/block.ts';
import { BlockError, condemnsId } from '../../consensus/chain/errors.ts';
import type { Checkpoint } from '../../consensus/chain/finality/types.ts';
import {
  checkBody,
  checkHeaderAlone,
  checkHeaderInContext,
  checkHeaderSignature,
} from '../../consensus/chain/ladder.ts';
import type { Block, Header } from '../../consensus/chain/types.ts';
import { workOf } from '../../consensus/chain/work.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { ChainView } from '../../consensus/ledger/members/view.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS, RECENT_BLOCKS_PER_MEMBER } from '../../consensus/limits.ts';
import type { MemberSet } from '../../consensus/member-set.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { Slices } from '../slices.ts';
import type { ChainEntry, ChainStore, ChildRoots, Connected, Disconnected, OpenReport } from '../store/ports.ts';
import { BlockTree } from './block-tree.ts';
import { ChainError } from './errors.ts';
import { type ChainMetrics, chainMetrics } from './metrics.ts';
import { OrphanPool } from './orphan-pool.ts';
import type { Verifier } from './verifier.ts';

export type ImportStatus = 'connected' | 'side' | 'known' | 'orphan' | 'held';

export interface ImportResult {
  readonly status: ImportStatus;
  readonly id: Uint8Array;
  readonly height: number;
  /** The missing parent, for orphans. */
  readonly parent: Uint8Array;
}

/** What happened to the main chain, in the order in which it happened. */
export interface TipChange {
  readonly disconnected: readonly Disconnected[];
  readonly connected: readonly Connected[];
}

/** The tip with what its execution led to. */
interface Current {
  readonly tip: ChainEntry;
  readonly roots: ChildRoots;
  readonly view: ChainView;
}

export interface TipContext {
  readonly tip: ChainEntry;
  readonly view: ChainView;
  /** In force for the child. */
  readonly members: MemberSet;
  readonly parent: ChainEntry | undefined;
  readonly roots: ChildRoots;
  readonly recentSigners: readonly ClinicNumber[];
}

export interface ChainOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
}

export interface ChainModules {
  readonly store: ChainStore;
  readonly members: MemberSets;
  readonly verifier: Verifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
}

/** Blocks from the near future wait here until their time; the rest of them come again by sync. */
const HELD_LIMIT = 32;
/** Block intervals that one waits at most: what is further ahead would keep its place for nothing. */
const HELD_INTERVALS = 10;
/** Blocks of a reorganisation are told of in portions, so that a long branch is never in memory as a whole. */
const PORTION_BYTES = 32 * 1024 * 1024;

/** Transactions between two looks at the clock: under a ms. */
const DECODED_AT_ONCE = 64;

export class Chain {
  private readonly options: ChainOptions;
  private readonly modules: ChainModules;
  private tree: BlockTree;
  private readonly orphans: OrphanPool;
  private readonly serial = new Serial();
  /** Of its own, so that decoding in slices keeps the order of the calls. */
  private readonly decoding = new Serial();
  private readonly listeners = new Set<(change: TipChange) => void | Promise<void>>();
  private readonly certified = new Set<(certificate: Uint8Array) => void>();
  private readonly replaced = new Set<() => void | Promise<void>>();
  private readonly held = new Map<string, () => void>();
  private readonly metrics: ChainMetrics;
  private current: Current | undefined;
  private stopped = false;

  constructor(options: ChainOptions, modules: ChainModules) {
    this.options = options;
    this.modules = modules;
    this.tree = new BlockTree({ store: modules.store });
    this.orphans = new OrphanPool({ clock: modules.clock });
    // Their parent may be here for long: no block after it would bring them back.
    modules.members.onChange(({ id }) => this.adopt(this.orphans.takeOfSet(id)));
    this.metrics = chainMetrics(modules.registry);
  }

  async start(): Promise<void> {
    await this.stand(await this.modules.store.open());
    // A stop in the middle of a reorganisation leaves the better branch on disk, not executed.
    await this.serial.run(async () => this.activate(this.tree.best(this.tip)));
    this.metrics.height.set(this.tip.header.height);
  }

  /**
   * Goes on from a final block further on, which `take` put in place of what the store held: no block in between is
   * told of. Listeners of `onReplaced` follow before the next import.
   */
  replace(take: () => Promise<OpenReport>): Promise<void> {
    return this.serial.run(async () => {
      const report = await take();
      this.tree = new BlockTree({ store: this.modules.store });
      await this.stand(report);
      this.metrics.height.set(this.tip.header.height);
      for (const listener of this.replaced) await listener();
    });
  }

  onReplaced(listener: () => void | Promise<void>): () => void {
    this.replaced.add(listener);
    return () => this.replaced.delete(listener);
  }

  /** A block and those below it on its branch, newest first, at most `count`; none for an unknown one. */
  async branch(id: Uint8Array, count: number): Promise<readonly ChainEntry[]> {
    const entries: ChainEntry[] = [];
    let entry = await this.tree.get(id);
    while (entry !== undefined && entries.length < count) {
      entries.push(entry);
      entry = entry.header.height > 0 ? await this.tree.get(entry.header.parent) : undefined;
    }
    return entries;
  }

  private async stand(report: OpenReport): Promise<void> {
    await this.modules.members.follow(report.view.set);
    this.current = { tip: report.tip, roots: report.roots, view: report.view };
    for (const entry of [...report.recent, ...report.side, report.tip]) await this.tree.add(entry);
    await this.heed(report.view);
  }

  /** Waits for the import at hand. The store is closed by whoever opened it. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const cancel of this.held.values()) cancel();
    this.held.clear();
    await this.serial.idle();
  }

  get tip(): ChainEntry {
    return this.state().tip;
  }

  /** In force for the child of the tip. */
  get members(): MemberSet {
    return this.modules.members.current;
  }

  get roots(): ChildRoots {
    return this.state().roots;
  }

  /** What the chain up to the tip has decided: member set, justified and finalised checkpoints. */
  get view(): ChainView {
    return this.state().view;
  }

  /** Runs after each change, before the next import begins. */
  onChange(listener: (change: TipChange) => void | Promise<void>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Runs with the certificate of each block that is stored, on whatever branch, before the block is executed. */
  onCertificate(listener: (certificate: Uint8Array) => void): () => void {
    this.certified.add(listener);
    return () => this.certified.delete(listener);
  }

  /** What votes showed beside the chain: fork choice keeps to the one, nothing undoes the other. Neither ever sinks. */
  keepTo(justified: Checkpoint, finalised: Checkpoint): Promise<void> {
    return this.serial.run(async () => {
      if (this.stopped) return;
      await this.tree.finalise(finalised);
      if (await this.tree.justify(justified)) await this.activate(this.tree.best(this.tip));
    });
  }

  entry(id: Uint8Array): Promise<ChainEntry | undefined> {
    return this.tree.get(id);
  }

  async has(id: Uint8Array): Promise<boolean> {
    return (await this.tree.get(id)) !== undefined;
  }

  /**
   * Everything that a child of the tip is checked against, read at one moment: between imports, when all listeners have
   * followed the tip. A listener must not wait for it.
   */
  tipContext(): Promise<TipContext> {
    return this.serial.run(async () => {
      const { tip, roots, view } = this.state();
      const { members } = this;
      const parent = tip.header.height > 0 ? await this.tree.get(tip.header.parent) : undefined;
      return {
        tip,
        roots,
        view,
        members,
        parent,
        recentSigners: await this.tree.recentSigners(tip, this.recentCount()),
      };
    });
  }

  /**
   * Takes an encoded block from anywhere. Throws CodecError, BlockError or ChainError when it is bad; the caller
   * decides what that says about the sender. Calls may overlap: signatures are checked at once and in parallel,
   * blocks enter in call order. `onAdmitted` runs once the block is worth relaying, before it is executed. `known` is what
   * the bytes hold, where that is at hand already.
   */
  async import(bytes: Uint8Array, source: string, onAdmitted?: () => void, known?: Block): Promise<ImportResult> {
    const block = known ?? (await this.decoding.run(() => this.decode(bytes)));
    const id = checkHeaderAlone(this.options.genesis.params, block.header);
    if (this.tree.has(id)) return this.result('known', id, block);
    if (this.tree.isInvalid(id)) throw new ChainError({ code: 'chain.known-invalid', block: toHex(id) });
    const members = this.modules.members.at(block.header.memberSet);
    const verified = members === undefined ? undefined : this.verify(block, members);
    verified?.catch(() => {}); // awaited below; an early failure must not be unhandled
    return this.serial.run(async () => {
      // Blocks before this one may bring its set into force; where they did not, nobody here can say who may sign it.
      const set = this.modules.members.at(block.header.memberSet);
      if (set === undefined) return this.wait(block, id, bytes, source, block.header.memberSet);
      await (verified ?? this.verify(block, set));
      return this.admit(block, id, bytes, source, onAdmitted);
    });
  }

  private async decode(bytes: Uint8Array): Promise<Block> {
    const slices = new Slices(this.modules);
    for (const steps = decodeBlockInSteps(this.options.genesisId, bytes, DECODED_AT_ONCE); ; ) {
      const { done, value } = steps.next();
      if (done) return value;
      if (slices.over) await slices.next();
    }
  }

  private async verify(block: Block, members: MemberSet): Promise<void> {
    checkBody(block);
    await checkHeaderSignature(this.options.genesisId, block, members);
    const bad = await this.modules.verifier.firstBad(block.transactions);
    if (bad !== undefined) throw new BlockError({ code: 'block.transaction-signature', transaction: bad });
  }

  private async admit(
    block: Block,
    id: Uint8Array,
    bytes: Uint8Array,
    source: string,
    onAdmitted: (() => void) | undefined,
  ): Promise<ImportResult> {
    if (this.stopped) return this.result('held', id, block);
    const { header } = block;
    if (await this.has(id)) return this.result('known', id, block);
    if (this.tree.isInvalid(header.parent)) {
      this.tree.markInvalid(id);
      throw new ChainError({ code: 'chain.invalid-ancestor', block: toHex(id) });
    }
    const parent = await this.tree.get(header.parent);
    if (parent === undefined) return this.wait(block, id, bytes, source);
    if (!(await this.tree.mayGrow(parent))) throw new ChainError({ code: 'chain.conflicts-final', block: toHex(id) });
    try {
      await this.checkContext(block, parent);
    } catch (error) {
      if (codeOf(error) === 'block.early') {
        this.hold(id, header, bytes, source);
        return this.result('held', id, block);
      }
      if (error instanceof BlockError && condemnsId(error)) this.tree.markInvalid(id);
      throw error;
    }
    const work = parent.work + workOf(header.target);
    await this.modules.store.putBlock(id, bytes, work);
    const statements = block.transactions.reduce((sum, sealed) => sum + sealed.statementIds.length, 0);
    const entry: ChainEntry = {
      id,
      header,
      signature: block.signature,
      work,
      size: bytes.length,
      transactions: block.transactions.length,
      statements,
    };
    const moved = await this.tree.add(entry);
    this.metrics.imported.inc();
    onAdmitted?.();
    if (block.certificate.length > 0) for (const listener of this.certified) listener(block.certificate);
    if (this.tree.prefers(entry, this.tip) || moved) await this.activate(moved ? this.tree.best(this.tip) : entry);
    const status = equalBytes(this.tip.id, id) ? 'connected' : 'side';
    if (this.tree.isInvalid(id)) throw new ChainError({ code: 'chain.known-invalid', block: toHex(id) });
    this.adoptOrphans(id);
    return this.result(status, id, block);
  }

  /** Until its parent is here and executed, or its member set is known. */
  private wait(block: Block, id: Uint8Array, bytes: Uint8Array, source: string, set?: number): ImportResult {
    this.orphans.add(id, block.header.parent, bytes, source, set);
    return this.result('orphan', id, block);
  }

  /** What the block's set must be: known exactly for a child of the tip, for others once they are executed. */
  private membersFor(header: Header, parent: ChainEntry): MemberSet {
    const expected = equalBytes(parent.id, this.tip.id) ? this.members.id : parent.header.memberSet;
    const found = header.memberSet;
    const members = this.modules.members.at(found);
    const mayDiffer = !equalBytes(parent.id, this.tip.id) && header.height % EPOCH_BLOCKS === 0 && found > expected;
    if (members === undefined || (found !== expected && !mayDiffer)) {
      throw new BlockError({ code: 'block.member-set', expected, found });
    }
    return members;
  }

  private async checkContext(block: Block, parent: ChainEntry): Promise<void> {
    const grandparent = parent.header.height > 0 ? await this.tree.get(parent.header.parent) : undefined;
    const roots = equalBytes(parent.id, this.tip.id) ? this.roots : undefined;
    const members = this.membersFor(block.header, parent);
    checkHeaderInContext(block.header, {
      params: this.options.genesis.params,
      parent: { id: parent.id, header: parent.header },
      grandparent: grandparent?.header,
      members,
      recentSigners: await this.tree.recentSigners(parent, RECENT_BLOCKS_PER_MEMBER * members.size),
      roots,
      now: this.modules.clock.now(),
    });
  }

  /** Moves the main chain to `target`, or as far as its branch is valid; ends on the best valid tip. */
  private async activate(target: ChainEntry): Promise<void> {
    let goal = target;
    while (this.tree.prefers(goal, this.tip)) {
      const { disconnect, connect } = await this.tree.route(this.tip, goal);
      if (disconnect > 0) this.metrics.reorganisations.inc();
      const bad = await this.move(disconnect, connect);
      if (bad === undefined) break;
      this.tree.markInvalid(bad.id);
      goal = this.tree.best(this.tip);
    }
    this.tree.prune(this.tip);
  }

  /** Undoes and connects; gives the block that is invalid where it stands. Whatever ends it, what has changed is told. */
  private async move(disconnect: number, connect: readonly ChainEntry[]): Promise<ChainEntry | undefined> {
    let disconnected: Disconnected[] = [];
    let connected: Connected[] = [];
    let bytes = 0;
    let entering: ChainEntry | undefined;
    const tellNow = async (): Promise<void> => {
      const change = { disconnected, connected };
      [disconnected, connected, bytes] = [[], [], 0];
      await this.tell(change);
    };
    try {
      for (let i = 0; i < disconnect; i++) {
        bytes += this.tip.size;
        disconnected.push(await this.disconnectTip());
        if (bytes >= PORTION_BYTES) await tellNow();
      }
      for (entering of connect) {
        connected.push(await this.connect(entering));
        bytes += entering.size;
        if (bytes >= PORTION_BYTES) await tellNow();
      }
      return undefined;
    } catch (error) {
      const invalid = error instanceof BlockError || error instanceof CodecError;
      if (entering === undefined || !invalid) throw error;
      this.modules.logger.warn({ block: toHex(entering.id), reason: codeOf(error) }, 'invalid block');
      return entering;
    } finally {
      await tellNow();
    }
  }

  private async connect(entry: ChainEntry): Promise<Connected> {
    const connected = await this.modules.store.connect(entry.id);
    await this.modules.members.follow(connected.view.set);
    this.current = { tip: connected.entry, roots: connected.roots, view: connected.view };
    await this.heed(connected.view);
    this.metrics.height.set(connected.entry.header.height);
    this.metrics.statements.inc(connected.entry.statements);
    return connected;
  }

  /** What an executed branch justified and finalised holds for all others. */
  private async heed({ justified, finalised }: ChainView): Promise<void> {
    await this.tree.justify(justified);
    await this.tree.finalise(finalised);
  }

  private async disconnectTip(): Promise<Disconnected> {
    const disconnected = await this.modules.store.disconnect();
    await this.modules.members.follow(disconnected.view.set);
    const parent = await this.modules.store.entry(disconnected.entry.header.parent);
    if (parent === undefined) throw new Error('the parent of the tip is missing');
    // The roots that children of the parent carry are those that the undone block carried.
    const { outcomeRoot, stateRoot, historyRoot } = disconnected.entry.header;
    const roots = { outcomeRoot, stateRoot, historyRoot };
    this.current = { tip: parent, roots, view: disconnected.view };
    return disconnected;
  }

  private async tell(change: TipChange): Promise<void> {
    if (change.connected.length === 0 && change.disconnected.length === 0) return;
    for (const listener of this.listeners) {
      try {
        await listener(change);
      } catch (error) {
        this.modules.logger.error({ err: error }, 'a listener of the chain failed');
      }
    }
  }

  private adoptOrphans(parent: Uint8Array): void {
    this.adopt(this.orphans.takeChildren(parent));
  }

  private adopt(orphans: readonly { readonly bytes: Uint8Array; readonly source: string }[]): void {
    for (const { bytes, source } of orphans) {
      this.import(bytes, source).catch((error) => {
        this.modules.logger.debug({ reason: codeOf(error), source }, 'an orphan turned out bad');
      });
    }
  }

  private hold(id: Uint8Array, header: Header, bytes: Uint8Array, source: string): void {
    const key = toHex(id);
    if (this.held.has(key) || this.held.size >= HELD_LIMIT) return;
    const { blockInterval } = this.options.genesis.params;
    const wait = header.timestamp - 2 * blockInterval - this.modules.clock.now();
    if (wait > HELD_INTERVALS * blockInterval) return;
    const timer = this.modules.clock.setTimeout(() => {
      this.held.delete(key);
      this.import(bytes, source).catch(() => {});
    }, Math.max(wait, 0) + 1);
    this.held.set(key, () => this.modules.clock.clearTimeout(timer));
  }

  private result(status: ImportStatus, id: Uint8Array, block: Block): ImportResult {
    return { status, id, height: block.header.height, parent: block.header.parent };
  }

  private recentCount(): number {
    return RECENT_BLOCKS_PER_MEMBER * this.members.size;
  }

  private state(): Current {
    if (this.current === undefined) throw new Error('the chain is not started');
    return this.current;
  }
}
