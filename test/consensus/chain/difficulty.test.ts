import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asert, nextTarget } from '../../../consensus/chain/difficulty.ts';
import { genesisHeader } from '../../../consensus/chain/genesis-block.ts';
import type { Header } from '../../../consensus/chain/types.ts';
import { workOf } from '../../../consensus/chain/work.ts';
import { DEVELOPMENT, type Params, PRODUCTION, targetFor } from '../../../consensus/params.ts';
import own from '../../vectors/asert.json' with { type: 'json' };
import published from '../../vectors/aserti3-2d.json' with { type: 'json' };
import { exponential, seededRandom } from './random.ts';
import { GENESIS } from './samples.ts';

const START: Header = { ...genesisHeader(GENESIS), timestamp: 0 };

/** Target after a block with `target` that took `solveTime` ms. */
function after(params: Params, target: bigint, solveTime: number): bigint {
  const grandparent = { ...START, height: 7, timestamp: 1_000_000, target };
  return nextTarget(params, { ...grandparent, height: 8, timestamp: 1_000_000 + solveTime }, grandparent);
}

/** Bitcoin's compact form, in which the published vectors give their targets. */
function compact(target: bigint): string {
  let size = Math.ceil(target.toString(2).length / 8);
  let mantissa = size > 3 ? target >> BigInt(8 * (size - 3)) : target << BigInt(8 * (3 - size));
  if (mantissa & 0x800000n) {
    mantissa >>= 8n;
    size++;
  }
  return size.toString(16).padStart(2, '0') + mantissa.toString(16).padStart(6, '0');
}

const expand = (bits: string) =>
  BigInt(`0x${bits.slice(2)}`) << BigInt(8 * (Number.parseInt(bits.slice(0, 2), 16) - 3));

const withinBounds = (params: Params) => fc.bigInt({ min: params.hardestTarget, max: params.easiestTarget });
const solveTimes = fc.oneof(
  fc.integer({ min: 15_000, max: 120_000 }),
  fc.integer({ min: 15_000, max: 1e9 }),
  fc.integer({ min: 15_000, max: Number.MAX_SAFE_INTEGER - 1_000_000 }),
);

