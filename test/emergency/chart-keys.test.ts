import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { ChartStore, dropSecret, putChart, putSecret } from '../../node/charts/chart-store.ts';
import { ChartKeys } from '../../node/emergency/chart-keys.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { EmergencyClinics, logger } from './clinics.ts';

test('every category key that charts write is in escrow, and none that they dropped', async () => {
  const clinics = await EmergencyClinics.found();
  const { keys, escrows } = clinics.at(1);
  const handle = randomBytes(32);
  const ref = { clinic: 1, chart: randomBytes(32) };
  const key = () => randomBytes(32);
  const chartKeys = new ChartKeys({ clinic: 1 }, { database: keys, logger });
  const epochsAt = async (number: number) =>
    (await clinics.at(number).escrows.ofPatient(handle)).map(({ category, epoch }) => `${category} ${epoch}`).sort();
  // Before the start: found by it.
  await chartKeys.rows.batch([putChart(handle, ref), putSecret(ref, 'notes', { epoch: 1, key: key() })]);
  await chartKeys.start(escrows);
  expect(await escrows.keep(chartKeys.all())).toBe(1);
  const store = new ChartStore({ database: chartKeys.rows });
  await store.batch([
    putSecret(ref, 'labs', { epoch: 1, key: key() }),
    putSecret(ref, 'consent', { epoch: 1, key: key() }),
    putSecret({ ...ref, clinic: 2 }, 'hiv', { epoch: 1, key: key() }),
  ]);
  await waitFor(async () => (await epochsAt(4)).join() === 'labs 1,notes 1');
  await store.batch([putSecret(ref, 'labs', { epoch: 2, key: key() })]);
  await waitFor(async () => (await epochsAt(3)).includes('labs 2'));
  await store.batch([dropSecret(ref, 'labs', 1)]);
  for (const number of [1, 3, 4]) await waitFor(async () => (await epochsAt(number)).join() === 'labs 2,notes 1');
  expect(await escrows.keep(chartKeys.all())).toBe(0);
  await clinics.remove();
});
