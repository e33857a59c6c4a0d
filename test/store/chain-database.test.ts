import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { equalBytes, toHex } from '../../common/bytes.ts';
import { genesisWrites } from '../../consensus/ledger/genesis-state.ts';
import { patientKey, TABLES } from '../../consensus/ledger/tables.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { type Level, openLevel } from '../../node/store/kv.ts';
import { Driver, handle, makeBlock, register, temporaryDirectory, testGenesis } from './chain-fixture.ts';

const genesis = testGenesis();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ChainDatabase;

beforeEach(async () => {
  directory = await temporaryDirectory();
  store = new ChainDatabase({ path: directory.path, genesis });
});

afterEach(async () => {
  await store.close();
  await directory.remove();
});

/** All rows but the journal, which only grows, and what side blocks leave behind. */
async function dump(path: string): Promise<string[]> {
  const level: Level = await openLevel(path, { writeBuffer: 1 << 20, cache: 1 << 20 });
  const out: string[] = [];
  for await (const [key, value] of level.iterator()) {
    const letter = String.fromCharCode(key[0]);
    if ('hruotqsn'.includes(letter)) out.push(`${letter}${toHex(key)}=${toHex(value)}`);
  }
  await level.close();
  return out;
}

describe('a new chain', () => {
  test('begins with block 0 and the state of the founders', async () => {
    const { tip, roots, repaired, side, recent } = await store.open();
    expect(tip.header.height).toBe(0);
    expect(tip.work).toBe(0n);
    expect(repaired).toBe(0);
    expect(side).toEqual([]);
    expect(recent).toEqual([tip]);
    expect(roots.outcomeRoot).toEqual(new Uint8Array(32));
    const writes = genesisWrites(genesis);
    expect(await store.states(writes.map(([key]) => key))).toEqual(writes.map(([, value]) => value));
    expect(await store.block(tip.id)).toBeDefined();
  });

  test('is the same after a restart, and refuses another network', async () => {
    const first = await store.open();
    await store.close();
    expect(await store.open()).toEqual(first);
    await store.close();
    const other = new ChainDatabase({ path: directory.path, genesis: testGenesis('another') });
    await expect(other.open()).rejects.toMatchObject({ code: 'store.genesis' });
  });

  test('answers nothing while it is closed, and no second process may open it', async () => {
    await expect(store.entryAt(0)).rejects.toMatchObject({ code: 'store.closed' });
    await store.open();
    const second = new ChainDatabase({ path: directory.path, genesis });
    await expect(second.open()).rejects.toMatchObject({ code: 'store.locked' });
    await store.close();
    await store.close();
  });
});

describe('connecting', () => {
  test('says of each statement of a block how it ended and in which transaction', async () => {
    const driver = await Driver.open(genesis, store);
    const sent = [
      driver.registration(0, 3),
      driver.registration(1, 4),
      driver.registration(0, 5),
      driver.registration(1, 3),
    ];
    const { results } = await driver.add(sent);
    for (const { id, statements } of results) {
      for (const { id: statement, outcome } of statements) {
        expect(await store.settled(statement)).toEqual({ height: 1, transaction: id, outcome });
      }
    }
    expect(await store.settled(sent[0].id)).toBeUndefined();
  });

  test('makes a block, its transactions, statements, outcomes and state readable', async () => {
    const driver = await Driver.open(genesis, store);
    const sealed = driver.registration(0, 3);
    const { entry, results, events } = await driver.add([sealed]);
    expect(entry).toMatchObject({ transactions: 1, statements: 1 });
    expect(await store.entry(entry.id)).toEqual(entry);
    expect(await store.entryAt(1)).toEqual(entry);
    expect((await store.entries(0, 10)).map(({ header }) => header.height)).toEqual([0, 1]);
    expect(await store.entries(0, 0)).toEqual([]);
    const [statement] = sealed.statementIds;
    expect(await store.transaction(sealed.id)).toEqual({ block: entry.id, height: 1, transaction: 0 });
    expect(await store.statement(statement)).toEqual({ block: entry.id, height: 1, transaction: 0, statement: 0 });
    expect(await store.outcomes(entry.id)).toEqual([[results[0].statements[0].outcome]]);
    expect(results[0]).toMatchObject({ sequence: 0, statements: [{ outcome: { status: 'applied' } }] });
    expect(events.length).toBeGreaterThan(0);
    expect(await store.states([patientKey(handle(1)), patientKey(handle(7))])).toEqual([expect.anything(), undefined]);
    const rows = await store.stateRange(TABLES.patient, new Uint8Array(0), undefined, 2);
    expect(rows).toHaveLength(2);
    const rest = await store.stateRange(TABLES.patient, new Uint8Array(0), rows[1][0], 10);
    expect(rest).toHaveLength(1);
    expect(await store.stateRange(TABLES.patient, handle(1).subarray(0, 8), undefined, 10)).toHaveLength(1);
  });

  test('refuses what is unknown, no child of the tip, or carries other roots, and changes nothing', async () => {
    const driver = await Driver.open(genesis, store);
    await expect(store.connect(handle(1))).rejects.toMatchObject({ code: 'store.unknown-block' });
    const wrong = makeBlock(driver.tip, { ...driver.roots, stateRoot: handle(5) }, []);
    await store.putBlock(wrong.id, wrong.bytes, wrong.work);
    await expect(store.connect(wrong.id)).rejects.toMatchObject({ code: 'block.root', type: { root: 'stateRoot' } });
    const sibling = driver.next([], 1);
    await driver.add([]);
    await store.putBlock(sibling.id, sibling.bytes, sibling.work);
    await expect(store.connect(sibling.id)).rejects.toMatchObject({ code: 'store.not-child' });
    const gap = driver.next([register(genesis, 9, [handle(1)], driver.tip.header.timestamp)]);
    await store.putBlock(gap.id, gap.bytes, gap.work);
    await expect(store.connect(gap.id)).rejects.toMatchObject({ code: 'block.sequence' });
    await driver.add([driver.registration(0, 1)]);
    expect(driver.tip.header.height).toBe(2);
  });

  test('refuses a block under an id that is not its own', async () => {
    const driver = await Driver.open(genesis, store);
    const { bytes, work } = driver.next([]);
    await expect(store.putBlock(handle(1), bytes, work)).rejects.toMatchObject({ code: 'codec.value' });
  });

  test('keeps a statement where it was applied when it comes a second time, whatever becomes of it then', async () => {
    const driver = await Driver.open(genesis, store);
    const once = driver.registration(0, 2);
    await driver.add([once]);
    const [statement] = once.transaction.statements;
    const again = register(genesis, driver.sequence++, [handle(0), handle(1)], statement.issued);
    expect(again.statementIds).toEqual(once.statementIds);
    await driver.add([again]);
    expect(await store.statement(once.statementIds[0])).toMatchObject({ height: 1 });
    await store.disconnect();
    expect(await store.statement(once.statementIds[0])).toMatchObject({ height: 1 });
    expect(await store.transaction(again.id)).toBeUndefined();
  });
});

