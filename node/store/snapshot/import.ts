// Takes a snapshot into a database of its own: headers from genesis by their hash chain, then the state part by part,
// each proven before a row of it is written, the tree built bottom-up beside. Rows of several parts become one sorted run;
// the batch after it has the rows of the tree and the progress in it, so it goes on after a crash. Owns nothing of the
// running chain; snapshots.ts puts the finished one in its place.
import { rm } from 'node:fs/promises';
import { compareBytes, concatBytes, equalBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { encodeBlock } from '../../../consensus/chain/block.ts';
import { nextTarget } from '../../../consensus/chain/difficulty.ts';
import { earliestSpacing } from '../../../consensus/chain/diversity.ts';
import { BlockError } from '../../../consensus/chain/errors.ts';
import { genesisBlock } from '../../../consensus/chain/genesis-block.ts';
import { blockId, decodeSignedHeader, SIGNED_HEADER_BYTES } from '../../../consensus/chain/header.ts';
import { checkHeaderAlone } from '../../../consensus/chain/ladder.ts';
import type { Header, SignedHeader } from '../../../consensus/chain/types.ts';
import { workOf } from '../../../consensus/chain/work.ts';
import { type Genesis, genesisId } from '../../../consensus/genesis.ts';
import {
  appendRange,
  decodeRange,
  emptyRange,
  encodeRange,
  type MountainRange,
  rangeRoot,
} from '../../../consensus/mountain-range.ts';
import { boundsOfCut, type CutPart, decodeCut, rootOfCut } from '../../../consensus/tree/cut.ts';
import { SubtreeHasher } from '../../../consensus/tree/subtree.ts';
import { moveHead, NO_JOURNAL } from '../head.ts';
import { type CheckedBatch, CheckedRows, type Level, type OpenLevel } from '../kv.ts';
import {
  BODIES_KEY,
  GENESIS_KEY,
  IMPORT_KEY,
  IMPORT_TARGET_KEY,
  LAYOUT_VERSION,
  numberKey,
  TABLE,
  TABLE_NAMES,
  tableKey,
  VERSION_KEY,
} from '../layout.ts';
import { LightKeeper } from '../light-keeper.ts';
import { decodeHeaderItem, encodeEntry, encodeOutcomes, encodeRoots, type RootsRow } from '../rows.ts';
import { StateTable } from '../state-table.ts';
import { decodePart } from './part.ts';
import type { ImportProgress, ImportTarget } from './ports.ts';
import { SortedRuns } from './sorted-runs.ts';

const MEMORY = { writeBuffer: 2 * 1024 * 1024, cache: 1024 * 1024 };
/** Parts that make one run. */
const RUN_PARTS = 8;
const LEAF = 64;
const HASH = 32;

interface Progress {
  nextHeader: number;
  /** Those before it are in runs on the disk, `rows` of them; what came after them is in memory. */
  nextPart: number;
  rows: number;
  /** Of the header before the next, and the one before that. */
  last: Header;
  before: Header | undefined;
  lastId: Uint8Array;
  work: bigint;
  /** Over the ids so far. */
  range: MountainRange;
}

export interface ImportOptions {
  readonly path: string;
  readonly genesis: Genesis;
}

export class SnapshotImport {
  readonly checkpoint: SignedHeader;
  readonly state: StateTable;
  private readonly options: ImportOptions;
  private readonly steps: readonly Uint8Array[];
  private readonly level: Level;
  private readonly rows: CheckedRows;
  private readonly cut: readonly CutPart[];
  private readonly bounds: readonly Uint8Array[];
  private readonly hasher = new SubtreeHasher();
  private readonly runs: SortedRuns;
  private at: Progress;
  /** Next part wanted. */
  private wanted: number;
  /** Rows of the tree over the parts that are in memory. */
  private treeRows: CheckedBatch;
  /** The run before, on its way to the disk. */
  private keeping: Promise<void> = Promise.resolve();

  private constructor(options: ImportOptions, target: ImportTarget, level: Level, at: Progress, runs: SortedRuns) {
    this.options = options;
    this.runs = runs;
    this.wanted = at.nextPart;
    this.level = level;
    this.rows = new CheckedRows(level, TABLE_NAMES);
    this.treeRows = this.rows.batch();
    this.state = new StateTable(this.rows);
    this.steps = target.steps;
    this.checkpoint = decodeSignedHeader(target.checkpoint);
    this.cut = decodeCut(target.cut);
    this.bounds = boundsOfCut(this.cut);
    this.at = at;
  }

  /** Goes on with what the directory holds of the same target and runs; anything else is for the caller to remove. */
  static async open(
    options: ImportOptions,
    target: ImportTarget,
    openEngine: OpenLevel,
  ): Promise<SnapshotImport | undefined> {
    const { header } = decodeSignedHeader(target.checkpoint);
    if (!equalBytes(rootOfCut(decodeCut(target.cut)), header.stateRoot)) {
      throw new CodecError({ code: 'codec.value', field: 'cut' });
    }
    const level = await openEngine(options.path, MEMORY);
    try {
      const rows = new CheckedRows(level, TABLE_NAMES);
      const row = await rows.get(IMPORT_KEY);
      const at = row === undefined ? await begin(rows, options.genesis, target) : await resume(rows, row, target);
      if (at === undefined) {
        await level.close();
        return undefined;
      }
      const runs = new SortedRuns({ directory: runsOf(options.path) });
      await runs.begin(Math.ceil(at.nextPart / RUN_PARTS), at.rows);
      const taken = new SnapshotImport(options, target, level, at, runs);
      if (at.nextPart > 0) await taken.state.tree.open();
      return taken;
    } catch (error) {
      await level.close();
      throw error;
    }
  }

  get progress(): ImportProgress {
    return { nextHeader: this.at.nextHeader, nextPart: this.wanted, parts: this.cut.length };
  }

  /** What was in memory is asked for again the next time. */
  async close(): Promise<void> {
    await this.keeping.catch(() => undefined);
    await this.level.close();
  }

  /** Closed before. */
  static async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true });
    await rm(runsOf(path), { recursive: true, force: true });
  }

  /** Work, target, spacing and links are checked; who signed is settled by the checkpoint's certificate. */
  async headers(items: readonly Uint8Array[]): Promise<void> {
    const { params } = this.options.genesis;
    const batch = this.rows.batch();
    const at = { ...this.at };
    for (const item of items) {
      const { signed, certificate } = decodeHeaderItem(item);
      const { header } = signed;
      if (at.nextHeader >= this.checkpoint.header.height)
        throw new CodecError({ code: 'codec.value', field: 'headers' });
      const id = checkHeaderAlone(params, header);
      if (header.height !== at.nextHeader || !equalBytes(header.parent, at.lastId))
        throw new BlockError({ code: 'block.parent' });
      if (header.target !== nextTarget(params, at.last, at.before)) throw new BlockError({ code: 'block.target' });
      const earliest = earliestSpacing(params, at.last);
      if (header.timestamp < earliest) {
        throw new BlockError({ code: 'block.spacing', earliest, timestamp: header.timestamp });
      }
      // What the parent led to stands in this header.
      batch.put(numberKey(TABLE.roots, at.nextHeader - 1), encodeRoots(rootsBefore(header, at.range)));
      at.range = appendRange(at.range, id);
      at.work += workOf(header.target);
      const unknown = { size: 0, transactions: 0, statements: 0 };
      batch.put(tableKey(TABLE.entry, id), encodeEntry({ ...signed, ...unknown, work: at.work }, certificate));
      batch.put(numberKey(TABLE.height, at.nextHeader), id);
      at.before = at.last;
      at.last = header;
      at.lastId = id;
      at.nextHeader++;
    }
    // Before it is kept: what does not lead to the checkpoint would be in the way for ever.
    if (at.nextHeader === this.checkpoint.header.height) this.checkHistory(at);
    await batch.put(IMPORT_KEY, encodeProgress(at)).write();
    this.at = at;
  }

  /** Parts in order. Nothing of a part is kept before all of it is proven. */
  async part(index: number, bytes: Uint8Array): Promise<void> {
    const part = this.cut[index];
    if (index !== this.wanted || part === undefined) throw new CodecError({ code: 'codec.value', field: 'part' });
    const { rows, leaves } = decodePart(bytes);
    this.checkInside(leaves, index);
    if (!equalBytes(this.hasher.hash(leaves, part.depth), part.hash)) {
      throw new CodecError({ code: 'codec.value', field: 'part' });
    }
    for (const [key, value] of await this.state.tree.append(leaves)) {
      this.treeRows.set(tableKey(TABLE.tree, key), value);
    }
    this.runs.add(rows);
    this.wanted++;
    if (this.wanted % RUN_PARTS === 0 || this.wanted === this.cut.length) await this.keep();
  }

  /** The run first: the batch says that it is there. Resolves when the one before is on the disk. */
  private async keep(): Promise<void> {
    await this.keeping;
    const batch = this.treeRows;
    this.treeRows = this.rows.batch();
    this.at = { ...this.at, nextPart: this.wanted, rows: this.runs.rows };
    const progress = encodeProgress(this.at);
    this.keeping = this.runs.keep().then(() => batch.put(IMPORT_KEY, progress).write());
    this.keeping.catch(() => {}); // awaited with the next
  }

  /** Everything is here: writes the state and the head, and leaves the database closed. */
  async finish(): Promise<void> {
    const { header } = this.checkpoint;
    await this.keeping;
    const complete = this.at.nextHeader === header.height && this.at.nextPart === this.cut.length;
    if (!complete || !equalBytes(this.state.tree.root, header.stateRoot)) {
      throw new CodecError({ code: 'codec.value', field: 'snapshot' });
    }
    this.checkHistory(this.at);
    const roots: RootsRow = {
      outcomeRoot: header.outcomeRoot,
      stateRoot: header.stateRoot,
      history: this.at.range,
    };
    await this.writeState();
    const { last, lastId, work } = this.at;
    const unknown = { size: 0, transactions: 0, statements: 0 };
    const batch = this.rows
      .batch()
      .put(BODIES_KEY, new Writer(8).u64(header.height).finish())
      .del(IMPORT_KEY)
      .del(IMPORT_TARGET_KEY);
    LightKeeper.stage(batch, this.options.genesis, this.steps);
    batch.put(numberKey(TABLE.roots, last.height), encodeRoots(roots));
    moveHead(batch, NO_JOURNAL, { id: lastId, header: last, signature: new Uint8Array(64), work, ...unknown }, roots);
    await batch.write({ sync: true });
    await this.level.close();
    await this.runs.remove();
  }

  private async writeState(): Promise<void> {
    let writing = Promise.resolve();
    for await (const rows of this.runs.merged()) {
      const batch = this.rows.batch();
      for (const [key, stored] of rows) batch.putStored(key, stored);
      await writing;
      writing = batch.write();
      writing.catch(() => {}); // awaited with the next
    }
    await writing;
  }

  private checkHistory({ lastId, range }: Progress): void {
    const { header } = this.checkpoint;
    const fits = equalBytes(lastId, header.parent) && equalBytes(rangeRoot(range), header.historyRoot);
    if (!fits) throw new BlockError({ code: 'block.parent' });
  }

  /** Leaves outside the part's range would prove nothing about it. */
  private checkInside(leaves: Uint8Array, index: number): void {
    if (leaves.length === 0) return;
    const above = this.bounds[index + 1];
    const first = leaves.subarray(0, HASH);
    const last = leaves.subarray(leaves.length - LEAF, leaves.length - HASH);
    const inside =
      compareBytes(first, this.bounds[index]) >= 0 && (above === undefined || compareBytes(last, above) < 0);
    if (!inside) throw new CodecError({ code: 'codec.value', field: 'part' });
  }
}

