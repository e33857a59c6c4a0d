import { cp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { patientKey } from '../../consensus/ledger/tables.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { type Level, openLevel } from '../../node/store/kv.ts';
import { numberKey, TABLE, tableKey } from '../../node/store/layout.ts';
import type { ChildRoots, OpenReport } from '../../node/store/ports.ts';
import { Driver, handle, temporaryDirectory, testGenesis } from './chain-fixture.ts';

// Twelve blocks; block n registers the handles 10 (n - 1) to 10 n - 1. Everything is still in the log when it is closed.
const BLOCKS = 12;
const PER_BLOCK = 10;
const genesis = testGenesis();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let copies = 0;
const history: { id: string; roots: ChildRoots }[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory();
  const store = new ChainDatabase({ path: join(directory.path, 'origin'), genesis });
  const driver = await Driver.open(genesis, store);
  history.push({ id: toHex(driver.tip.id), roots: driver.roots });
  for (let n = 0; n < BLOCKS; n++) {
    await driver.add([driver.registration(PER_BLOCK * n, PER_BLOCK)], n);
    history.push({ id: toHex(driver.tip.id), roots: driver.roots });
  }
  await store.close();
});

afterAll(() => directory.remove());

async function copy(): Promise<string> {
  const path = join(directory.path, `copy-${copies++}`);
  await cp(join(directory.path, 'origin'), path, { recursive: true });
  return path;
}

async function fileOf(path: string, ending: string): Promise<string> {
  const names = (await readdir(path)).filter((name) => name.endsWith(ending)).sort();
  return join(path, names[names.length - 1]);
}

async function edit(path: string, change: (level: Level) => Promise<unknown>): Promise<void> {
  const level = await openLevel(path, { writeBuffer: 1 << 20, cache: 1 << 20 });
  await change(level);
  await level.close();
}

/** Opens, checks that what is there is a true past of the chain, and builds on it; gives the report or the error's code. */
async function judge(path: string, checkBlocks?: number): Promise<OpenReport | string> {
  const store = new ChainDatabase({ path, genesis, ...(checkBlocks === undefined ? {} : { checkBlocks }) });
  try {
    const driver = await Driver.open(genesis, store);
    const { height } = driver.tip.header;
    expect(toHex(driver.tip.id)).toBe(history[height].id);
    expect(driver.roots).toEqual(history[height].roots);
    const keys = Array.from({ length: PER_BLOCK * BLOCKS }, (_, n) => patientKey(handle(n)));
    const rows = await store.states(keys);
    expect(rows.map((row) => row !== undefined)).toEqual(keys.map((_, n) => n < PER_BLOCK * height));
    driver.sequence = height;
    await driver.add([driver.registration(PER_BLOCK * height, PER_BLOCK)], height);
    if (height < BLOCKS) expect(driver.roots).toEqual(history[height + 1].roots);
    for (let n = height + 1; n > 0 && n > height - 2; n--) await store.disconnect();
    return driver.report;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !code.startsWith('store.')) throw error;
    return code;
  } finally {
    await store.close();
  }
}

const openedAt = (result: OpenReport | string): number => (typeof result === 'string' ? -1 : result.tip.header.height);

describe('a damaged log', () => {
  test('that is cut off leaves an earlier, whole chain', async () => {
    const size = (await readFile(await fileOf(join(directory.path, 'origin'), '.log'))).length;
    const heights = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size }), async (keep) => {
        const path = await copy();
        await truncate(await fileOf(path, '.log'), keep);
        const result = await judge(path);
        expect(result).toMatchObject({ repaired: 0 });
        heights.add(openedAt(result));
      }),
      { numRuns: 25 },
    );
    expect(heights.size).toBeGreaterThan(3);
  });

  test('with a flipped byte gives a true past of the chain, or says that it is damaged', async () => {
    const log = await readFile(await fileOf(join(directory.path, 'origin'), '.log'));
    const results: (OpenReport | string)[] = [];
    await fc.assert(
      fc.asyncProperty(fc.nat(log.length - 1), fc.integer({ min: 1, max: 255 }), async (at, xor) => {
        const path = await copy();
        const damaged = Uint8Array.from(log);
        damaged[at] ^= xor;
        await writeFile(await fileOf(path, '.log'), damaged);
        const result = await judge(path);
        if (typeof result === 'string') expect(result).toBe('store.damaged');
        results.push(result);
      }),
      { numRuns: 40 },
    );
    expect(results).toContain('store.damaged');
    expect(results.some((result) => typeof result !== 'string')).toBe(true);
  });
});

