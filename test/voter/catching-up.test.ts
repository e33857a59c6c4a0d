// Votes that were cast while somebody was away: whoever has caught up learns them before the next epoch is voted for.
import { expect, it } from 'vitest';
import { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';

/** Longer than votes ahead of the own chain are kept (MAX_EPOCHS_AHEAD). */
const AWAY_T = 420;

it('a voter that has caught up knows what its vote justified as soon as the others do', {
  timeout: 120_000,
}, async () => {
  const network = new SimNetwork({ clinics: 4, seed: 11 });
  const T = network.interval;
  const justified = (): number[] => network.clinics.map(({ core }) => core.voting.finality.justified.epoch);
  await network.start();
  await network.pass(20 * T);
  for (const number of [2, 4]) network.clinic(number).crash();
  await network.pass(AWAY_T * T);
  for (const number of [2, 4]) await network.clinic(number).start();
  const before = Math.max(...justified());
  await network.pass(10 * T, () => justified().some((epoch) => epoch > before));
  // What one knows now, all know within a few exchanges, not only when a block brings the certificate.
  await network.pass(T / 10, () => Math.min(...justified()) > before);
  expect(Math.min(...justified())).toBeGreaterThan(before);
});
