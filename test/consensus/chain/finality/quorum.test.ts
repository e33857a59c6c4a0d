import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasQuorum, sameLink, slashable, voteKeyOf } from '../../../../consensus/chain/finality/quorum.ts';
import type { Link } from '../../../../consensus/chain/finality/types.ts';
import { checkpoint, voterSet } from './samples.ts';

const vote = (link: Link, clinic = 1) => ({ link, clinic, signature: new Uint8Array(64) });
const link = (source: number, target: number, branch = 0): Link => ({
  set: 0,
  source: checkpoint(source),
  target: checkpoint(target, branch),
});
const small: fc.Arbitrary<Link> = fc
  .tuple(fc.nat(3), fc.uniqueArray(fc.nat(6), { minLength: 2, maxLength: 2 }), fc.nat(1))
  .map(([, [a, b], branch]) => link(Math.min(a, b), Math.max(a, b), branch));

describe('quorum', () => {
  it('is more than two thirds: exactly two thirds are not enough', () => {
    for (const [voters, least] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 3],
      [5, 4],
      [6, 5],
      [7, 5],
      [100, 67],
    ]) {
      const clinics = Array.from({ length: voters }, (_, index) => index + 1);
      const sets = { current: { id: 0, voters: clinics.map((number) => ({ number, voteKey: new Uint8Array(32) })) } };
      const first = (count: number) => hasQuorum({ ...sets, previous: undefined }, new Set(clinics.slice(0, count)));
      expect(first(least)).toBe(true);
      expect(first(least - 1)).toBe(false);
    }
  });

  it('of nobody is never reached', () => {
    expect(hasQuorum({ current: voterSet(0, []), previous: undefined }, new Set([1, 2]))).toBe(false);
  });

  it('counts no stranger', () => {
    const sets = { current: voterSet(0, [1, 2, 3, 4]), previous: undefined };
    expect(hasQuorum(sets, new Set([1, 2, 7, 8, 9]))).toBe(false);
    expect(voteKeyOf(sets, 7)).toBeUndefined();
  });

  it('two of one set always share more than a third of its voters', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), fc.nat(), (size, a, b) => {
        const voters = Array.from({ length: size }, (_, index) => ({ number: index, voteKey: new Uint8Array(32) }));
        const sets = { current: { id: 0, voters }, previous: undefined };
        const pick = (mask: number) => new Set(voters.map(({ number }) => number).filter((n) => (mask >> n) & 1));
        const [left, right] = [pick(a), pick(b)];
        if (!hasQuorum(sets, left) || !hasQuorum(sets, right)) return;
        expect(3 * [...left].filter((clinic) => right.has(clinic)).length).toBeGreaterThan(size);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes the key of the new set where a clinic has one in both', () => {
    const [current, previous] = [voterSet(1, [1, 2]), voterSet(0, [1, 3])];
    const rotated = {
      ...previous,
      voters: previous.voters.map((voter) => ({ ...voter, voteKey: new Uint8Array(32) })),
    };
    expect(voteKeyOf({ current, previous: rotated }, 1)).toBe(current.voters[0].voteKey);
    expect(voteKeyOf({ current, previous: rotated }, 3)).toEqual(new Uint8Array(32));
  });
});

describe('two votes of one clinic', () => {
  it('are a crime for one target epoch, and when one surrounds the other', () => {
    expect(slashable(vote(link(1, 2)), vote(link(1, 2, 1)))).toBe('double');
    expect(slashable(vote(link(0, 2)), vote(link(1, 2)))).toBe('double');
    expect(slashable(vote(link(0, 3)), vote(link(1, 2)))).toBe('surround');
    expect(slashable(vote(link(1, 2)), vote(link(0, 3)))).toBe('surround');
  });

  it('are none when they follow each other, are the same, or are of two clinics', () => {
    expect(slashable(vote(link(0, 1)), vote(link(1, 2)))).toBeUndefined();
    expect(slashable(vote(link(0, 1)), vote(link(0, 2)))).toBeUndefined();
    expect(slashable(vote(link(1, 2)), vote(link(1, 2)))).toBeUndefined();
    expect(slashable(vote(link(1, 2)), vote(link(1, 2, 1), 2))).toBeUndefined();
  });

  it('are judged alike in either order, and never when target and source both only grow', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(slashable(vote(a), vote(b))).toBe(slashable(vote(b), vote(a)));
        const grows = b.target.epoch > a.target.epoch && b.source.epoch >= a.source.epoch;
        if (grows || sameLink(a, b)) expect(slashable(vote(a), vote(b))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
