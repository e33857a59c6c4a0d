// Bodies that come late or go early: backfill below a snapshot, pruning below what a node keeps. Headers, roots and state
// stay; what goes are bodies, outcomes, undo and where transactions stood. Owns no choice of how much is kept.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { decodeBlockShared } from '../../../consensus/chain/block.ts';
import { BlockError } from '../../../consensus/chain/errors.ts';
import { blockId } from '../../../consensus/chain/header.ts';
import { checkBody } from '../../../consensus/chain/ladder.ts';
import { outcomeRoot } from '../../../consensus/ledger/outcome.ts';
import type { SealedTransaction } from '../../../consensus/ledger/types.ts';
import { blockShape } from '../block-shape.ts';
import type { ChainQueries } from '../chain-queries.ts';
import { StoreError } from '../errors.ts';
import { indexRows } from '../index-rows.ts';
import type { CheckedBatch, CheckedRows } from '../kv.ts';
import { BODIES_KEY, numberKey, TABLE, tableKey } from '../layout.ts';
import { decodeOutcomes, decodePlace, encodeEntry } from '../rows.ts';

export interface BodiesModules {
  readonly rows: CheckedRows;
  readonly queries: ChainQueries;
}

export async function bodiesFrom({ rows }: Pick<BodiesModules, 'rows'>): Promise<number> {
  const row = await rows.get(BODIES_KEY);
  return row === undefined ? 0 : new Reader(row).u64();
}

/** Takes the block right below `bodiesFrom`: its header stands in the chain already, and so do the roots over both. */
export async function fillBody(
  modules: BodiesModules,
  genesisId: Uint8Array,
  bytes: Uint8Array,
  outcomeBytes: Uint8Array,
): Promise<number> {
  const { rows, queries } = modules;
  const height = (await bodiesFrom(modules)) - 1;
  const block = decodeBlockShared(genesisId, bytes);
  const id = blockId(block.header);
  const wanted = height < 1 ? undefined : await queries.idAt(height);
  if (wanted === undefined || !equalBytes(wanted, id))
    throw new StoreError({ code: 'store.not-child', block: toHex(id) });
  checkBody(block);
  const outcomes = decodeOutcomes(outcomeBytes);
  const roots = await queries.roots(height);
  const fits =
    outcomes.length === block.transactions.length &&
    outcomes.every((list, i) => list.length === block.transactions[i].statementIds.length);
  if (!fits || roots === undefined) throw new CodecError({ code: 'codec.value', field: 'outcomes' });
  const ids = block.transactions.flatMap(({ statementIds }) => statementIds);
  if (!equalBytes(outcomeRoot(ids, outcomes.flat()), roots.outcomeRoot)) {
    throw new BlockError({ code: 'block.root', root: 'outcomeRoot' });
  }
  const entry = await queries.entry(id);
  if (entry === undefined) throw new StoreError({ code: 'store.unknown-block', block: toHex(id) });
  const { writes } = await indexRows(rows, height, block.transactions, outcomes);
  const newer = rows.getMany(writes.map(([key]) => key));
  const batch = rows.batch();
  // A row that is there already is of a newer block, where the statement or transaction stands now.
  writes.forEach(([key, value], i) => {
    if (newer[i] === undefined) batch.set(key, value);
  });
  batch.put(tableKey(TABLE.block, id), bytes).put(tableKey(TABLE.outcomes, id), outcomeBytes);
  batch.put(
    tableKey(TABLE.entry, id),
    encodeEntry({ ...entry, size: bytes.length, ...blockShape(bytes) }, block.certificate),
  );
  // Genesis was never missing.
  const from = height === 1 ? 0 : height;
  await batch.put(BODIES_KEY, new Writer(8).u64(from).finish()).write();
  return from;
}

/** Removes what hangs on the bodies of up to `limit` blocks below `below`, lowest first. */
export async function pruneBodies(
  { rows, queries }: BodiesModules,
  genesisId: Uint8Array,
  below: number,
  limit: number,
): Promise<number> {
  let from = Math.max(1, await bodiesFrom({ rows }));
  const end = Math.min(below, from + limit);
  if (from >= end) return from === 1 ? 0 : from;
  const batch = rows.batch();
  for (; from < end; from++) {
    const id = await queries.idAt(from);
    const bytes = id === undefined ? undefined : await queries.block(id);
    if (id === undefined) throw new StoreError({ code: 'store.damaged', what: 'past' });
    if (bytes !== undefined) await dropPlaces(rows, batch, from, decodeBlockShared(genesisId, bytes).transactions);
    batch.del(tableKey(TABLE.block, id)).del(tableKey(TABLE.outcomes, id)).del(numberKey(TABLE.undo, from));
  }
  await batch.put(BODIES_KEY, new Writer(8).u64(from).finish()).write();
  return from;
}

async function dropPlaces(
  rows: CheckedRows,
  batch: CheckedBatch,
  height: number,
  transactions: readonly SealedTransaction[],
): Promise<void> {
  const keys = transactions.flatMap(({ id, statementIds }) => [
    tableKey(TABLE.transaction, id),
    ...statementIds.map((statement) => tableKey(TABLE.statement, statement)),
  ]);
  const places = rows.getMany(keys);
  keys.forEach((key, i) => {
    const place = places[i];
    if (place !== undefined && decodePlace(place).height === height) batch.del(key);
  });
}
