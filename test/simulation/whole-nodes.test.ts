// Whole nodes in virtual time, for hours instead of days: test/long runs the stated sizes.
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { NODE_SCENARIOS } from '../../node/simulation/nodes/scenarios.ts';
import { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';

const HOUR = 3_600_000;
const T = 30_000;

describe.each([
  ['nodes', 4, 0.08],
  ['nodes-liars', 7, 0.04],
])('the scenario %s of %i clinics', (name, clinics, days) => {
  it('claims nothing that does not hold', { timeout: 120_000 }, async () => {
    const scenario = NODE_SCENARIOS.find((known) => known.name === name);
    const report = await scenario?.run({ clinics, days, seed: 11 });
    expect(report?.claims.length).toBeGreaterThan(0);
    expect(report?.claims.filter(({ holds }) => !holds)).toEqual([]);
  });
});

describe('a simulated network', () => {
  it('runs the same way twice from one seed, and another way from another', { timeout: 120_000 }, async () => {
    const once = async (seed: number): Promise<string> => {
      const network = new SimNetwork({ clinics: 4, seed, weather: { loss: 0.05, duplicates: 0.05 } });
      await network.start();
      await network.pass(HOUR / 2);
      const tips = network.clinics.map(({ core }) => toHex(core.chain.tip.id));
      return `${network.world.ran} ${tips.join(' ')}`;
    };
    const first = await once(1);
    expect(await once(1)).toBe(first);
    expect(await once(2)).not.toBe(first);
  });

  it('finalises nothing in either half of a cut, and both sides after it', { timeout: 120_000 }, async () => {
    const network = new SimNetwork({ clinics: 4, seed: 3 });
    await network.start();
    await network.pass(HOUR / 4);
    network.cut([1, 2], [3, 4]);
    await network.pass(4 * T);
    const before = network.clinics.map(({ core }) => core.voting.finality.finalised.epoch);
    await network.pass(HOUR / 4);
    expect(network.clinics.map(({ core }) => core.voting.finality.finalised.epoch)).toEqual(before);
    expect(new Set(network.clinics.map(({ core }) => toHex(core.chain.tip.id))).size).toBe(2);
    network.heal();
    expect(await network.agree(2 * T)).toBe(true);
    await network.reach(network.clinic(1).height + 12, 40 * T);
    for (const { core } of network.clinics) expect(core.voting.finality.finalised.epoch).toBeGreaterThan(before[0]);
    expect(network.violations).toEqual([]);
  });

  it('holds blocks of a clinic whose clock is ahead, and stays together', { timeout: 120_000 }, async () => {
    const network = new SimNetwork({ clinics: 4, seed: 5, skew: (clinic) => (clinic === 1 ? 3 * T : 0) });
    await network.start();
    await network.pass(HOUR / 2);
    expect(network.clinic(2).height).toBeGreaterThan(20);
    expect(await network.agree(10 * T)).toBe(true);
  });
});
