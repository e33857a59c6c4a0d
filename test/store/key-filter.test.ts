import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { KeyFilter } from '../../node/store/key-filter.ts';
import { CheckedRows, openLevel } from '../../node/store/kv.ts';
import { temporaryDirectory } from './chain-fixture.ts';

const numbered = (n: number): Uint8Array => sha256(Uint8Array.of(n >> 16, n >> 8, n));

describe('a filter of keys', () => {
  test('never denies a key that was added', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 200 }), (keys) => {
        const filter = new KeyFilter();
        for (const key of keys) filter.add(key);
        for (const key of keys) expect(filter.mayHave(key)).toBe(true);
      }),
    );
  });

  test('denies nearly every other key', () => {
    const filter = new KeyFilter();
    for (let n = 0; n < 20_000; n++) filter.add(numbered(n));
    let others = 0;
    for (let n = 20_000; n < 40_000; n++) if (filter.mayHave(numbered(n))) others++;
    expect(others).toBeLessThan(20);
  });

  test('of a database finds what any batch put, also after it was removed and put again, and asks the engine no more', async () => {
    const { path, remove } = await temporaryDirectory();
    const level = await openLevel(join(path, 'rows'), { writeBuffer: 1 << 16, cache: 1 << 16 });
    try {
      const rows = new CheckedRows(level, new Map(), new KeyFilter());
      const [key, stored, other] = [numbered(1), numbered(2), numbered(3)];
      await rows.batch().put(key, Uint8Array.of(1)).write();
      await rows.batch().del(key).write();
      expect(rows.getSync(key)).toBeUndefined();
      await rows.batch().put(key, Uint8Array.of(2)).write();
      expect(rows.getSync(key)).toEqual(Uint8Array.of(2));
      await new CheckedRows(level, new Map()).batch().put(stored, Uint8Array.of(3)).write();
      expect(rows.getSync(stored)).toBeUndefined();
      for await (const [, value] of level.iterator({ gte: stored, limit: 1 })) {
        await rows.batch().putStored(stored, value.slice()).write();
      }
      expect(rows.getSync(stored)).toEqual(Uint8Array.of(3));
      expect(rows.getMany([other, key])).toEqual([undefined, Uint8Array.of(2)]);
    } finally {
      await level.close();
      await remove();
    }
  });
});