const runsOf = (path: string): string => `${path}.runs`;

function rootsBefore(child: Header, history: MountainRange): RootsRow {
  return { outcomeRoot: child.outcomeRoot, stateRoot: child.stateRoot, history };
}

/** Undefined where an import has ended before and was never put in place: its rows are not for another. */
async function begin(rows: CheckedRows, genesis: Genesis, target: ImportTarget): Promise<Progress | undefined> {
  if ((await rows.get(VERSION_KEY)) !== undefined) return undefined;
  const block = genesisBlock(genesis);
  const id = blockId(block.header);
  const bytes = encodeBlock(block);
  const at: Progress = {
    nextHeader: 1,
    nextPart: 0,
    rows: 0,
    last: block.header,
    before: undefined,
    lastId: id,
    work: 0n,
    range: appendRange(emptyRange, id),
  };
  const entry = {
    header: block.header,
    signature: block.signature,
    work: 0n,
    size: bytes.length,
    transactions: 0,
    statements: 0,
  };
  const batch = rows.batch();
  batch.put(VERSION_KEY, Uint8Array.of(0, 0, 0, LAYOUT_VERSION)).put(GENESIS_KEY, genesisId(genesis));
  batch.put(tableKey(TABLE.block, id), bytes).put(tableKey(TABLE.entry, id), encodeEntry(entry));
  batch.put(numberKey(TABLE.height, 0), id).put(tableKey(TABLE.outcomes, id), encodeOutcomes([]));
  batch.put(IMPORT_TARGET_KEY, encodeTarget(target));
  await batch.put(IMPORT_KEY, encodeProgress(at)).write();
  return at;
}

