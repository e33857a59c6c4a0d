// Going back to the last height at which everything holds together: state rows are taken back by undo, the tree is made
// anew from them, and only a state whose root stands in the chain is written. Nothing is guessed: when no such height is
// within reach, the database is damaged and the node fetches the chain again.
import { equalBytes } from '../../common/bytes.ts';
import type { StateWrite } from '../../consensus/ledger/types.ts';
import { leafUpdates } from '../../consensus/tree/keys.ts';
import { StateTree } from '../../consensus/tree/state-tree.ts';
import type { RowReader } from '../../consensus/tree/types.ts';
import { decodeUndo } from '../../consensus/tree/undo.ts';
import { StoreError } from './errors.ts';
import { type Head, moveHead, NO_JOURNAL } from './head.ts';
import { type Findings, identity, readable } from './integrity.ts';
import { type CheckedBatch, type CheckedRows, mapKey, prefixRange } from './kv.ts';
import { numberKey, SUSPECT_KEY, TABLE, tableKey } from './layout.ts';

const SCAN_ROWS = 8192;

/** Rolls back by up to `reach` blocks, in one batch. Throws StoreError `store.damaged`. */
export async function recover(rows: CheckedRows, findings: Findings, reach: number): Promise<Head> {
  const { tip, entries, roots, sound } = findings;
  await checkPast(rows, tip.height - reach);
  const held = new HeldRows();
  const tree = new StateTree({ rows: held });
  const unreadable = await scan(rows, held, tree);
  const changed = new Map<string, StateWrite>();
  let height = tip.height;
  for (; ; height--) {
    const entry = entries.get(height);
    const root = roots.get(height);
    if (height <= sound && entry !== undefined && root !== undefined && equalBytes(tree.root, root.stateRoot)) {
      const batch = rows.batch().del(SUSPECT_KEY);
      for (const key of unreadable) batch.del(key);
      for (const [key, value] of changed.values()) batch.set(key, value);
      await replaceTree(rows, batch, held);
      for (let gone = height + 1; gone <= tip.height; gone++) dropHeight(rows, batch, gone);
      for await (const key of rows.keys(prefixRange(tableKey(TABLE.journal)))) batch.del(key);
      const head = moveHead(batch, NO_JOURNAL, entry, root);
      await batch.write({ sync: true });
      return head;
    }
    const undo = height > 0 && height > tip.height - reach ? undoAt(rows, height) : undefined;
    if (undo === undefined) throw new StoreError({ code: 'store.damaged', what: 'state' });
    for (const write of undo) changed.set(mapKey(write[0]), write);
    await feed(
      tree,
      held,
      undo.filter(([key]) => key[0] === TABLE.state).map(([key, value]) => [key.subarray(1), value]),
    );
  }
}

/** Below the window of the inspection no height may be missing: what is lost there, nothing here brings back. */
async function checkPast(rows: CheckedRows, below: number): Promise<void> {
  for (const table of [TABLE.height, TABLE.roots]) {
    let expected = 0;
    const ids: Uint8Array[] = [];
    for await (const [key, id] of rows.rows({ gte: numberKey(table, 0), lt: numberKey(table, Math.max(0, below)) })) {
      if (!equalBytes(key, numberKey(table, expected++))) throw new StoreError({ code: 'store.damaged', what: 'past' });
      if (table === TABLE.height) ids.push(tableKey(TABLE.entry, id));
    }
    const found = rows.getMany(ids);
    if (expected !== Math.max(0, below) || found.includes(undefined)) {
      throw new StoreError({ code: 'store.damaged', what: 'past' });
    }
  }
}

function undoAt(rows: CheckedRows, height: number): readonly StateWrite[] | undefined {
  return readable(rows, numberKey(TABLE.undo, height), decodeUndo);
}

/** Builds the tree from the state rows that can be read; gives the keys of the others. */
async function scan(rows: CheckedRows, held: HeldRows, tree: StateTree): Promise<readonly Uint8Array[]> {
  const range = prefixRange(tableKey(TABLE.state));
  let chunk: StateWrite[] = [];
  const seen = new Set<string>();
  for await (const [key, value] of rows.readableRows(range)) {
    chunk.push([key.slice(1), value]);
    seen.add(mapKey(key));
    if (chunk.length < SCAN_ROWS) continue;
    await feed(tree, held, chunk);
    chunk = [];
  }
  await feed(tree, held, chunk);
  const unreadable: Uint8Array[] = [];
  for await (const key of rows.keys(range)) if (!seen.has(mapKey(key))) unreadable.push(key);
  return unreadable;
}

async function feed(tree: StateTree, held: HeldRows, writes: readonly StateWrite[]): Promise<void> {
  const prepared = await tree.prepare(leafUpdates(writes));
  held.write(prepared.rows);
  prepared.commit();
}

async function replaceTree(rows: CheckedRows, batch: CheckedBatch, held: HeldRows): Promise<void> {
  for await (const key of rows.keys(prefixRange(tableKey(TABLE.tree)))) batch.del(key);
  for (const [key, value] of held.all()) batch.put(tableKey(TABLE.tree, key), value);
}

/** The block leaves the main chain; it stays as a side block when it is whole, to be executed again. */
function dropHeight(rows: CheckedRows, batch: CheckedBatch, height: number): void {
  const id = readable(rows, numberKey(TABLE.height, height), identity);
  for (const table of [TABLE.height, TABLE.roots, TABLE.undo]) batch.del(numberKey(table, height));
  if (id === undefined) return;
  batch.del(tableKey(TABLE.outcomes, id));
  const whole = [TABLE.block, TABLE.entry].every(
    (table) => readable(rows, tableKey(table, id), identity) !== undefined,
  );
  if (whole) batch.put(numberKey(TABLE.side, height, id), new Uint8Array(0));
  else batch.del(tableKey(TABLE.block, id)).del(tableKey(TABLE.entry, id));
}

/** Tree rows in memory while no row on disk is trusted. */
class HeldRows implements RowReader {
  private readonly held = new Map<string, readonly [Uint8Array, Uint8Array]>();

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.get(key));
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.held.get(mapKey(key))?.[1];
  }

  async *values(): AsyncIterable<Uint8Array> {
    for (const [, value] of this.all()) yield value;
  }

  all(): Iterable<readonly [Uint8Array, Uint8Array]> {
    return this.held.values();
  }

  write(rows: readonly (readonly [Uint8Array, Uint8Array | null])[]): void {
    for (const [key, value] of rows) {
      if (value === null) this.held.delete(mapKey(key));
      else this.held.set(mapKey(key), [key, value]);
    }
  }
}
