// Reads the chain for the doors: whole blocks, single transactions and statements with where they stand and how they
// ended. Owns lookups over the store, the mempool and the outbox; shapes are views.ts.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { decodeBlock } from '../../consensus/chain/block.ts';
import type { Block } from '../../consensus/chain/types.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import type { Outcome } from '../../consensus/ledger/types.ts';
import type { BlockSummary, BlockView, StatementView, TransactionView } from '../../rpc/schema/chain.ts';
import type { StatementState } from '../../rpc/schema/shapes.ts';
import type { Chain } from '../chain/chain.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import type { ChainEntry, ChainStore } from '../store/ports.ts';
import { ServiceError } from './errors.ts';
import { outcomeView, statusOf, type Views } from './views.ts';

/** Decoded blocks kept for the next question about the same one; at most 2 MiB each. */
const DECODED = 8;

export interface ReaderModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly mempool: Mempool;
  readonly outbox: Outbox;
  readonly views: Views;
}

export class ChainReader {
  private readonly genesisId: Uint8Array;
  private readonly modules: ReaderModules;
  private readonly decoded = new BoundedMap<string, Promise<Block | undefined>>({ maxEntries: DECODED });

  constructor(options: { genesisId: Uint8Array }, modules: ReaderModules) {
    this.genesisId = options.genesisId;
    this.modules = modules;
  }

  get finalHeight(): number {
    return this.modules.views.finalHeight;
  }

  /** Ids of all statements in main-chain blocks above `from` up to `to`, in hex. */
  async statementsBetween(from: number, to: number): Promise<string[]> {
    const entries = await this.modules.store.entries(from + 1, to - from);
    const ids: string[] = [];
    for (const entry of entries) {
      const block = await this.decode(entry);
      for (const { statementIds } of block?.transactions ?? []) ids.push(...statementIds.map(toHex));
    }
    return ids;
  }

  async onMain(entry: ChainEntry): Promise<boolean> {
    const at = await this.modules.store.entryAt(entry.header.height);
    return at !== undefined && equalBytes(at.id, entry.id);
  }

  async summary(entry: ChainEntry): Promise<BlockSummary> {
    return this.modules.views.summary(entry, await this.onMain(entry));
  }

  /** Undefined when there is no such block. */
  async block(which: { height: number } | { id: Uint8Array }): Promise<BlockView | undefined> {
    const { store, views } = this.modules;
    const entry = 'id' in which ? await store.entry(which.id) : await store.entryAt(which.height);
    if (entry === undefined) return undefined;
    const onMain = await this.onMain(entry);
    const next = onMain ? await store.entryAt(entry.header.height + 1) : undefined;
    const block = await this.decode(entry);
    const { header } = entry;
    if (block === undefined && header.height > 0) {
      throw new ServiceError({ code: 'chain.no-body', height: header.height });
    }
    const outcomes = onMain ? await store.outcomes(entry.id) : undefined;
    return {
      ...views.summary(entry, onMain),
      version: header.version,
      txRoot: toHex(header.txRoot),
      outcomeRoot: toHex(header.outcomeRoot),
      stateRoot: toHex(header.stateRoot),
      historyRoot: toHex(header.historyRoot),
      memberSet: header.memberSet,
      extraNonce: header.extraNonce.toString(),
      nonce: header.nonce.toString(),
      signature: header.height === 0 ? null : toHex(entry.signature),
      next: next === undefined ? null : toHex(next.id),
      transactions: (block?.transactions ?? []).map((sealed, index) =>
        views.transaction(sealed, { entry, index }, outcomes?.[index]),
      ),
    };
  }

  async transaction(id: Uint8Array): Promise<TransactionView | undefined> {
    const { store, mempool, views } = this.modules;
    const location = await store.transaction(id);
    if (location !== undefined) {
      const entry = await store.entry(location.block);
      const block = entry && (await this.decode(entry));
      if (entry === undefined || block === undefined) return undefined;
      const outcomes = await store.outcomes(entry.id);
      const index = location.transaction;
      return views.transaction(block.transactions[index], { entry, index }, outcomes?.[index]);
    }
    const waiting = mempool.get(id);
    return waiting === undefined ? undefined : views.transaction(waiting.sealed, undefined, undefined);
  }