/** `next header u64 | next part u32 | rows u64 | work u256 | range`. */
function encodeProgress(at: Progress): Uint8Array {
  const range = encodeRange(at.range);
  return new Writer(512)
    .u64(at.nextHeader)
    .u32(at.nextPart)
    .u64(at.rows)
    .u256(at.work)
    .fixed(range, range.length)
    .finish();
}

/** `parts of a run u32 | checkpoint | cut`: runs of other parts than ours would be counted wrongly. */
function encodeTarget({ checkpoint, cut }: ImportTarget): Uint8Array {
  return concatBytes(new Writer(4).u32(RUN_PARTS).finish(), checkpoint, cut);
}

async function resume(table: CheckedRows, row: Uint8Array, target: ImportTarget): Promise<Progress | undefined> {
  const reader = new Reader(row);
  const [nextHeader, nextPart, rows, work] = [reader.u64(), reader.u32(), reader.u64(), reader.u256()];
  const range = decodeRange(reader.fixed(reader.left));
  const kept = await table.get(IMPORT_TARGET_KEY);
  if (kept === undefined || !equalBytes(kept, encodeTarget(target))) return undefined;
  const headerAt = async (height: number): Promise<{ id: Uint8Array; header: Header } | undefined> => {
    const id = height < 0 ? undefined : await table.get(numberKey(TABLE.height, height));
    const entry = id === undefined ? undefined : await table.get(tableKey(TABLE.entry, id));
    if (id === undefined || entry === undefined) return undefined;
    return { id, header: decodeSignedHeader(entry.subarray(0, SIGNED_HEADER_BYTES)).header };
  };
  const last = await headerAt(nextHeader - 1);
  const before = await headerAt(nextHeader - 2);
  if (last === undefined) return undefined;
  // Blocks 0 and 1 stand for themselves: the rule of targets looks no further back.
  return { nextHeader, nextPart, rows, work, range, last: last.header, before: before?.header, lastId: last.id };
}
