// The stated sizes of the simulations: years of headers, days of whole nodes. Writes docs/results/simulation.md.
import { afterAll, describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../node/simulation/scenarios.ts';
import { writeReport } from '../helpers/report.ts';

const HOURS = 3_600_000;
const SEED = 1;

const RUNS: readonly (readonly [scenario: string, clinics: number, days: number])[] = [
  ['year', 4, 365],
  ['year', 20, 365],
  ['year', 100, 365],
  ['year-slow', 4, 365],
  ['year-slow', 20, 365],
  ['year-slow', 100, 365],
  ['fast-miner', 20, 365],
  ['half-offline', 4, 60],
  ['half-offline', 20, 60],
  ['half-offline', 100, 60],
  ['few-online', 20, 1],
  ['few-online', 100, 1],
  ['hash-rate-steps', 20, 8],
  ['clock-skew', 20, 60],
  ['nodes', 4, 30],
  ['nodes', 20, 3],
  ['nodes', 100, 1],
  ['nodes-fast-miner', 20, 0.5],
  ['nodes-liars', 13, 0.2],
];

const rows: (readonly [string, string | number])[] = [];

async function write(): Promise<void> {
  await writeReport(
    'simulation',
    'Simulations',
    `Networks in virtual time at T = 30 s, seed ${SEED} (\`test/long/simulation.test.ts\`; each runs alone with \`wardmesh simulate\`). ` +
      'Scenarios whose name begins with `nodes` run whole nodes: chain, mempool, outbox, sync, votes; the others headers alone.',
    rows,
  );
}

afterAll(write);

describe.each(RUNS)('%s with %i clinics over %d days', (name, clinics, days) => {
  it('claims nothing that does not hold', { timeout: 6 * HOURS }, async () => {
    const scenario = SCENARIOS.find((known) => known.name === name);
    const started = process.cpuUsage();
    const report = await scenario?.run({ clinics, days, seed: SEED });
    const { user, system } = process.cpuUsage(started);
    rows.push([
      `**${name}**, ${clinics} clinics, ${days} days`,
      `${Math.round((user + system) / 1e6)} s of processor time`,
    ]);
    rows.push(
      ...(report?.facts ?? []),
      ...(report?.claims ?? []).map(({ claim, holds }) => [claim, holds ? 'holds' : '**does not hold**'] as const),
    );
    await write();
    expect(report?.claims.length).toBeGreaterThan(0);
    expect(report?.claims.filter(({ holds }) => !holds)).toEqual([]);
  });
});
