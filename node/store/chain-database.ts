// The chain on disk: blocks, state, undo and indexes in one LevelDB, moved by one atomic batch per block. Executes blocks
// through consensus/, owns no rule of it. Everything that is only read is in chain-queries.ts. Normally lives in a worker
// thread (worker.ts), because executing and hashing take their time.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { Serial } from '../../common/serial.ts';
import { decodeBlockShared } from '../../consensus/chain/block.ts';
import { checkRoots } from '../../consensus/chain/ladder.ts';
import { KNOWN_FEATURES } from '../../consensus/features.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { executeBlock } from '../../consensus/ledger/execute-block.ts';
import { type ChainView, viewOf } from '../../consensus/ledger/members/view.ts';
import { checkFeatures } from '../../consensus/ledger/params/rows.ts';
import type { Outcome, SealedTransaction, StateWrite } from '../../consensus/ledger/types.ts';
import { appendRange } from '../../consensus/mountain-range.ts';
import { TreeError } from '../../consensus/tree/errors.ts';
import { decodeUndo, encodeUndo } from '../../consensus/tree/undo.ts';
import { MemberSets } from '../members/member-sets.ts';
import { transactionBodies } from './block-shape.ts';
import { ChainQueries } from './chain-queries.ts';
import { StoreError } from './errors.ts';
import { writeFirstBlock } from './first-block.ts';
import { childRoots, type Head, moveHead } from './head.ts';
import { indexRows } from './index-rows.ts';
import { headOf, inspect } from './integrity.ts';
import { KeyFilter } from './key-filter.ts';
import { CheckedRows, type Level, lostWrites, type OpenLevel, openLevel } from './kv.ts';
import {
  GENESIS_KEY,
  LAYOUT_VERSION,
  numberKey,
  SIDE_HEIGHTS,
  SUSPECT_KEY,
  TABLE,
  TABLE_NAMES,
  tableKey,
  VERSION_KEY,
} from './layout.ts';
import { LightKeeper, type LightMove } from './light-keeper.ts';
import type {
  ChainEntry,
  ChainStore,
  Connected,
  Disconnected,
  Found,
  Location,
  OpenReport,
  Provable,
  Settled,
  StoreOptions,
} from './ports.ts';
import { prove } from './prover.ts';
import { loadRecent, popRecent, pushRecent, type RecentBlocks, recentSignersOf } from './recent-blocks.ts';
import { recover } from './recovery.ts';
import { encodeOutcomes, encodeRoots, type RootsRow } from './rows.ts';
import { putBlock, sweepSide } from './side-blocks.ts';
import { bodiesFrom, fillBody, pruneBodies } from './snapshot/bodies.ts';
import type { ImportProgress, ImportTarget, SnapshotInfo } from './snapshot/ports.ts';
import { Snapshots } from './snapshot/snapshots.ts';
import { stateBefore } from './snapshot/state-at.ts';
import { type PreparedState, StateTable, stateAfter } from './state-table.ts';
import { transactionResults } from './transaction-results.ts';

const ENGINE = { writeBuffer: 4 * 1024 * 1024, cache: 4 * 1024 * 1024, acceptLostWrites: true };
const DEFAULT_CHECK_BLOCKS = 1000;
const NOTHING = new Uint8Array(0);

/** What exists between `open` and `close`. */
interface Session extends RecentBlocks {
  readonly level: Level;
  readonly rows: CheckedRows;
  readonly queries: ChainQueries;
  readonly state: StateTable;
  readonly members: MemberSets;
  readonly light: LightKeeper;
  head: Head;
  view: ChainView;
}

export class ChainDatabase implements ChainStore {
  private readonly options: StoreOptions;
  private readonly genesisId: Uint8Array;
  private readonly features: ReadonlySet<number>;
  private readonly serial = new Serial();
  private readonly openEngine: OpenLevel;
  private readonly snapshotsOf: Snapshots;
  /** Takes its own turns: the chain goes on while a snapshot comes in. */
  private readonly importing = new Serial();
  /** While one database takes the place of another, whoever reads waits. */
  private swapping: Promise<unknown> | undefined;
  private session: Session | undefined;

