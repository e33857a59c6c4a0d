import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTarget } from '../../../consensus/chain/difficulty.ts';
import { diversityWindow, earliestTimestamp } from '../../../consensus/chain/diversity.ts';
import { genesisHeader } from '../../../consensus/chain/genesis-block.ts';
import type { Header } from '../../../consensus/chain/types.ts';
import { workOf } from '../../../consensus/chain/work.ts';
import { RECENT_BLOCKS_PER_MEMBER } from '../../../consensus/limits.ts';
import { PRODUCTION } from '../../../consensus/params.ts';
import { exponential, seededRandom } from './random.ts';
import { GENESIS } from './samples.ts';

const T = PRODUCTION.blockInterval;
const PARENT: Header = { ...genesisHeader(GENESIS), height: 100, timestamp: 1_000_000_000 };
const waitOf = (members: number, recent: readonly number[], signer: number) =>
  earliestTimestamp(PRODUCTION, members, PARENT, recent, signer) - PARENT.timestamp;

const membersAndHistory = fc
  .integer({ min: 1, max: 40 })
  .chain((n) => fc.tuple(fc.constant(n), fc.array(fc.integer({ min: 1, max: n }), { maxLength: 4 * n })));

describe('diversity', () => {
  it('lets anyone follow block 0 and lets a lone clinic mine every block after the minimum spacing', () => {
    expect(waitOf(4, [], 1)).toBe(T / 2);
    expect(waitOf(1, [1, 1, 1], 1)).toBe(T / 2);
    expect(waitOf(4, [1, 1, 1], 1)).toBe(T / 2);
  });

  it('makes the signer of the parent wait W times 2 T, and each older one 2 T less', () => {
    const recent = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(diversityWindow(8, recent)).toBe(4);
    expect([1, 2, 3, 4, 5, 6].map((signer) => waitOf(8, recent, signer) / T)).toEqual([8, 6, 4, 2, 0.5, 0.5]);
  });

  it('judges a signer by its latest block', () => {
    expect(waitOf(8, [2, 1, 1, 3, 4, 5, 6, 7, 8], 1) / T).toBe(6);
  });

  it('forgets signers older than three blocks per member', () => {
    const old = [3, 4, 5, 6];
    const recent = Array.from({ length: 18 }, (_, at) => 1 + (at % 2));
    expect(diversityWindow(6, [...recent, ...old])).toBe(1);
    expect(diversityWindow(6, [...recent.slice(4), ...old])).toBe(3);
  });

  it('never asks for more than W times 2 T, W at most half of the members', () => {
    fc.assert(
      fc.property(membersAndHistory, fc.integer({ min: 1, max: 40 }), ([members, recent], signer) => {
        const wait = waitOf(members, recent, signer);
        const window = diversityWindow(members, recent);
        expect(window).toBeLessThanOrEqual(members / 2);
        expect(wait).toBeGreaterThanOrEqual(T / 2);
        expect(wait).toBeLessThanOrEqual(Math.max(T / 2, 2 * T * window));
      }),
    );
  });

  it('always leaves one of the recently active signers free to mine after the minimum spacing', () => {
    fc.assert(
      fc.property(membersAndHistory, ([members, recent]) => {
        const active = new Set(recent.slice(0, RECENT_BLOCKS_PER_MEMBER * members));
        if (active.size === 0) return;
        expect(Math.min(...[...active].map((signer) => waitOf(members, recent, signer)))).toBe(T / 2);
      }),
    );
  });

  it('makes one key with unlimited hash power claim 20 T a block for the first 40 blocks of a private chain among 20', () => {
    const members = 20;
    let recent = Array.from({ length: 3 * members }, (_, at) => 1 + (at % members));
    for (let block = 0; block < 40; block++) {
      recent = [1, ...recent].slice(0, 3 * members);
      expect(waitOf(members, recent, 1)).toBe(20 * T);
    }
  });

  it('never halts: whichever members are left, one of them may mine within W times 2 T, and soon at full pace', () => {
    const survivors = membersAndHistory.chain(([members, recent]) =>
      fc.tuple(
        fc.constant(members),
        fc.constant(recent),
        fc.uniqueArray(fc.integer({ min: 1, max: members }), { minLength: 1 }),
      ),
    );
    fc.assert(
      fc.property(survivors, ([members, history, alive]) => {
        let recent = history;
        for (let block = 0; block < RECENT_BLOCKS_PER_MEMBER * members + 1; block++) {
          const waits = alive.map((signer) => waitOf(members, recent, signer));
          const first = Math.min(...waits);
          expect(first).toBeLessThanOrEqual(Math.max(T / 2, 2 * T * diversityWindow(members, recent)));
          if (block === RECENT_BLOCKS_PER_MEMBER * members) expect(first).toBe(T / 2);
          recent = [alive[waits.indexOf(first)], ...recent].slice(0, RECENT_BLOCKS_PER_MEMBER * members);
        }
      }),
    );
  });
});

/** Hash rates of the live members to the mean gap in T and the share of blocks of each. */
function simulate(members: number, rates: readonly number[], seed: number): { gap: number; shares: number[] } {
  const random = seededRandom(seed);
  const found = rates.map(() => 0);
  let recent = Array.from({ length: 3 * members }, (_, at) => 1 + (at % members));
  let grandparent: Header | undefined = { ...PARENT, height: 99, timestamp: PARENT.timestamp - T };
  let parent: Header = { ...PARENT, target: PRODUCTION.easiestTarget / 1000n };
  const settle = 400;
  const blocks = 1600;
  let counted = parent.timestamp;
  for (let block = 0; block < settle + blocks; block++) {
    if (block === settle) counted = parent.timestamp;
    const target = nextTarget(PRODUCTION, parent, grandparent);
    const hashes = Number(workOf(target));
    let best = { at: Number.POSITIVE_INFINITY, signer: 0 };
    for (const [index, rate] of rates.entries()) {
      const earliest = earliestTimestamp(PRODUCTION, members, parent, recent, index + 1);
      const at = earliest + Math.floor(exponential(random, hashes / rate));
      if (at < best.at) best = { at, signer: index + 1 };
    }
    if (block >= settle) found[best.signer - 1]++;
    grandparent = parent;
    parent = { ...parent, height: parent.height + 1, timestamp: best.at, target };
    recent = [best.signer, ...recent].slice(0, 3 * members);
  }
  return { gap: (parent.timestamp - counted) / blocks / T, shares: found.map((count) => count / blocks) };
}

describe('diversity over time', () => {
  const ordinary = 200;
  const population = (fast: number, others: number) => [
    fast * ordinary,
    ...Array.from({ length: others }, () => ordinary),
  ];

  it('holds a miner with 100 times the hash rate among 20 clinics to an eighth of the blocks', () => {
    const { gap, shares } = simulate(20, population(100, 19), 1);
    expect(shares[0]).toBeLessThan(0.125);
    expect(gap).toBeLessThan(1.5);
  });

  it('holds it to half of the blocks in a network of four', () => {
    const { shares } = simulate(4, population(100, 3), 2);
    expect(shares[0]).toBeLessThan(0.5);
  });

  it.each([20, 10, 5, 2, 1])('keeps the pace of T with %i of 20 equal clinics online', (online) => {
    const { gap } = simulate(20, population(1, online - 1), 3);
    expect(gap).toBeGreaterThan(0.8);
    expect(gap).toBeLessThan(1.3);
  });

  it.each([10, 5, 2, 1])('goes on with one fast miner among %i of 20 online', (online) => {
    const { gap } = simulate(20, population(100, online - 1), 4);
    expect(gap).toBeLessThan(1.5);
  });
});