  async statement(id: Uint8Array): Promise<StatementView | undefined> {
    const { store, outbox, mempool, views } = this.modules;
    const location = await store.statement(id);
    if (location !== undefined) {
      const entry = await store.entry(location.block);
      const block = entry && (await this.decode(entry));
      const sealed = block?.transactions[location.transaction];
      if (entry === undefined || sealed === undefined) return undefined;
      const index = location.statement ?? 0;
      const outcome = (await store.outcomes(entry.id))?.[location.transaction]?.[index];
      const place = { entry, index: location.transaction };
      const context = { transaction: sealed.id, index, place, outcome, status: 'pending' as const };
      return views.statement(sealed.transaction.statements[index], id, context);
    }
    const record = outbox.get(id);
    if (record !== undefined) {
      const status = record.state === 'queued' ? 'queued' : 'pending';
      const context = {
        transaction: record.transaction,
        index: undefined,
        place: undefined,
        outcome: record.outcome,
        status,
      } as const;
      return views.statement(decodeStatement(record.statement), id, context);
    }
    for (const { sealed } of mempool.entries()) {
      const index = sealed.statementIds.findIndex((known) => equalBytes(known, id));
      if (index === -1) continue;
      const context = {
        transaction: sealed.id,
        index,
        place: undefined,
        outcome: undefined,
        status: 'pending',
      } as const;
      return views.statement(sealed.transaction.statements[index], id, context);
    }
    return undefined;
  }

  /** Status and transaction alone: an outcome can have an entry for each of 256 patients. */
  async standing(id: Uint8Array): Promise<Pick<StatementState, 'status' | 'transaction'>> {
    const { outbox, store, views } = this.modules;
    const record = outbox.get(id);
    if (record !== undefined) return { status: recordStatus(record, views.finalHeight), transaction: hexOf(record) };
    const settled = await store.settled(id);
    if (settled === undefined) return { status: 'unknown', transaction: null };
    return { status: statusOf(settled.outcome, settled.height, views.finalHeight), transaction: hexOf(settled) };
  }

  /** Where a statement stands, cheaply; for waiting and for lists. */
  async state(id: Uint8Array): Promise<StatementState> {
    const record = this.modules.outbox.get(id);
    const { store, views } = this.modules;
    if (record !== undefined) return recordState(record, views.finalHeight);
    const settled = await store.settled(id);
    return settled === undefined ? unknownState(id) : settledState(id, settled.outcome, settled, views.finalHeight);
  }

  /** Many questions are about one block and come at once: it is read and decoded once for all. */
  private decode(entry: ChainEntry): Promise<Block | undefined> {
    if (entry.header.height === 0) return Promise.resolve(undefined);
    const key = toHex(entry.id);
    const known = this.decoded.touch(key);
    if (known !== undefined) return known;
    const block = this.modules.store.block(entry.id).then((bytes) => bytes && decodeBlock(this.genesisId, bytes));
    this.decoded.set(key, block);
    const forget = (): boolean => this.decoded.delete(key);
    block.then((found) => found ?? forget(), forget);
    return block;
  }
}

/** The status alone, for counting: an outbox holds many. */
export function recordStatus({ state, outcome, height }: OutboxRecord, finalHeight = 0): StatementState['status'] {
  if (state === 'done' && outcome !== undefined) return statusOf(outcome, height, finalHeight);
  return state === 'queued' ? 'queued' : 'pending';
}

/** `finalHeight` may be left out where the statement was just made. */
export function recordState(record: OutboxRecord, finalHeight = 0): StatementState {
  const { outcome } = record;
  if (record.state === 'done' && outcome !== undefined) return settledState(record.id, outcome, record, finalHeight);
  return {
    ...unknownState(record.id),
    status: recordStatus(record),
    transaction: hexOf(record),
  };
}

function settledState(
  id: Uint8Array,
  outcome: Outcome,
  { height, transaction }: Pick<OutboxRecord, 'height' | 'transaction'>,
  finalHeight: number,
): StatementState {
  const view = outcomeView(outcome);
  return {
    id: toHex(id),
    status: statusOf(outcome, height, finalHeight),
    transaction: hexOf({ transaction }),
    height: height ?? null,
    outcome: view,
    code: view.code,
    reason: view.message,
  };
}

function hexOf({ transaction }: Pick<OutboxRecord, 'transaction'>): string | null {
  return transaction === undefined ? null : toHex(transaction);
}

function unknownState(id: Uint8Array): StatementState {
  return { id: toHex(id), status: 'unknown', transaction: null, height: null, outcome: null, code: null, reason: null };
}
