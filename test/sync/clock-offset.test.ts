import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../node/sync/clock-offset.ts';

const NOW = 1_760_000_000_000;

describe('how far a clock is off', () => {
  it('is nothing while one other clinic alone says so', () => {
    const clocks = new ClockOffset();
    expect(clocks.median).toBe(0);
    clocks.heard('a', NOW + 90_000, NOW);
    expect(clocks.median).toBe(0);
  });

  it('is the median of all clocks, and forgets who has gone', () => {
    const clocks = new ClockOffset();
    clocks.heard('a', NOW + 50_000, NOW);
    clocks.heard('b', NOW + 40_000, NOW);
    expect(clocks.median).toBe(40_000);
    clocks.forget('b');
    expect(clocks.median).toBe(0);
  });

  it('stays within what the honest say while liars are fewer', () => {
    const offset = fc.integer({ min: -2_000, max: 2_000 });
    const lie = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(
        fc.array(offset, { minLength: 1, maxLength: 20 }),
        fc.array(lie, { maxLength: 20 }),
        (honest, lies) => {
          const clocks = new ClockOffset();
          for (const [i, ahead] of honest.entries()) clocks.heard(`honest ${i}`, NOW + ahead, NOW);
          for (const [i, ahead] of lies.slice(0, honest.length).entries()) clocks.heard(`liar ${i}`, NOW + ahead, NOW);
          expect(clocks.median).toBeGreaterThanOrEqual(Math.min(0, ...honest));
          expect(clocks.median).toBeLessThanOrEqual(Math.max(0, ...honest));
        },
      ),
    );
  });
});