  /** `open` for another engine than LevelDB on disk. */
  constructor(options: StoreOptions, modules: { open?: OpenLevel } = {}) {
    this.options = options;
    this.openEngine = modules.open ?? openLevel;
    this.genesisId = genesisId(options.genesis);
    this.features = options.features === undefined ? KNOWN_FEATURES : new Set(options.features);
    this.snapshotsOf = new Snapshots(options, { open: this.openEngine });
  }

  open(): Promise<OpenReport> {
    return this.serial.run(() => this.openNow());
  }

  close(): Promise<void> {
    return this.serial.run(async () => {
      const level = this.session?.level;
      this.session = undefined;
      await level?.close();
      await this.snapshotsOf.close();
    });
  }

  putBlock(id: Uint8Array, bytes: Uint8Array, work: bigint): Promise<void> {
    return this.serial.run(() => this.guarded(({ rows }) => putBlock(rows, id, bytes, work)));
  }

  connect(id: Uint8Array): Promise<Connected> {
    return this.serial.run(() => this.guarded((session) => this.connectNow(session, id)));
  }

  disconnect(): Promise<Disconnected> {
    return this.serial.run(() => this.guarded((session) => this.disconnectNow(session)));
  }

  entry(id: Uint8Array): Promise<ChainEntry | undefined> {
    return this.guarded(({ queries }) => queries.entry(id));
  }

  entryAt(height: number): Promise<ChainEntry | undefined> {
    return this.guarded(({ queries }) => queries.entryAt(height));
  }

  entries(from: number, limit: number): Promise<readonly ChainEntry[]> {
    return this.guarded(({ queries }) => queries.entries(from, limit));
  }

  block(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.guarded(({ queries }) => queries.block(id));
  }

  outcomes(id: Uint8Array): Promise<readonly (readonly Outcome[])[] | undefined> {
    return this.guarded(({ queries }) => queries.outcomes(id));
  }

  transaction(id: Uint8Array): Promise<Location | undefined> {
    return this.guarded(({ queries }) => queries.transaction(id));
  }

  statement(id: Uint8Array): Promise<Location | undefined> {
    return this.guarded(({ queries }) => queries.statement(id));
  }

  settled(id: Uint8Array): Promise<Settled | undefined> {
    return this.guarded(({ queries }) => queries.settled(id));
  }

  find(digits: string, limit: number): Promise<readonly Found[]> {
    return this.guarded(({ queries }) => queries.find(digits, limit));
  }

  states(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.guarded(({ queries }) => queries.states(keys));
  }

