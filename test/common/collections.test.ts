import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { BoundedQueue, type DropPolicy } from '../../common/collections/bounded-queue.ts';

describe('BoundedMap', () => {
  const key = fc.integer({ min: 0, max: 7 });
  const step = fc.oneof(
    fc.record({
      act: fc.constantFrom('set' as const, 'delete' as const, 'touch' as const, 'get' as const),
      key,
      value: fc.nat(),
    }),
  );

  test.each(['evict', 'refuse'] as const)(
    'follows a list model and never holds more than its maximum (%s)',
    (whenFull) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (maxEntries, steps) => {
          const evicted: [number, number][] = [];
          const map = new BoundedMap<number, number>({
            maxEntries,
            whenFull,
            onEvict: (...entry) => evicted.push(entry),
          });
          let model: [number, number][] = [];
          const modelEvicted: [number, number][] = [];
          for (const { act, key, value } of steps) {
            const known = model.find(([one]) => one === key);
            if (act === 'set') {
              const room = known !== undefined || model.length < maxEntries || whenFull === 'evict';
              expect(map.set(key, value)).toBe(room);
              if (known !== undefined) known[1] = value;
              else if (room) {
                if (model.length >= maxEntries) modelEvicted.push(...model.splice(0, 1));
                model.push([key, value]);
              }
            } else if (act === 'delete') {
              expect(map.delete(key)).toBe(known !== undefined);
              model = model.filter(([one]) => one !== key);
            } else if (act === 'touch') {
              expect(map.touch(key)).toBe(known?.[1]);
              if (known !== undefined) model = [...model.filter((one) => one !== known), known];
            } else {
              expect([map.get(key), map.has(key)]).toEqual([known?.[1], known !== undefined]);
            }
            expect([...map]).toEqual(model);
            expect(map.size).toBeLessThanOrEqual(maxEntries);
          }
          expect(evicted).toEqual(modelEvicted);
          expect([[...map.keys()], [...map.values()]]).toEqual([
            model.map(([one]) => one),
            model.map(([, value]) => value),
          ]);
        }),
      );
    },
  );

  test('touch keeps a value of undefined', () => {
    const map = new BoundedMap<string, undefined>({ maxEntries: 2 });
    map.set('a', undefined);
    map.set('b', undefined);
    map.touch('a');
    expect([...map.keys()]).toEqual(['b', 'a']);
  });

  test('is empty after clear', () => {
    const map = new BoundedMap({ maxEntries: 2 });
    map.set(1, 1);
    map.clear();
    expect(map.size).toBe(0);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses a maximum of %d', (maxEntries) => {
    expect(() => new BoundedMap({ maxEntries })).toThrow(RangeError);
    expect(() => new BoundedQueue({ maxItems: maxEntries })).toThrow(RangeError);
  });
});

describe('BoundedQueue', () => {
  const step = fc.constantFrom('push' as const, 'push' as const, 'push' as const, 'shift' as const, 'drain' as const);

  test.each<DropPolicy>(['newest', 'oldest'])('follows a list model and loses nothing silently (drop %s)', (drop) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 200 }), (maxItems, steps) => {
        const dropped: number[] = [];
        const queue = new BoundedQueue<number>({ maxItems, drop, onDrop: (item) => dropped.push(item) });
        const model: number[] = [];
        const modelDropped: number[] = [];
        for (const [item, act] of steps.entries()) {
          if (act === 'push') {
            const full = model.length >= maxItems;
            expect(queue.push(item)).toBe(!(full && drop === 'newest'));
            if (full && drop === 'newest') modelDropped.push(item);
            else {
              if (full) modelDropped.push(...model.splice(0, 1));
              model.push(item);
            }
          } else if (act === 'shift') expect(queue.shift()).toBe(model.shift());
          else expect(queue.drain()).toEqual(model.splice(0));
          expect(queue.size).toBe(model.length);
        }
        expect(dropped).toEqual(modelDropped);
      }),
    );
  });
});