describe('damaged rows', () => {
  const tipKey = (table: number): Uint8Array => numberKey(table, BLOCKS);
  const bad = Uint8Array.of(1, 2, 3, 4, 5, 6);

  test('of the last block alone are left behind by undoing it; it stays as a side block', async () => {
    for (const change of [
      (level: Level) => level.del(tipKey(TABLE.roots)),
      (level: Level) => level.put(tipKey(TABLE.height), bad),
    ]) {
      const path = await copy();
      await edit(path, change);
      const result = await judge(path);
      expect(result).toMatchObject({ repaired: 1 });
      expect(openedAt(result)).toBe(BLOCKS - 1);
    }
  });

  test('of the state are an error when they are read, and left behind at the next start', async () => {
    const path = await copy();
    const state = tableKey(TABLE.state, patientKey(handle(PER_BLOCK * BLOCKS - 1)));
    await edit(path, (level) => level.put(state, bad));
    expect(await judge(path)).toBe('store.damaged');
    const result = await judge(path);
    expect(result).toMatchObject({ repaired: 1, side: [{ header: { height: BLOCKS } }] });
    expect(await judge(path)).toMatchObject({ repaired: 0 });
  });

  test('of the body of the last block cost that block only', async () => {
    const path = await copy();
    const tip = Uint8Array.from(Buffer.from(history[BLOCKS].id, 'hex'));
    await edit(path, (level) => level.put(tableKey(TABLE.block, tip), bad));
    const result = await judge(path);
    expect(result).toMatchObject({ repaired: 1, side: [] });
  });

  test('of the tree or the journal are made anew from the state, which must have the root of the chain', async () => {
    const path = await copy();
    await edit(path, async (level) => {
      for await (const [row] of level.iterator({ gte: tableKey(TABLE.tree), limit: 1 })) await level.put(row, bad);
      await level.del(numberKey(TABLE.journal, 4));
    });
    const result = await judge(path);
    expect(result).toMatchObject({ repaired: 0 });
    expect(openedAt(result)).toBe(BLOCKS);
    expect(openedAt(await judge(path))).toBeGreaterThan(0);
  });

  test('that no undo within reach restores stay an error, however often it is tried', async () => {
    const early = tableKey(TABLE.state, patientKey(handle(0)));
    const path = await copy();
    await edit(path, (level) => level.put(early, bad));
    for (let n = 0; n < 3; n++) expect(await judge(path, 3)).toBe('store.damaged');
    expect(await judge(path)).toMatchObject({ repaired: BLOCKS, tip: { header: { height: 0 } } });
  });

  test('of a past that no window reaches are an error once something is suspect', async () => {
    for (const change of [
      (level: Level) => level.del(numberKey(TABLE.height, 3)),
      (level: Level) => level.del(tableKey(TABLE.entry, Uint8Array.from(Buffer.from(history[3].id, 'hex')))),
    ]) {
      const path = await copy();
      await edit(path, async (level) => {
        await change(level);
        await level.del(numberKey(TABLE.journal, 4));
      });
      expect(await judge(path, 4)).toBe('store.damaged');
    }
  });

  test('of the tip are an error', async () => {
    const path = await copy();
    await edit(path, (level) => level.put(new TextEncoder().encode('mtip'), bad));
    expect(await judge(path)).toBe('store.damaged');
  });
});
