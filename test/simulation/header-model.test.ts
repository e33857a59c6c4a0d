// The header model in seconds: what must hold of difficulty, turns and finality, over days instead of years.
import { describe, expect, it } from 'vitest';
import { PRODUCTION } from '../../consensus/params.ts';
import { HeaderModel } from '../../node/simulation/header/model.ts';
import { HEADER_SCENARIOS } from '../../node/simulation/header/scenarios.ts';

const DAY = 86_400_000;
const equal = (count: number) => Array.from({ length: count }, () => ({ hashRate: 550_000 }));

function run(name: string, clinics: number, days: number) {
  const scenario = HEADER_SCENARIOS.find((known) => known.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario.run({ clinics, days, seed: 7 });
}

describe.each([
  ['year', 4, 10],
  ['year', 20, 5],
  ['year-slow', 20, 3],
  ['fast-miner', 20, 4],
  ['half-offline', 4, 6],
  ['hash-rate-steps', 4, 8],
  ['clock-skew', 20, 3],
  ['few-online', 4, 1],
])('the scenario %s of %i clinics over %i days', (name, clinics, days) => {
  it('claims nothing that does not hold', async () => {
    const { claims } = await run(name, clinics, days);
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  });
});

describe('the header model', () => {
  it('runs the same way twice from one seed, and another way from another', () => {
    const once = (seed: number) =>
      new HeaderModel({
        seed,
        params: PRODUCTION,
        miners: equal(5),
        meanDelay: 300,
        duration: DAY,
        finality: true,
      }).run();
    expect(once(3)).toEqual(once(3));
    expect(once(3).total).not.toEqual(once(4).total);
  });

  it('finalises nothing while a third of the clinics is away, and goes on', () => {
    const changes = [{ at: DAY, type: 'offline', miners: [0, 1] }] as const;
    const { parts, finality } = new HeaderModel({
      seed: 1,
      params: PRODUCTION,
      miners: equal(6),
      meanDelay: 300,
      duration: 2 * DAY,
      parts: [DAY],
      changes,
      finality: true,
    }).run();
    expect(parts[1].blocks).toBeGreaterThan(2_000);
    expect(finality?.finalised).toBeLessThan(parts[0].blocks / 4);
  });

  it('has more stale blocks the longer they travel', () => {
    const stale = [100, 1_000, 5_000].map(
      (meanDelay) =>
        new HeaderModel({ seed: 1, params: PRODUCTION, miners: equal(10), meanDelay, duration: 2 * DAY }).run().total
          .staleRate,
    );
    expect(stale[0]).toBeLessThan(stale[1]);
    expect(stale[1]).toBeLessThan(stale[2]);
  });
});
