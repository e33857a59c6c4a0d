// Where transactions and statements of a block stand on the main chain: the rows of tables t and q.
import type { Outcome, SealedTransaction, StateWrite } from '../../consensus/ledger/types.ts';
import { type CheckedRows, mapKey } from './kv.ts';
import { TABLE, tableKey } from './layout.ts';
import { encodePlace } from './rows.ts';

export interface IndexRows {
  /** Rows to write, by database key. */
  readonly writes: readonly StateWrite[];
  /** The same keys with what they held before. */
  readonly undo: readonly StateWrite[];
}

/**
 * A statement's row stays where it was first, and moves to where it did something: anybody may include it again, to be refused or
 * known as applied.
 */
export async function indexRows(
  rows: CheckedRows,
  height: number,
  transactions: readonly SealedTransaction[],
  outcomes: readonly (readonly Outcome[])[],
): Promise<IndexRows> {
  const places = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array; readonly moves: boolean }>();
  transactions.forEach(({ id, statementIds }, transaction) => {
    const value = encodePlace({ height, transaction, statement: undefined });
    places.set(`t${mapKey(id)}`, { key: tableKey(TABLE.transaction, id), value, moves: true });
    statementIds.forEach((statementId, statement) => {
      const name = `q${mapKey(statementId)}`;
      const { status } = outcomes[transaction][statement];
      const moves = status === 'applied' || status === 'attached';
      if (!moves && places.has(name)) return;
      const place = encodePlace({ height, transaction, statement });
      places.set(name, { key: tableKey(TABLE.statement, statementId), value: place, moves });
    });
  });
  const all = [...places.values()];
  const before = rows.getMany(all.map(({ key }) => key));
  const writes: StateWrite[] = [];
  const undo: StateWrite[] = [];
  all.forEach(({ key, value, moves }, i) => {
    const old = before[i];
    if (!moves && old !== undefined) return;
    writes.push([key, value]);
    undo.push([key, old ?? null]);
  });
  return { writes, undo };
}