  stateRange(
    table: number,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly (readonly [Uint8Array, Uint8Array])[]> {
    return this.guarded(({ queries }) => queries.stateRange(table, prefix, after, limit));
  }

  lightChain(): Promise<readonly Uint8Array[]> {
    return this.guarded(async ({ light }) => light.steps);
  }

  /** A proof of the state has its turn: the tree must not move meanwhile. */
  prove(what: Provable): Promise<Uint8Array | undefined> {
    const work = () => this.guarded((session) => prove({ ...session, genesisId: this.genesisId }, what));
    return what.type === 'state' ? this.serial.run(work) : work();
  }

  headers(from: number, limit: number): Promise<readonly Uint8Array[]> {
    return this.guarded(({ queries }) => queries.headers(from, limit));
  }

  bodiesFrom(): Promise<number> {
    return this.guarded(bodiesFrom);
  }

  outcomeBytes(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.guarded(({ queries }) => queries.outcomeBytes(id));
  }

  prune(below: number, limit: number): Promise<number> {
    return this.serial.run(() => this.guarded((session) => pruneBodies(session, this.genesisId, below, limit)));
  }

  fillBody(block: Uint8Array, outcomes: Uint8Array): Promise<number> {
    return this.serial.run(() => this.guarded((session) => fillBody(session, this.genesisId, block, outcomes)));
  }

  async snapshots(): Promise<readonly SnapshotInfo[]> {
    return this.snapshotsOf.files.list();
  }

  async makeSnapshot(height: number): Promise<SnapshotInfo | undefined> {
    return this.guarded(async (session) => {
      const entry = await session.queries.entryAt(height);
      const possible = this.snapshotsOf.possible && height <= session.head.tip.header.height;
      if (entry === undefined || !possible) return undefined;
      const state = await this.serial.run(() => stateBefore(session, height, session.head.tip.header.height));
      return state === undefined ? undefined : this.snapshotsOf.files.make(height, entry.id, state);
    });
  }

  async snapshotCut(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.snapshotsOf.files.cut(id);
  }

  async snapshotPart(id: Uint8Array, part: number): Promise<Uint8Array | undefined> {
    return this.snapshotsOf.files.part(id, part);
  }

  importBegin(target: ImportTarget): Promise<ImportProgress> {
    return this.importing.run(() => this.snapshotsOf.begin(target));
  }

  importHeaders(items: readonly Uint8Array[]): Promise<ImportProgress> {
    return this.importing.run(() => this.snapshotsOf.headers(items));
  }

  importPart(part: number, bytes: Uint8Array): Promise<ImportProgress> {
    return this.importing.run(() => this.snapshotsOf.part(part, bytes));
  }

  importDrop(): Promise<void> {
    return this.importing.run(() => this.snapshotsOf.drop());
  }

  importFinish(): Promise<OpenReport> {
    return this.importing.run(async () => {
      const state = await this.snapshotsOf.finish();
      const swapped = this.serial.run(async () => {
        await this.session?.level.close();
        this.session = undefined;
        await this.snapshotsOf.swap();
        return this.openNow(state);
      });
      this.swapping = swapped.catch(() => undefined);
      return swapped.finally(() => {
        this.swapping = undefined;
      });
    });
  }

  /** A damaged row that is met is remembered, so that the next start does not trust what it has not looked at. */
  private async guarded<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (this.session === undefined) await this.swapping;
    const { session } = this;
    if (session === undefined) throw new StoreError({ code: 'store.closed' });
    try {
      return await work(session);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await session.rows.batch().put(SUSPECT_KEY, NOTHING).write();
      throw error instanceof TreeError ? new StoreError({ code: 'store.damaged', what: 'tree' }) : error;
    }
  }

  /** `known`: a state whose tree is in memory already. */
  private async openNow(known?: StateTable): Promise<OpenReport> {
    if (this.session !== undefined) return this.report(this.session, 0);
    await this.snapshotsOf.settle();
    const level = await this.openEngine(this.options.path, ENGINE);
    try {
      const empty = await isEmpty(new CheckedRows(level, TABLE_NAMES));
      // Memory answers as fast by itself, and a simulation has many.
      const filter = empty && this.openEngine === openLevel ? new KeyFilter() : undefined;
      const rows = new CheckedRows(level, TABLE_NAMES, filter);
      if (empty) await writeFirstBlock(rows, this.options.genesis);
      // Told once: at the next start the log shows nothing of it.
      if (lostWrites(level)) await rows.batch().put(SUSPECT_KEY, NOTHING).write({ sync: true });
      await this.checkOwner(rows);
      const { head, state, repaired } = await this.soundHead(rows, known?.moveTo(rows));
      checkFeatures(this.features, state.reader(), head.tip.header.height + 1);
      const queries = new ChainQueries({ genesisId: this.genesisId }, { rows });
      const members = new MemberSets({ genesis: this.options.genesis }, { states: (keys) => queries.states(keys) });
      const light = await LightKeeper.load(rows, this.options.genesis);
      const view = viewAt(state, head);
      const session: Session = { level, rows, queries, state, members, light, head, view, recent: [] };
      await members.follow(session.view.set);
      await loadRecent(session);
      const report = await this.report(session, repaired);
      this.session = session;
      return report;
    } catch (error) {
      await level.close();
      throw error;
    }
  }

