// Everything that is only read from the chain database. Each answer is consistent in itself: one row, or one snapshot of rows.
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { encodedTransactionId } from '../../consensus/ledger/transaction.ts';
import type { Outcome } from '../../consensus/ledger/types.ts';
import { transactionBody } from './block-shape.ts';
import { type CheckedRows, prefixRange, type Row } from './kv.ts';
import { numberKey, TABLE, tableKey } from './layout.ts';
import type { ChainEntry, Found, Location, Settled } from './ports.ts';
import { decodeEntry, decodeOutcomes, decodePlace, decodeRoots, headerItem, outcomeAt, type RootsRow } from './rows.ts';

const SEARCHED = [
  ['block', TABLE.entry],
  ['transaction', TABLE.transaction],
  ['statement', TABLE.statement],
] as const;

/** Entries or rows given at once at most. */
export const MAX_RANGE = 4096;

export class ChainQueries {
  private readonly genesisId: Uint8Array;
  private readonly rows: CheckedRows;

  constructor(options: { readonly genesisId: Uint8Array }, modules: { readonly rows: CheckedRows }) {
    this.genesisId = options.genesisId;
    this.rows = modules.rows;
  }

  async entry(id: Uint8Array): Promise<ChainEntry | undefined> {
    const row = await this.rows.get(tableKey(TABLE.entry, id));
    return row === undefined ? undefined : decodeEntry(row);
  }

  idAt(height: number): Promise<Uint8Array | undefined> {
    return this.rows.get(numberKey(TABLE.height, height));
  }

  async entryAt(height: number): Promise<ChainEntry | undefined> {
    const id = await this.idAt(height);
    return id === undefined ? undefined : this.entry(id);
  }

  async entries(from: number, limit: number): Promise<readonly ChainEntry[]> {
    if (limit <= 0) return [];
    const count = Math.min(limit, MAX_RANGE);
    const range = { gte: numberKey(TABLE.height, from), lt: numberKey(TABLE.height, from + count) };
    const ids: Uint8Array[] = [];
    for await (const [, id] of this.rows.rows(range)) ids.push(id);
    const rows = this.rows.getMany(ids.map((id) => tableKey(TABLE.entry, id)));
    return rows.flatMap((row) => (row === undefined ? [] : [decodeEntry(row)]));
  }

  /** Headers with their certificates, as they travel. */
  async headers(from: number, limit: number): Promise<readonly Uint8Array[]> {
    const count = Math.min(limit, MAX_RANGE);
    const range = { gte: numberKey(TABLE.height, from), lt: numberKey(TABLE.height, from + count) };
    const ids: Uint8Array[] = [];
    for await (const [, id] of this.rows.rows(range)) ids.push(id);
    const rows = this.rows.getMany(ids.map((id) => tableKey(TABLE.entry, id)));
    return rows.flatMap((row) => (row === undefined ? [] : [headerItem(row)]));
  }

  outcomeBytes(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.rows.get(tableKey(TABLE.outcomes, id));
  }

  block(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.rows.get(tableKey(TABLE.block, id));
  }

  async roots(height: number): Promise<RootsRow | undefined> {
    const row = await this.rows.get(numberKey(TABLE.roots, height));
    return row === undefined ? undefined : decodeRoots(row);
  }

  async outcomes(id: Uint8Array): Promise<readonly (readonly Outcome[])[] | undefined> {
    const row = await this.rows.get(tableKey(TABLE.outcomes, id));
    return row === undefined ? undefined : decodeOutcomes(row);
  }

  transaction(id: Uint8Array): Promise<Location | undefined> {
    return this.location(tableKey(TABLE.transaction, id));
  }

  statement(id: Uint8Array): Promise<Location | undefined> {
    return this.location(tableKey(TABLE.statement, id));
  }

  /** How a statement ended, and in which transaction: of a block of thousands nothing else is decoded. */
  async settled(id: Uint8Array): Promise<Settled | undefined> {
    const location = await this.statement(id);
    if (location === undefined) return undefined;
    const { block, height, transaction, statement = 0 } = location;
    const [body, row] = await Promise.all([this.block(block), this.outcomeBytes(block)]);
    const bytes = body && transactionBody(body, transaction);
    const outcome = row && outcomeAt(row, transaction, statement);
    if (bytes === undefined || outcome === undefined) return undefined;
    return { height, transaction: encodedTransactionId(this.genesisId, bytes), outcome };
  }

  async find(digits: string, limit: number): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (const [type, table] of SEARCHED) {
      // An odd digit is half a byte: the range is of whole bytes, the digit is compared.
      const start = tableKey(table, fromHex(digits.slice(0, digits.length & ~1)));
      let taken = 0;
      for await (const [key, value] of this.rows.rows(prefixRange(start))) {
        const id = key.slice(1);
        if (!toHex(id).startsWith(digits)) continue;
        const height = type === 'block' ? decodeEntry(value).header.height : decodePlace(value).height;
        found.push({ type, id, height });
        if (++taken >= limit) break;
      }
    }
    return found;
  }

  async states(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.rows.getMany(keys.map((key) => tableKey(TABLE.state, key)));
  }

  async stateRange(
    table: number,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly Row[]> {
    const start = concatBytes(Uint8Array.of(TABLE.state, table), prefix);
    const range = prefixRange(start, after === undefined ? undefined : tableKey(TABLE.state, after));
    const found: Row[] = [];
    if (limit <= 0) return found;
    for await (const [key, value] of this.rows.rows({ ...range, limit: Math.min(limit, MAX_RANGE) })) {
      found.push([key.slice(1), value]);
    }
    return found;
  }

  /** Stored blocks off the main chain, lowest first. */
  async side(): Promise<readonly ChainEntry[]> {
    const found: ChainEntry[] = [];
    for await (const key of this.rows.keys(prefixRange(tableKey(TABLE.side)))) {
      const entry = await this.entry(key.subarray(9));
      if (entry !== undefined) found.push(entry);
    }
    return found;
  }

  private async location(key: Uint8Array): Promise<Location | undefined> {
    const row = await this.rows.get(key);
    if (row === undefined) return undefined;
    const { height, transaction, statement } = decodePlace(row);
    const block = await this.idAt(height);
    if (block === undefined) return undefined;
    return { block, height, transaction, ...(statement === undefined ? {} : { statement }) };
  }
}
