// Where a statement stands for whoever asks: where it did something, however often anybody includes it again.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { ALREADY_APPLIED, APPLIED, KNOWN, refused } from '../../consensus/ledger/outcome.ts';
import type { Outcome, SealedTransaction } from '../../consensus/ledger/types.ts';
import { indexRows } from '../../node/store/index-rows.ts';
import { mapKey } from '../../node/store/kv.ts';
import { TABLE, tableKey } from '../../node/store/layout.ts';
import { decodePlace } from '../../node/store/rows.ts';

const OLD = refused('issued-old');

async function heightsOf(...outcomes: readonly Outcome[]): Promise<(number | undefined)[]> {
  const rows = new Map<string, Uint8Array>();
  const reader = { getMany: (keys: readonly Uint8Array[]) => keys.map((key) => rows.get(mapKey(key))) };
  const statement = randomBytes(32);
  const found: (number | undefined)[] = [];
  for (const [height, outcome] of outcomes.entries()) {
    const transactions = [{ id: randomBytes(32), statementIds: [statement] }] as unknown as SealedTransaction[];
    const { writes } = await indexRows(reader as never, height, transactions, [[outcome]]);
    for (const [key, value] of writes) rows.set(mapKey(key), value as Uint8Array);
    const row = rows.get(mapKey(tableKey(TABLE.statement, statement)));
    found.push(row && decodePlace(row).height);
  }
  return found;
}

it('moves to where it was applied, and no refusal, knowledge or replay moves it from there', async () => {
  expect(await heightsOf(APPLIED, OLD, KNOWN, ALREADY_APPLIED)).toEqual([0, 0, 0, 0]);
  expect(await heightsOf(OLD, OLD, APPLIED, OLD)).toEqual([0, 0, 2, 2]);
});

it('stands where it was applied of two places of one block', async () => {
  const rows = { getMany: (keys: readonly Uint8Array[]) => keys.map(() => undefined) };
  const statement = randomBytes(32);
  const transactions = [0, 1].map(() => ({ id: randomBytes(32), statementIds: [statement] }));
  const placed = async (...outcomes: readonly Outcome[]) => {
    const all = outcomes.map((outcome) => [outcome]);
    const { writes } = await indexRows(rows as never, 1, transactions as unknown as SealedTransaction[], all);
    const key = mapKey(tableKey(TABLE.statement, statement));
    const row = writes.find(([one]) => mapKey(one) === key)?.[1];
    return row && decodePlace(row).transaction;
  };
  expect(await placed(APPLIED, OLD)).toBe(0);
  expect(await placed(OLD, APPLIED)).toBe(1);
});