  private async report(session: Session, repaired: number): Promise<OpenReport> {
    const { head, view, queries, recent } = session;
    return {
      tip: head.tip,
      roots: childRoots(head.roots),
      view,
      repaired,
      side: await queries.side(),
      recent: [...recent],
    };
  }

  private async checkOwner(rows: CheckedRows): Promise<void> {
    const [version, genesis] = rows.getMany([VERSION_KEY, GENESIS_KEY]);
    if (version === undefined || genesis === undefined) throw new StoreError({ code: 'store.damaged', what: 'meta' });
    const found = new DataView(version.buffer, version.byteOffset).getUint32(0);
    if (found !== LAYOUT_VERSION)
      throw new StoreError({ code: 'store.version', what: 'chain', found, expected: LAYOUT_VERSION });
    if (!equalBytes(genesis, this.genesisId)) throw new StoreError({ code: 'store.genesis' });
  }

  /** The head as stored when everything agrees with it; else the last one that recovery can prove. */
  private async soundHead(
    rows: CheckedRows,
    known: StateTable | undefined,
  ): Promise<{ head: Head; state: StateTable; repaired: number }> {
    const reach = this.options.checkBlocks ?? DEFAULT_CHECK_BLOCKS;
    const suspect = (await rows.get(SUSPECT_KEY)) !== undefined;
    const findings = inspect(rows, reach, suspect);
    const head = headOf(findings);
    if (head !== undefined && findings.journal && !suspect) {
      const { stateRoot } = head.roots;
      const isKnown = known !== undefined && equalBytes(known.tree.root, stateRoot);
      const state = isKnown ? known : await stateAt(rows, stateRoot);
      if (state !== undefined) return { head, state, repaired: 0 };
    }
    const recovered = await recover(rows, findings, reach);
    const state = await stateAt(rows, recovered.roots.stateRoot);
    if (state === undefined) throw new StoreError({ code: 'store.damaged', what: 'tree' });
    return { head: recovered, state, repaired: findings.tip.height - recovered.tip.header.height };
  }

  private async connectNow(session: Session, id: Uint8Array): Promise<Connected> {
    const { head, queries, state } = session;
    const [entry, bytes] = await Promise.all([queries.entry(id), queries.block(id)]);
    if (entry === undefined || bytes === undefined) {
      throw new StoreError({ code: 'store.unknown-block', block: toHex(id) });
    }
    if (!equalBytes(entry.header.parent, head.tip.id))
      throw new StoreError({ code: 'store.not-child', block: toHex(id) });
    checkRoots(entry.header, childRoots(head.roots));
    const block = decodeBlockShared(this.genesisId, bytes);
    const { transactions, certificate } = block;
    const before = state.reader();
    const { genesis } = this.options;
    const rules = {
      genesis,
      genesisId: this.genesisId,
      params: genesis.params,
      members: session.members.current,
      setsOf: (id: number) => session.members.at(id),
      features: this.features,
    };
    const recentSigners = recentSignersOf(session);
    const result = executeBlock(rules, before, block, { recentSigners });
    const prepared = await state.prepare(result.writes, before);
    const after = stateAfter(before, result.writes);
    const { height } = entry.header;
    const view = viewOf(after, height + 1);
    const headerAt = async (at: number) => (await queries.entryAt(at))?.header;
    const light = await session.light.follow({ height, certificate, view, tree: prepared, state: after, headerAt });
    const roots: RootsRow = {
      outcomeRoot: result.outcomeRoot,
      stateRoot: prepared.root,
      history: appendRange(head.roots.history, id),
    };
    try {
      session.head = await this.writeConnected(session, entry, roots, prepared, light, transactions, result.outcomes);
    } catch (error) {
      prepared.abort();
      throw error;
    }
    prepared.commit();
    light.commit();
    await moveView(session, view);
    await pushRecent(session, entry);
    return {
      entry,
      roots: childRoots(roots),
      view: session.view,
      events: result.events,
      families: [...new Set(result.events.map(({ family }) => family))],
      results: transactionResults(transactions, result.outcomes),
    };
  }

