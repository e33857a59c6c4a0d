import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigIntToBytes } from '../../../common/bytes.ts';
import { meetsTarget, workOf } from '../../../consensus/chain/work.ts';
import { targetFor } from '../../../consensus/params.ts';

const u256 = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n });

describe('work', () => {
  it('is met by an id equal to the target or below, and by none above', () => {
    fc.assert(
      fc.property(u256, u256, (id, target) => {
        expect(meetsTarget(bigIntToBytes(id, 32), target)).toBe(id <= target);
        expect(meetsTarget(bigIntToBytes(target, 32), target)).toBe(true);
      }),
    );
  });

  it('is the number of hashes that the target was made for', () => {
    for (const hashes of [1n, 2n, 1_400_000n, 1n << 34n]) expect(workOf(targetFor(hashes))).toBe(hashes);
    expect(workOf(0n)).toBe(1n << 256n);
    expect(workOf((1n << 256n) - 1n)).toBe(1n);
  });

  it('never grows with an easier target', () => {
    fc.assert(
      fc.property(u256, u256, (a, b) => {
        expect(a <= b ? workOf(a) >= workOf(b) : workOf(a) <= workOf(b)).toBe(true);
      }),
    );
  });
});
