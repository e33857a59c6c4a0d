import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { merkleProof, verifyMerkleProof } from '../../consensus/merkle.ts';
import { appendRange, emptyRange, type MountainRange, rangeRoot } from '../../consensus/mountain-range.ts';
import { type History, historyProof } from '../../node/store/history-proof.ts';

const id = (height: number): Uint8Array => sha256(Uint8Array.of(height >> 16, height >> 8, height));

/** What the database has: the range after every height. */
function historyOf(length: number): History & { ranges: MountainRange[]; reads: number } {
  const ranges = [emptyRange];
  for (let height = 0; height < length; height++) ranges.push(appendRange(ranges[height], id(height)));
  return {
    ranges,
    reads: 0,
    async range(count) {
      this.reads++;
      return ranges[count];
    },
    async id(height) {
      this.reads++;
      return id(height);
    },
  };
}

describe('a proof from stored ranges', () => {
  const history = historyOf(300);
  const ids = Array.from({ length: 300 }, (_, height) => id(height));

  test('is the Merkle proof over the same ids, for every block and every later one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(), async (count, n) => {
        const index = n % count;
        expect(await historyProof(history, index, count)).toEqual(merkleProof(ids.slice(0, count), index));
      }),
      { numRuns: 300 },
    );
  });

  test('reads some rows for each level, however long the chain', async () => {
    const long = historyOf(20_000);
    for (const index of [0, 1, 9_999, 16_383, 16_384, 19_998]) {
      long.reads = 0;
      const proof = await historyProof(long, index, 19_999);
      expect(verifyMerkleProof(rangeRoot(long.ranges[19_999]), id(index), index, 19_999, proof)).toBe(true);
      expect(long.reads).toBeLessThan(15 * 15);
    }
  });
});
