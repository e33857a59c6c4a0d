// Rows of one moment while writes go on, on the real engine: pages, what is held back, and that no moment of the engine
// stays open while something is written.
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import {
  type Level,
  type LevelIterator,
  type Operation,
  openLevel,
  pages,
  type Row,
  writeLevel,
} from '../../node/store/kv.ts';
import { PastRows } from '../../node/store/past-rows.ts';
import { temporaryDirectory } from './chain-fixture.ts';

const MEMORY = { writeBuffer: 1 << 20, cache: 1 << 20 };
const VALUE = 700;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

const keyOf = (n: number): Uint8Array => Uint8Array.of(1, n >> 8, n & 255);
const filled = (n: number): Uint8Array => new Uint8Array(VALUE).fill(n);
const put = (key: number, value: number): Operation => ({ type: 'put', key: keyOf(key), value: filled(value) });
const shown = (rows: readonly Row[]): string[] => rows.map(([key, value]) => `${toHex(key)}=${value[0]}`).sort();

async function open(name: string, count: number): Promise<Level> {
  const level = await openLevel(join(directory.path, name), MEMORY);
  await writeLevel(
    level,
    Array.from({ length: count }, (_, n) => put(n, n & 255)),
    false,
  );
  return level;
}

it('gives every row of a range once and in order, forwards, backwards and up to a limit', async () => {
  const level = await open('range', 1500);
  for (const reverse of [false, true]) {
    for (const limit of [undefined, 1, 700]) {
      const found: Uint8Array[] = [];
      const range = { gte: keyOf(10), lt: keyOf(1400), reverse, ...(limit === undefined ? {} : { limit }) };
      for await (const page of pages(level, range)) for (const [key] of page) found.push(key);
      const expected = Array.from({ length: 1390 }, (_, n) => keyOf(reverse ? 1399 - n : n + 10));
      expect(found.map(toHex)).toEqual(expected.slice(0, limit).map(toHex));
    }
  }
  await level.close();
});

it('gives the rows of one moment whatever is written while they are read', async () => {
  let run = 0;
  const change = fc.record({ at: fc.nat(1599), key: fc.nat(1999), value: fc.option(fc.nat(255)) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 60 }), async (changes) => {
      const level = await open(`moment-${run++}`, 1600);
      const expected: Row[] = Array.from({ length: 1600 }, (_, n) => [keyOf(n), filled(n & 255)]);
      const past = new PastRows(pages(level, { gte: keyOf(0) }), { maxHeld: 1000 });
      const found: Row[] = [];
      for await (const row of past.rows()) {
        for (const { key, value } of changes.filter(({ at }) => at === found.length)) {
          past.before(keyOf(key), (await level.get(keyOf(key))) ?? null);
          await writeLevel(level, [value === null ? { type: 'del', key: keyOf(key) } : put(key, value)], false);
        }
        found.push(row);
      }
      expect(shown(found)).toEqual(shown(expected));
      await level.close();
    }),
    { numRuns: 15 },
  );
});

it('fails when more changed meanwhile than it may keep apart', async () => {
  const level = await open('much', 1600);
  const past = new PastRows(pages(level, { gte: keyOf(0) }), { maxHeld: 2 });
  const read = async (): Promise<void> => {
    let count = 0;
    for await (const _ of past.rows()) if (count++ === 0) for (let n = 1590; n < 1600; n++) past.before(keyOf(n), null);
  };
  await expect(read()).rejects.toMatchObject({ code: 'store.changed' });
  await level.close();
});

it('writes nothing while the engine looks at a moment, and looks at none between pages', async () => {
  const level = await open('gate', 1600);
  let looking = 0;
  const watched: Level = new Proxy(level, {
    get: (target, name) => {
      if (name === 'iterator') {
        return (range: object): Pick<LevelIterator, 'nextv' | 'close'> => {
          looking++;
          const iterator = target.iterator(range);
          return {
            nextv: (size) => iterator.nextv(size),
            close: async () => {
              await iterator.close();
              looking--;
            },
          };
        };
      }
      if (name === 'batch') {
        return (operations: Operation[]) => {
          expect(looking).toBe(0);
          return target.batch(operations);
        };
      }
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  let writes = 0;
  const reading = (async () => {
    for await (const page of pages(watched, {})) {
      expect(page.length).toBeGreaterThan(0);
      await writeLevel(watched, [put(5, 1)], false);
    }
  })();
  while (writes < 20) {
    await writeLevel(watched, [put(writes++, 9)], false);
  }
  await reading;
  await level.close();
});
