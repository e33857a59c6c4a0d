import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareBytes, equalBytes } from '../../common/bytes.ts';
import { MemoryLevel } from '../../node/simulation/memory-level.ts';
import type { Row } from '../../node/store/kv.ts';

const key = fc.uint8Array({ minLength: 1, maxLength: 3 });
const write = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined }) });

it('reads and ranges as a sorted list does, over any writes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 1500 }),
      fc.record({ gte: key, lt: key, reverse: fc.boolean(), limit: fc.integer({ min: -1, max: 20 }) }),
      async (writes, range) => {
        const level = new MemoryLevel();
        let model: Row[] = [];
        for (const { key: name, value } of writes) {
          model = model.filter(([known]) => !equalBytes(known, name));
          if (value === undefined) await level.batch([{ type: 'del', key: name }]);
          else {
            await level.batch([{ type: 'put', key: name, value }]);
            model.push([name, value]);
          }
        }
        model.sort(([a], [b]) => compareBytes(a, b));
        const inside = model.filter(([k]) => compareBytes(k, range.gte) >= 0 && compareBytes(k, range.lt) < 0);
        const expected = range.reverse ? inside.reverse() : inside;
        const found: Row[] = [];
        for await (const row of level.iterator(range)) found.push(row);
        expect(found).toEqual(range.limit < 0 ? expected : expected.slice(0, range.limit));
        for (const [k, value] of model) expect(level.getSync(k)).toEqual(value);
        const all: Row[] = [];
        for await (const row of level.iterator()) all.push(row);
        expect(all).toEqual(model);
      },
    ),
    { numRuns: 40 },
  );
});