  /** Everything that a connected block changes, in one batch. */
  private async writeConnected(
    { rows, head }: Session,
    entry: ChainEntry,
    roots: RootsRow,
    prepared: PreparedState,
    light: LightMove,
    transactions: readonly SealedTransaction[],
    outcomes: readonly (readonly Outcome[])[],
  ): Promise<Head> {
    const { height } = entry.header;
    const index = await indexRows(rows, height, transactions, outcomes);
    const stateUndo = prepared.undo.map(([key, value]): StateWrite => [tableKey(TABLE.state, key), value]);
    const batch = rows.batch();
    prepared.stage(batch);
    light.stage(batch);
    for (const [key, value] of index.writes) batch.set(key, value);
    batch.put(numberKey(TABLE.undo, height), encodeUndo([...stateUndo, ...index.undo]));
    batch.put(numberKey(TABLE.height, height), entry.id).put(numberKey(TABLE.roots, height), encodeRoots(roots));
    batch.put(tableKey(TABLE.outcomes, entry.id), encodeOutcomes(outcomes));
    batch.del(numberKey(TABLE.side, height, entry.id));
    await sweepSide(rows, batch, height - SIDE_HEIGHTS);
    const next = moveHead(batch, head, entry, roots);
    await batch.write();
    return next;
  }

  private async disconnectNow(session: Session): Promise<Disconnected> {
    const { head, queries, rows, state } = session;
    const { tip } = head;
    const { height } = tip.header;
    if (height === 0) throw new StoreError({ code: 'store.genesis-tip' });
    const [parent, roots, bytes, undoRow] = await Promise.all([
      queries.entry(tip.header.parent),
      queries.roots(height - 1),
      queries.block(tip.id),
      rows.get(numberKey(TABLE.undo, height)),
    ]);
    if (parent === undefined || roots === undefined || bytes === undefined || undoRow === undefined) {
      throw new StoreError({ code: 'store.damaged', what: 'undo' });
    }
    const undo = decodeUndo(undoRow);
    const ofState = undo.filter(([key]) => key[0] === TABLE.state);
    const prepared = await state.prepare(ofState.map(([key, value]) => [key.subarray(1), value]));
    const batch = rows.batch();
    try {
      if (!equalBytes(prepared.root, roots.stateRoot)) throw new StoreError({ code: 'store.damaged', what: 'state' });
      prepared.stage(batch);
      for (const [key, value] of undo) if (key[0] !== TABLE.state) batch.set(key, value);
      for (const table of [TABLE.undo, TABLE.height, TABLE.roots]) batch.del(numberKey(table, height));
      batch.del(tableKey(TABLE.outcomes, tip.id)).put(numberKey(TABLE.side, height, tip.id), NOTHING);
      session.head = moveHead(batch, head, parent, roots);
      await batch.write();
    } catch (error) {
      session.head = head;
      prepared.abort();
      throw error;
    }
    prepared.commit();
    await moveView(session, viewAt(state, session.head));
    await popRecent(session);
    return { entry: tip, view: session.view, transactions: transactionBodies(bytes).map((body) => body.slice()) };
  }
}

/** What the state says about the child of the head. */
function viewAt(state: StateTable, head: Head): ChainView {
  return viewOf(state.reader(), head.tip.header.height + 1);
}

async function moveView(session: Session, view: ChainView): Promise<void> {
  session.view = view;
  await session.members.follow(session.view.set);
}

function isDamage(error: unknown): boolean {
  return (
    (error instanceof TreeError && error.code === 'tree.row') ||
    (error instanceof StoreError && error.code === 'store.damaged')
  );
}

async function isEmpty(rows: CheckedRows): Promise<boolean> {
  for await (const _ of rows.keys({ limit: 1 })) return false;
  return true;
}

/** The state with its tree rebuilt from all rows; undefined when that does not give `root`. */
async function stateAt(rows: CheckedRows, root: Uint8Array): Promise<StateTable | undefined> {
  const state = new StateTable(rows);
  try {
    return equalBytes(await state.tree.open(), root) ? state : undefined;
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}