describe('target', () => {
  it('follows the vectors of the reference written a second way', () => {
    expect(own.cases.length).toBe(120);
    for (const { interval, easiest, hardest, target, solveTime, next } of own.cases) {
      const params = {
        ...PRODUCTION,
        blockInterval: interval,
        easiestTarget: BigInt(`0x${easiest}`),
        hardestTarget: BigInt(`0x${hardest}`),
      };
      expect(after(params, BigInt(`0x${target}`), solveTime)).toBe(BigInt(`0x${next}`));
    }
  });

  it('takes the same step as the published aserti3-2d vectors', () => {
    for (const run of published.runs) {
      for (const [height, time, bits] of run.lines as [string, number, string][]) {
        const blocks = BigInt(height) - BigInt(run.anchorHeight) + 1n;
        const drift = BigInt(time - run.anchorParentTime) - BigInt(published.interval) * blocks;
        expect(compact(asert(expand(run.anchorBits), drift, BigInt(published.halfLife)))).toBe(bits);
      }
    }
  });

  it('is startTarget for block 1 and stays there for block 2, however old genesis is', () => {
    const first = { ...START, height: 1, timestamp: 9e12, target: PRODUCTION.startTarget };
    expect(nextTarget(PRODUCTION, START, undefined)).toBe(PRODUCTION.startTarget);
    expect(nextTarget(PRODUCTION, first, undefined)).toBe(PRODUCTION.startTarget);
    expect(nextTarget(PRODUCTION, first, START)).toBe(PRODUCTION.startTarget);
    expect(() => nextTarget(PRODUCTION, { ...first, height: 2 }, undefined)).toThrow(RangeError);
  });

  it('does not move when a block takes exactly T', () => {
    fc.assert(
      fc.property(withinBounds(PRODUCTION), (target) => {
        expect(after(PRODUCTION, target, PRODUCTION.blockInterval)).toBe(target);
      }),
    );
  });

  it('never falls when a block takes longer, and never leaves the bounds', () => {
    fc.assert(
      fc.property(withinBounds(PRODUCTION), solveTimes, solveTimes, (target, a, b) => {
        const [short, long] = a < b ? [a, b] : [b, a];
        const [low, high] = [after(PRODUCTION, target, short), after(PRODUCTION, target, long)];
        expect(low <= high).toBe(true);
        expect(low >= PRODUCTION.hardestTarget && high <= PRODUCTION.easiestTarget).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('doubles with each half-life of 60 T lost, to within 0.02 %', () => {
    const target = targetFor(1n << 33n);
    for (let halves = 0; halves <= 4; halves += 0.25) {
      const solveTime = PRODUCTION.blockInterval * (1 + 60 * halves);
      const ratio = Number(after(PRODUCTION, target, solveTime)) / Number(target);
      expect(Math.abs(ratio / 2 ** halves - 1)).toBeLessThan(2e-4);
    }
  });

  it('moves by at most 2.4 % for a timestamp that lies by the 2 T that clocks allow', () => {
    const target = targetFor(1n << 30n);
    const honest = Number(after(PRODUCTION, target, PRODUCTION.blockInterval));
    const lying = Number(after(PRODUCTION, target, 3 * PRODUCTION.blockInterval));
    expect(lying / honest).toBeLessThan(1.024);
  });
});

/** Mean block interval in T while the hash rate (hashes per ms) is as given, in phases of so many T. */
function simulate(params: Params, phases: readonly { intervals: number; rate: number }[], seed: number): number[] {
  const random = seededRandom(seed);
  let grandparent: Header | undefined;
  let parent = START;
  let now = 0;
  return phases.map(({ intervals, rate }) => {
    const end = now + intervals * params.blockInterval;
    const begin = now;
    let blocks = 0;
    while (now < end) {
      const target = nextTarget(params, parent, grandparent);
      const spacing = Math.floor(params.blockInterval / 2);
      const wait = Math.max(exponential(random, Number(workOf(target)) / rate), spacing);
      now += Math.min(Math.floor(wait), 1e9);
      grandparent = parent;
      parent = { ...parent, height: parent.height + 1, timestamp: now, target };
      blocks++;
    }
    return (now - begin) / params.blockInterval / Math.max(blocks, 1);
  });
}

function average(params: Params, phases: readonly { intervals: number; rate: number }[]): number[] {
  const runs = Array.from({ length: 8 }, (_, seed) => simulate(params, phases, seed + 1));
  return phases.map((_, phase) => runs.reduce((sum, run) => sum + run[phase], 0) / runs.length);
}

describe('target over time', () => {
  const steady = Number(1n << 29n) / DEVELOPMENT.blockInterval;

  it('settles near T from the easiest target', () => {
    const [, settled] = average(DEVELOPMENT, [
      { intervals: 1200, rate: steady },
      { intervals: 2000, rate: steady },
    ]);
    expect(settled).toBeGreaterThan(0.95);
    expect(settled).toBeLessThan(1.15);
  });

  it('recovers from a surge of 1000 times within an hour of T = 30 s, without working off a debt', () => {
    const calm = Number(1n << 30n) / PRODUCTION.blockInterval;
    const [, surge, firstHour, later] = average(PRODUCTION, [
      { intervals: 1500, rate: calm },
      { intervals: 720, rate: 1000 * calm },
      { intervals: 120, rate: calm },
      { intervals: 600, rate: calm },
    ]);
    expect(surge).toBeGreaterThanOrEqual(0.5);
    expect(surge).toBeLessThan(0.6);
    // At the hardest bound a calm network needs 16 T a block; relative steps then halve that every 60 T.
    expect(firstHour).toBeLessThan(17);
    expect(later).toBeLessThan(1.6);
  });

  it('recovers from an outage: a hundredth of the miners find blocks at a growing pace, and their return is absorbed', () => {
    const [, outage, back, later] = average(DEVELOPMENT, [
      { intervals: 1200, rate: steady },
      { intervals: 2000, rate: steady / 100 },
      { intervals: 600, rate: steady },
      { intervals: 1000, rate: steady },
    ]);
    expect(outage).toBeLessThan(5);
    expect(back).toBeGreaterThan(0.49);
    expect(later).toBeGreaterThan(0.85);
    expect(later).toBeLessThan(1.15);
  });
});
