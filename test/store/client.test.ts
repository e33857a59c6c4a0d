import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BlockError } from '../../consensus/chain/errors.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { ChainStoreClient } from '../../node/store/client.ts';
import { StoreError } from '../../node/store/errors.ts';
import { Driver, handle, makeBlock, temporaryDirectory, testGenesis } from './chain-fixture.ts';

const genesis = testGenesis();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let client: ChainStoreClient;

beforeEach(async () => {
  directory = await temporaryDirectory();
  client = new ChainStoreClient({ path: directory.path, genesis });
});

afterEach(async () => {
  await client.close();
  await directory.remove();
});

describe('the store behind its thread', () => {
  test('answers as the database itself does', async () => {
    const other = await temporaryDirectory();
    const database = new ChainDatabase({ path: other.path, genesis });
    const remote = await Driver.open(genesis, client);
    const local = await Driver.open(genesis, database);
    for (let n = 0; n < 3; n++) {
      const transactions = [local.registration(10 * n, 20)];
      expect(await remote.add(transactions)).toEqual(await local.add(transactions));
    }
    const { tip } = local;
    const questions: ((store: ChainDatabase | ChainStoreClient) => Promise<unknown>)[] = [
      (store) => store.entry(tip.id),
      (store) => store.entryAt(2),
      (store) => store.entries(1, 5),
      (store) => store.block(tip.id),
      (store) => store.block(handle(1)),
      (store) => store.outcomes(tip.id),
      (store) => store.stateRange(0x40, new Uint8Array(0), undefined, 7),
      (store) => store.disconnect(),
      (store) => store.open(),
    ];
    for (const ask of questions) expect(await ask(client)).toEqual(await ask(database));
    await database.close();
    await other.remove();
  });

  test('does not take the bytes that it is given', async () => {
    const driver = await Driver.open(genesis, client);
    const { id, bytes, work } = driver.next([driver.registration(0, 400)]);
    const copy = bytes.slice();
    await client.putBlock(id, bytes, work);
    expect(bytes).toEqual(copy);
    expect(await client.block(id)).toEqual(copy);
  });

  test('gives errors back with their class, code and details', async () => {
    const driver = await Driver.open(genesis, client);
    const bad = makeBlock(driver.tip, { ...driver.roots, historyRoot: handle(3) }, []);
    await client.putBlock(bad.id, bad.bytes, bad.work);
    const refusal = await client.connect(bad.id).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BlockError);
    expect((refusal as BlockError).type).toEqual({ code: 'block.root', root: 'historyRoot' });
    const unknown = await client.connect(handle(1)).catch((error: unknown) => error);
    expect(unknown).toBeInstanceOf(StoreError);
    await expect(client.putBlock(handle(1), new Uint8Array([0, 1, 2]), 1n)).rejects.toMatchObject({
      code: 'codec.short',
    });
  });

  test('fails what is pending, and what follows, when the thread dies; opens again afterwards', async () => {
    const driver = await Driver.open(genesis, client);
    await driver.add([driver.registration(0, 5)]);
    const { id, bytes, work } = driver.next([driver.registration(5, 5)]);
    await client.putBlock(id, bytes, work);
    const pending = [client.connect(id), client.entryAt(0), client.block(id)].map((call) =>
      call.catch((error: StoreError) => error.code),
    );
    await client.terminate();
    expect((await Promise.all(pending)).every((code) => code === 'store.worker')).toBe(true);
    await expect(client.entryAt(0)).rejects.toMatchObject({ code: 'store.worker' });
    await client.close();
    await expect(client.entryAt(0)).rejects.toMatchObject({ code: 'store.closed' });
    const { tip, repaired } = await client.open();
    expect(repaired).toBe(0);
    expect(tip.header.height).toBeGreaterThanOrEqual(1);
  });

  test('says that it is over when the thread dies by itself, and nothing when it is closed', async () => {
    const told: Error[] = [];
    const watched = new ChainStoreClient({ path: directory.path, genesis }, { onFailure: (error) => told.push(error) });
    await watched.open();
    await watched.close();
    expect(told).toEqual([]);
    await watched.open();
    await watched.terminate();
    await expect(watched.entryAt(0)).rejects.toMatchObject({ code: 'store.worker' });
    expect(told).toMatchObject([{ code: 'store.worker' }]);
    await watched.close();
  });

  test('leaves the event loop free while a full block is executed', async () => {
    const driver = await Driver.open(genesis, client);
    const transactions = Array.from({ length: 25 }, (_, n) => driver.registration(500 * n, 500));
    const { id, bytes, work } = driver.next(transactions);
    await client.putBlock(id, bytes, work);
    const before = performance.eventLoopUtilization();
    const { results } = await client.connect(id);
    const { utilization } = performance.eventLoopUtilization(before);
    expect(results).toHaveLength(25);
    // Executed on this thread, it would be above 0.9.
    expect(utilization).toBeLessThan(0.5);
  });
});
