import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link, Vote } from '../../consensus/chain/finality/types.ts';
import {
  type Evidence,
  MAX_EPOCHS_AHEAD,
  MAX_FINAL_EPOCHS_KEPT,
  MAX_POOL_EPOCHS,
  VotePool,
} from '../../node/voter/vote-pool.ts';
import { checkpoint } from '../consensus/chain/finality/samples.ts';

const KEYS = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill));
const [KEY, OTHER_KEY] = KEYS;
const NO_SIGNATURE = new Uint8Array(64);

function vote(clinic: number, source: number, target: number, branch = 0): Vote {
  const link: Link = { set: 0, source: checkpoint(source), target: checkpoint(target, branch) };
  return { link, clinic, signature: NO_SIGNATURE };
}

function newPool(): { pool: VotePool; evidence: Evidence[] } {
  const evidence: Evidence[] = [];
  return { pool: new VotePool({ onEvidence: (found) => evidence.push(found) }), evidence };
}

describe('vote pool', () => {
  it('counts each clinic once for a link', () => {
    const { pool } = newPool();
    expect(pool.add(vote(1, 0, 1), KEY)).toBe(true);
    expect(pool.add(vote(1, 0, 1), KEY)).toBe(false);
    expect(pool.add(vote(2, 0, 1), KEY)).toBe(true);
    expect(pool.for(vote(1, 0, 1).link)?.votes.size).toBe(2);
    expect(pool.size).toBe(2);
  });

  it('keeps a second vote for one epoch as evidence, and no third', () => {
    const { pool, evidence } = newPool();
    pool.add(vote(1, 0, 1), KEY);
    expect(pool.add(vote(1, 0, 1, 1), KEY)).toBe(true);
    expect(evidence).toMatchObject([{ offence: 'double', first: { clinic: 1 }, second: { clinic: 1 } }]);
    expect(pool.judge(vote(1, 0, 1, 2), KEY)).toBe('known');
    expect(pool.add(vote(1, 0, 1, 2), KEY)).toBe(false);
    expect(pool.size).toBe(2);
  });

  it('finds a vote that surrounds an earlier one, also when that is behind what is final', () => {
    const { pool, evidence } = newPool();
    pool.add(vote(3, 2, 3), KEY);
    pool.moveTo(2 + MAX_FINAL_EPOCHS_KEPT + 1, 5);
    expect(pool.size).toBe(0);
    pool.add(vote(3, 1, 13), KEY);
    expect(evidence).toMatchObject([{ offence: 'surround' }]);
  });

  it('forgets what is final for some epochs, but for the last vote of each clinic', () => {
    const { pool } = newPool();
    for (let epoch = 1; epoch <= 5; epoch++) for (const clinic of [1, 2]) pool.add(vote(clinic, epoch - 1, epoch), KEY);
    pool.moveTo(5, 5);
    expect(pool.byLink()).toHaveLength(5);
    pool.moveTo(5 + MAX_FINAL_EPOCHS_KEPT, 5);
    expect(pool.size).toBe(0);
    expect(pool.byLink()).toEqual([]);
    expect(pool.of(1)).toEqual([vote(1, 4, 5)]);
    expect(pool.judge(vote(1, 3, 4), KEY)).toBe('outside');
  });

  it('keeps room for a clinic whose old key is in the hands of a thief, and blames it for nothing', () => {
    const { pool, evidence } = newPool();
    for (const branch of [1, 2, 3]) pool.add(vote(1, 0, 4, branch), OTHER_KEY);
    expect(evidence).toHaveLength(1);
    expect(pool.add(vote(1, 2, 4), KEY)).toBe(true);
    expect(evidence).toHaveLength(1);
    expect(pool.for(vote(1, 2, 4).link)?.votes.size).toBe(1);
    expect(pool.judge(vote(1, 2, 4, 5), KEYS[2])).toBe('known');
  });

  it('names the votes on the highest targets first', () => {
    const { pool } = newPool();
    for (const target of [2, 5, 3]) for (const clinic of [1, 2]) pool.add(vote(clinic, 0, target), KEY);
    expect(pool.all().map(({ link }) => link.target.epoch)).toEqual([5, 5, 3, 3, 2, 2]);
    expect(pool.of(2).map(({ link }) => link.target.epoch)).toEqual([5, 3, 2]);
  });

  it('holds no more than its window of epochs and, of a clinic, two votes by each of two keys', () => {
    const votes = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(200), fc.integer({ min: 1, max: 40 }), fc.nat(3)),
      { maxLength: 200, size: 'max' },
    );
    fc.assert(
      fc.property(votes, fc.nat(200), (list, head) => {
        const { pool } = newPool();
        pool.moveTo(0, head);
        for (const [clinic, source, more, branch] of list) {
          const made = vote(clinic, source, source + more, branch);
          const link = { ...made.link, target: { epoch: source + more, id: new Uint8Array(32).fill(branch) } };
          pool.add({ ...made, link }, KEYS[branch % 3]);
        }
        const epochs = pool.all().map(({ link }) => link.target.epoch);
        expect(Math.min(...epochs, Infinity)).toBeGreaterThanOrEqual(Math.min(head - MAX_POOL_EPOCHS, Infinity));
        expect(Math.max(...epochs, 0)).toBeLessThanOrEqual(head + MAX_EPOCHS_AHEAD);
        const counts = new Map<string, number>();
        for (const { clinic, link } of pool.all()) {
          const key = `${clinic} ${link.target.epoch}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        expect(Math.max(...counts.values(), 0)).toBeLessThanOrEqual(4);
        expect(pool.byLink().reduce((sum, entry) => sum + entry.votes.size, 0)).toBeLessThanOrEqual(pool.size);
      }),
    );
  });
});
