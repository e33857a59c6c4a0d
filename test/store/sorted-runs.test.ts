// Rows sorted in files beside a database: what was added comes out once, in order, each with its checksum.
import { rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareBytes, toHex } from '../../common/bytes.ts';
import { CheckedRows, openLevel } from '../../node/store/kv.ts';
import { TABLE, TABLE_NAMES, tableKey } from '../../node/store/layout.ts';
import type { PartRow } from '../../node/store/snapshot/part.ts';
import { SortedRuns, type StoredRow } from '../../node/store/snapshot/sorted-runs.ts';
import { temporaryDirectory } from './chain-fixture.ts';

let directory: { path: string; remove(): Promise<void> };

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => directory.remove());

async function allOf(runs: SortedRuns): Promise<readonly StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const batch of runs.merged()) rows.push(...batch);
  return rows;
}

const bytes = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }) },
  // Shorter than what is compared first, one the beginning of another.
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(0, 105), { minLength: 1, maxLength: 6 }).map((of) => Uint8Array.from(of)),
  },
  // Alike in more bytes than a number holds.
  fc.uint8Array({ maxLength: 3 }).map((end) => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, ...end)),
);
const someRows = fc.uniqueArray(fc.record({ key: bytes, value: fc.uint8Array({ maxLength: 5_000 }) }), {
  maxLength: 120,
  selector: ({ key }) => toHex(key),
});

describe('sorted runs', () => {
  it('give all rows back in the order of their keys, as a database reads them', async () => {
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(someRows, fc.integer({ min: 15, max: 60 }), async (rows, each) => {
        const place = join(directory.path, `${turn++}`);
        const runs = new SortedRuns({ directory: `${place}.runs` });
        await runs.begin(0, 0);
        for (let at = 0; at < rows.length; at += each) {
          runs.add(rows.slice(at, at + each));
          await runs.keep();
        }
        const merged = await allOf(runs);
        const expected = rows.toSorted((a, b) => compareBytes(a.key, b.key));
        expect(merged.map(([key]) => toHex(key))).toEqual(expected.map(({ key }) => toHex(tableKey(TABLE.state, key))));
        const level = await openLevel(place, { writeBuffer: 1 << 20, cache: 1 << 20 });
        const stored = new CheckedRows(level, TABLE_NAMES);
        const batch = stored.batch();
        for (const [key, value] of merged) batch.putStored(key, value);
        await batch.write();
        expect(stored.getMany(expected.map(({ key }) => tableKey(TABLE.state, key)))).toEqual(
          expected.map(({ value }) => value),
        );
        await level.close();
      }),
      { numRuns: 25 },
    );
  });

  it('go on after those that are kept, and forget the others', async () => {
    const row = (n: number): PartRow => ({ key: Uint8Array.of(n), value: Uint8Array.of(n) });
    const first = new SortedRuns({ directory: join(directory.path, 'runs') });
    await first.begin(0, 0);
    for (const n of [5, 3]) {
      first.add([row(n)]);
      await first.keep();
    }
    const again = new SortedRuns({ directory: join(directory.path, 'runs') });
    await again.begin(1, 1);
    again.add([row(4)]);
    await again.keep();
    expect((await allOf(again)).map(([key]) => key[1])).toEqual([4, 5]);
  });

  it('say that a run is damaged when it ends within a row, between two, or is gone', async () => {
    const runs = new SortedRuns({ directory: join(directory.path, 'runs') });
    await runs.begin(0, 0);
    runs.add([1, 2].map((n) => ({ key: Uint8Array.of(n), value: new Uint8Array(100) })));
    await runs.keep();
    const path = join(directory.path, 'runs', '0');
    const { size } = await stat(path);
    expect(await allOf(runs)).toHaveLength(2);
    for (const length of [size - 50, size / 2, 0]) {
      await truncate(path, length);
      await expect(allOf(runs)).rejects.toMatchObject({ code: 'store.damaged' });
    }
    await rm(path);
    await expect(allOf(runs)).rejects.toMatchObject({ code: 'store.damaged' });
  });
});
