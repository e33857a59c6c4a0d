import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { betterHolding, betterTip, compareTips } from '../../../consensus/chain/fork-choice.ts';
import { bytesOf } from './samples.ts';

// Few values, so that equal work and equal ids are common.
const tips = fc.record({
  work: fc.oneof(fc.bigInt({ min: 0n, max: 3n }), fc.constant((1n << 200n) + 1n)),
  id: fc.oneof(
    fc.nat(3).map((last) => new Uint8Array(32).fill(last, 31)),
    bytesOf(32),
  ),
});
type Tip = { work: bigint; id: Uint8Array };
const same = (a: Tip, b: Tip) => a.work === b.work && toHex(a.id) === toHex(b.id);

describe('fork choice', () => {
  it('is a total order: exactly one of two different tips is better, and it is transitive', () => {
    fc.assert(
      fc.property(tips, tips, tips, (a, b, c) => {
        expect(betterTip(a, b) || betterTip(b, a)).toBe(!same(a, b));
        expect(betterTip(a, b) && betterTip(b, a)).toBe(false);
        if (betterTip(a, b) && betterTip(b, c)) expect(betterTip(a, c)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same tip in whatever order tips arrive', () => {
    fc.assert(
      fc.property(fc.array(tips, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (list, swaps) => {
        const best = (order: readonly Tip[]) => order.reduce((held, tip) => (betterTip(tip, held) ? tip : held));
        const shuffled = list
          .map((tip) => ({ tip, at: swaps.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ tip }) => tip);
        expect(same(best(shuffled), best(list))).toBe(true);
        expect(same([...list].sort(compareTips)[0], best(list))).toBe(true);
      }),
    );
  });

  it('prefers more work whatever the ids, and the lower id on equal work', () => {
    const low = new Uint8Array(32);
    const high = new Uint8Array(32).fill(255);
    expect(betterTip({ work: 2n, id: high }, { work: 1n, id: low })).toBe(true);
    expect(betterTip({ work: 1n, id: low }, { work: 1n, id: high })).toBe(true);
  });

  it('puts a tip that holds the justified checkpoint before any that does not, whatever their work', () => {
    const held = fc.record({ tip: tips, holds: fc.boolean() });
    fc.assert(
      fc.property(held, held, (a, b) => {
        const holds = (tip: Tip): boolean => (tip === a.tip ? a.holds : b.holds);
        const expected = a.holds === b.holds ? betterTip(a.tip, b.tip) : a.holds;
        expect(betterHolding(a.tip, b.tip, holds)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