describe('disconnecting', () => {
  test('restores every row byte for byte, in any depth, and the blocks can be connected again', async () => {
    const driver = await Driver.open(genesis, store);
    const dumps: string[][] = [];
    const ids: Uint8Array[] = [];
    for (let n = 0; n < 6; n++) {
      await store.close();
      dumps.push(await dump(directory.path));
      await store.open();
      const block = n % 3 === 2 ? [] : [driver.registration(7 * n, 12), driver.registration(7 * n + 3, 12)];
      ids.push((await driver.add(block, n)).entry.id);
    }
    for (let n = 5; n >= 0; n--) {
      const { entry, transactions } = await store.disconnect();
      expect(entry.id).toEqual(ids[n]);
      expect(transactions).toHaveLength(n % 3 === 2 ? 0 : 2);
      await store.close();
      expect(await dump(directory.path)).toEqual(dumps[n]);
      const { tip, side, repaired } = await store.open();
      expect(tip.header.height).toBe(n);
      expect(repaired).toBe(0);
      expect(side.map(({ id }) => toHex(id)).sort()).toEqual(ids.slice(n).map(toHex).sort());
    }
    await expect(store.disconnect()).rejects.toMatchObject({ code: 'store.genesis-tip' });
    for (const id of ids) await driver.connect(id);
    expect(driver.tip.header.height).toBe(6);
    await store.close();
    expect((await store.open()).side).toEqual([]);
  });

  test('lets another branch take over with the same result as a store that never saw the first', async () => {
    const driver = await Driver.open(genesis, store);
    await driver.add([driver.registration(0, 5)]);
    const fork = { tip: driver.tip, roots: driver.roots, sequence: driver.sequence };
    await driver.add([driver.registration(5, 5)]);
    await driver.add([]);
    await store.disconnect();
    await store.disconnect();
    Object.assign(driver, fork);
    const other = await driver.add([driver.registration(100, 20)], 1);
    const clean = await temporaryDirectory();
    const fresh = new ChainDatabase({ path: clean.path, genesis });
    const follower = await Driver.open(genesis, fresh);
    for (const { id } of await store.entries(1, 10)) {
      const entry = (await store.entry(id))!;
      await fresh.putBlock(id, (await store.block(id))!, entry.work);
      await follower.connect(id);
    }
    expect(follower.roots).toEqual(other.roots);
    await store.close();
    await fresh.close();
    expect(await dump(clean.path)).toEqual(await dump(directory.path));
    await clean.remove();
  });

  test('makes the signers of the past known again', async () => {
    const driver = await Driver.open(genesis, store);
    for (let n = 0; n < 200; n++) await driver.add([], n);
    const { recent } = await store.open();
    expect(recent.length).toBeGreaterThanOrEqual(6);
    for (let n = 0; n < 190; n++) await store.disconnect();
    const report = await store.open();
    expect(report.tip.header.height).toBe(10);
    expect(report.recent.map(({ header }) => header.height)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(equalBytes(report.recent[10].id, report.tip.id)).toBe(true);
  });
});

describe('finding by the first digits of an id', () => {
  test('gives the block, transaction or statement, by an even or odd number of digits, and nothing else', async () => {
    const driver = await Driver.open(genesis, store);
    const sealed = driver.registration(0, 2);
    const { entry } = await driver.add([sealed]);
    const transaction = { type: 'transaction', id: sealed.id, height: 1 };
    const statement = { type: 'statement', id: sealed.statementIds[0], height: 1 };
    for (const digits of [6, 7, 12]) {
      expect(await store.find(toHex(entry.id).slice(0, digits), 4)).toContainEqual({
        type: 'block',
        id: entry.id,
        height: 1,
      });
      expect(await store.find(toHex(sealed.id).slice(0, digits), 4)).toEqual([transaction]);
      expect(await store.find(toHex(sealed.statementIds[0]).slice(0, digits), 4)).toEqual([statement]);
    }
    await driver.add([]);
    expect(await store.find('', 1)).toHaveLength(3);
    expect(await store.find('ffffffffffff', 4)).toEqual([]);
  });
});
