import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../common/canonical-json.ts';
import { MAX_USES, mergePart, mergeUses } from '../../../identity/people/merge.ts';
import { compareStamps, isTimely, MAX_STAMP_AHEAD_MS, StampClock } from '../../../identity/people/stamps.ts';
import type { Part, UsesPart } from '../../../identity/people/types.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { copies, stamp } from './generators.ts';

/** Many factors: more than are kept. */
const manyUses = fc
  .array(fc.tuple(fc.constantFrom('t', 'c', 'p'), fc.nat(200), fc.nat(1023), fc.nat(9)), {
    minLength: 60,
    maxLength: 120,
  })
  .map((all) =>
    all.reduce<UsesPart>(
      (uses, [letter, id, mark, at]) => mergeUses(uses, { [`${letter}-${`${id}`.padStart(22, '0')}`]: { mark, at } }),
      {},
    ),
  );

describe('merging parts of a record', () => {
  it('gives the same in every order, together or one by one, once or twice', () => {
    fc.assert(
      fc.property(copies, ([a, b, c]) => {
        expect(mergePart(a, b)).toEqual(mergePart(b, a));
        expect(mergePart(mergePart(a, b), c)).toEqual(mergePart(a, mergePart(b, c)));
        expect(mergePart(a, a)).toEqual(a);
        expect(mergePart(mergePart(a, b), b)).toEqual(mergePart(a, b));
      }),
      { numRuns: 500 },
    );
  });

  it('takes the later writing whole, removal too', () => {
    fc.assert(
      fc.property(copies, ([a, b]) => {
        fc.pre(a.name !== 'uses' && compareStamps(a.stamp, b.stamp) < 0);
        expect(mergePart(a, b)).toBe(b);
      }),
    );
  });

  it('takes removal where two writings bear one stamp', () => {
    fc.assert(
      fc.property(copies, ([a, b]) => {
        const removed = { ...b, stamp: a.stamp, value: null };
        expect(mergePart(a, removed)).toEqual(removed);
        expect(mergePart(removed, a)).toEqual(removed);
      }),
    );
  });

  it('never forgets that something was used', () => {
    fc.assert(
      fc.property(manyUses, manyUses, manyUses, (a, b, c) => {
        const both = mergeUses(a, b);
        expect(both).toEqual(mergeUses(b, a));
        expect(mergeUses(both, c)).toEqual(mergeUses(a, mergeUses(b, c)));
        expect(mergeUses(both, a)).toEqual(both);
        expect(Object.keys(both).length).toBeLessThanOrEqual(MAX_USES);
        const known = [...new Set([...Object.keys(a), ...Object.keys(b)])];
        const oldest = Object.keys(both)
          .map((id) => id.slice(2))
          .sort()[0];
        for (const id of known) {
          // What is left out was made before everything that is kept.
          if (!Object.hasOwn(both, id)) expect(id.slice(2) <= oldest).toBe(true);
          else for (const uses of [a, b]) if (Object.hasOwn(uses, id)) covers(id, both[id].mark, uses[id].mark);
        }
      }),
    );
  });

  it('keeps what was erased erased, whatever comes later', () => {
    const erased: Part<'uses'> = { user: 'u', name: 'uses', stamp: { time: 1, counter: 0, clinic: 1 }, value: null };
    const later: Part<'uses'> = {
      ...erased,
      stamp: { time: 9, counter: 0, clinic: 2 },
      value: { 't-0': { mark: 1, at: 1 } },
    };
    expect(mergePart(erased, later)).toEqual({ ...later, value: null });
    expect(mergePart(later, erased)).toEqual({ ...later, value: null });
  });

  it('refuses to mix parts, and is not led astray by names that every object has', () => {
    const part: Part<'uses'> = { user: 'u', name: 'uses', stamp: { time: 1, counter: 0, clinic: 1 }, value: {} };
    expect(() => mergePart(part, { ...part, user: 'v' })).toThrow(RangeError);
    const polluting = JSON.parse('{"__proto__": {"mark": 9, "at": 9}, "constructor": {"mark": 1, "at": 1}}');
    const merged = mergeUses({}, polluting);
    expect(Object.hasOwn(merged, '__proto__')).toBe(true);
    expect({}).not.toHaveProperty('mark');
    expect(canonicalJson({ b: 1, a: { d: [2, { z: 1, y: 2 }], c: null } })).toBe(
      '{"a":{"c":null,"d":[2,{"y":2,"z":1}]},"b":1}',
    );
  });
});

function covers(id: string, kept: number, mark: number): void {
  if (id.startsWith('c-')) expect(kept & mark).toBe(mark);
  else expect(kept).toBeGreaterThanOrEqual(mark);
}

describe('stamps', () => {
  it('only rise at one clinic, whatever its clock and the others do', () => {
    const step = fc.oneof(
      fc.record({ now: fc.integer({ min: -5, max: 20 }) }),
      fc.record({ saw: stamp.map((each) => ({ ...each, time: 8 * each.time })) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let time = 5;
        const clock = new StampClock({ clinic: 2 }, { clock: { now: () => time } });
        let last = clock.next();
        for (const each of steps) {
          if ('now' in each) time = each.now;
          else {
            clock.saw(each.saw);
            if (compareStamps(last, each.saw) < 0) last = each.saw;
          }
          const next = clock.next();
          expect(compareStamps(next, last)).toBeGreaterThan(0);
          expect(next.time).toBeGreaterThanOrEqual(time);
          last = next;
        }
      }),
    );
  });

  it('order everything, and tell those of a clock that is far ahead', () => {
    fc.assert(
      fc.property(stamp, stamp, stamp, (a, b, c) => {
        expect(Math.sign(compareStamps(a, b))).toBe(-Math.sign(compareStamps(b, a)) + 0);
        if (compareStamps(a, b) <= 0 && compareStamps(b, c) <= 0) expect(compareStamps(a, c)).toBeLessThanOrEqual(0);
      }),
    );
    const now = new ManualClock().now();
    expect(isTimely({ time: now + MAX_STAMP_AHEAD_MS, counter: 0, clinic: 1 }, now)).toBe(true);
    expect(isTimely({ time: now + MAX_STAMP_AHEAD_MS + 1, counter: 0, clinic: 1 }, now)).toBe(false);
  });
});
