import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Gcra } from '../../common/gcra.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const allowed = { ok: true };

function limiter(rate: number, burst: number, maxKeys = 100): { gcra: Gcra; clock: ManualClock } {
  const clock = new ManualClock();
  return { clock, gcra: new Gcra({ rate, burst, maxKeys }, { clock }) };
}

describe('Gcra', () => {
  test('what one unit takes to come back is no more than that, wherever between two milliseconds the clock stands', () => {
    // Where a sum passes a power of two it is rounded.
    const before = fc.nat(9_000_000_000).map((share) => share / 977_777);
    fc.assert(
      fc.property(fc.integer({ min: 14, max: 31 }), before, (power, ms) => {
        const start = 2 ** power - ms;
        const gcra = new Gcra({ rate: 0.1, burst: 10, maxKeys: 4 }, { clock: { monotonic: () => start } });
        expect(Math.ceil(gcra.takeAndTell('a').resetMs / 1000)).toBe(10);
      }),
    );
  });

  test('over any schedule, in any span, a key never gets more than rate * span + burst', () => {
    const act = fc.record({
      wait: fc.oneof(fc.constant(0), fc.nat(400), fc.nat(20_000)),
      cost: fc.integer({ min: 1, max: 6 }),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
    });
    const settings = fc.record({
      rate: fc.double({ min: 0.05, max: 50, noNaN: true }),
      burst: fc.integer({ min: 1, max: 20 }),
      maxKeys: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(settings, fc.array(act, { maxLength: 80 }), ({ rate, burst, maxKeys }, acts) => {
        const { gcra, clock } = limiter(rate, burst, maxKeys);
        const taken: { at: number; cost: number; key: string }[] = [];
        for (const { wait, cost, key } of acts) {
          clock.advance(wait);
          if (gcra.take(key, cost).ok) taken.push({ at: clock.monotonic(), cost, key });
          expect(gcra.size).toBeLessThanOrEqual(maxKeys);
        }
        for (const key of ['a', 'b', 'c', 'd']) {
          const own = taken.filter((one) => one.key === key);
          for (let from = 0; from < own.length; from++) {
            let units = 0;
            for (const { at, cost } of own.slice(from)) {
              units += cost;
              expect(units).toBeLessThanOrEqual(((at - own[from].at) / 1000) * rate + burst + 1e-6);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('units that are given back were never taken, and none are won by it', () => {
    const act = fc.record({ wait: fc.nat(3000), cost: fc.integer({ min: 1, max: 4 }), back: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const { gcra, clock } = limiter(1, 5);
        const { gcra: other, clock: otherClock } = limiter(1, 5);
        for (const { wait, cost, back } of acts) {
          clock.advance(wait);
          otherClock.advance(wait);
          if (back && gcra.take('a', cost).ok) gcra.giveBack('a', cost);
          else if (!back) expect(gcra.take('a', cost)).toEqual(other.take('a', cost));
          gcra.giveBack('nobody', cost);
        }
        expect(gcra.size).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('whoever keeps to the rate is never refused', () => {
    const { gcra, clock } = limiter(10, 1);
    for (let i = 0; i < 100; i++) {
      expect(gcra.take('a')).toEqual(allowed);
      clock.advance(100);
    }
  });

  test('gives the burst at once, then says when to come back, and that is enough', () => {
    const { gcra, clock } = limiter(2, 3);
    for (let i = 0; i < 3; i++) expect(gcra.take('a')).toEqual(allowed);
    expect(gcra.take('a')).toEqual({ ok: false, retryAfterMs: 500 });
    clock.advance(499);
    expect(gcra.take('a').ok).toBe(false);
    clock.advance(1);
    expect(gcra.take('a')).toEqual(allowed);
  });

  test('a refusal costs nothing, however often it is asked for', () => {
    const { gcra, clock } = limiter(1, 1);
    gcra.take('a');
    for (let i = 0; i < 50; i++) gcra.take('a');
    clock.advance(1000);
    expect(gcra.take('a')).toEqual(allowed);
  });

  test('a key at rest gets its whole burst at any fraction of a ms', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0.05, max: 50, noNaN: true }),
        (now, rate) => {
          const { gcra, clock } = limiter(rate, 4);
          clock.advance(now);
          expect(gcra.take('a', 4)).toEqual(allowed);
          expect(gcra.take('a').ok).toBe(false);
        },
      ),
    );
  });

  test('keys do not touch each other', () => {
    const { gcra } = limiter(1, 1);
    expect(gcra.take('a')).toEqual(allowed);
    expect(gcra.take('b')).toEqual(allowed);
    expect(gcra.take('a').ok).toBe(false);
  });

  test('a cost above the burst never fits', () => {
    expect(limiter(1, 5).gcra.take('a', 6)).toEqual({ ok: false, retryAfterMs: Number.POSITIVE_INFINITY });
    expect(limiter(1, 5).gcra.take('a', 5)).toEqual(allowed);
  });

  test('when full it refuses new keys until an old one is as good as new, and never gives a second burst', () => {
    const { gcra, clock } = limiter(1, 2, 2);
    gcra.take('a', 2);
    gcra.take('b', 1);
    expect(gcra.take('c')).toEqual({ ok: false, retryAfterMs: 2000 });
    clock.advance(2000);
    expect(gcra.take('c')).toEqual(allowed);
    expect(gcra.size).toBe(2);
    expect(gcra.take('b')).toEqual(allowed);
  });

  test('a key in steady use does not keep the places of idle ones', () => {
    const { gcra, clock } = limiter(1, 2, 2);
    gcra.take('steady');
    gcra.take('idle');
    clock.advance(1500);
    gcra.take('steady');
    expect(gcra.take('new')).toEqual(allowed);
  });

  test.each([
    [0, 1],
    [1, 0],
    [-1, 1],
    [Number.NaN, 1],
  ])('refuses a rate of %d with a burst of %d', (rate, burst) => {
    expect(() => limiter(rate, burst)).toThrow(RangeError);
  });
});
