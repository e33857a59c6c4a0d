// Which ciphertext goes with a chart, over rows in memory.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { putRow, putVault } from '../../node/charts/chart-store.ts';
import { rowKey } from '../../node/charts/layout.ts';
import { forgetChart } from '../../node/erasure/forget-chart.ts';
import { makeKeyRow } from '../../records/chart/key-row.ts';
import { memoryRows } from '../helpers/memory-rows.ts';
import { manifest } from '../records/chart/generators.ts';

const CLINIC = 1;

test('an erasure takes the ciphertext of its chart and of the vaults beside it, but for what a row of another chart names; rows that cannot be read stop none', async () => {
  const rows = memoryRows();
  const signer = { genesisId: randomBytes(32), seed: randomBytes(32) };
  const made = { manifest: fc.sample(manifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
  const hers = { clinic: CLINIC, chart: randomBytes(32), handle: randomBytes(32) };
  const another = { clinic: CLINIC, chart: randomBytes(32), handle: randomBytes(32) };
  const file = async (ref: typeof hers, cid: string, written = 1) => {
    const name = { ...ref, category: 'imaging' as const, epoch: 1, record: randomBytes(32) };
    const row = { ...name, version: 1, revision: 1, written, cid, size: 1 };
    await rows.batch([putRow(makeKeyRow(row, randomBytes(32), made, signer))]);
  };
  await file(hers, 'alone');
  await file(hers, 'of-both');
  await file(another, 'of-both');
  const vaults = [1, 2].map(() => ({ ...hers, chart: randomBytes(32) }));
  for (const [n, vault] of vaults.entries()) {
    await file(vault, `vault-${n}`);
    await rows.batch(putVault(hers.handle, vault));
  }
  await file(another, 'of-another');
  // The patient came back.
  await file(hers, 'of-later', 2);
  // Damaged on the disk, of her and of somebody else.
  for (const { chart } of [hers, another]) {
    const key = rowKey({ clinic: CLINIC, chart }, randomBytes(32), 1);
    await rows.batch([{ type: 'put', key, value: randomBytes(20) }]);
  }
  const deleted: string[] = [];
  const forgotten: Uint8Array[] = [];
  const forget = forgetChart(
    { clinic: CLINIC },
    {
      rows,
      blobs: { delete: async (cid) => deleted.push(cid) > 0 },
      patients: { forget: async ({ handle }) => void forgotten.push(handle) },
      marks: { advance: async () => {} },
    },
  );
  await forget({ ...hers, pid: '', approved: 1 });
  expect(deleted.sort()).toEqual(['alone', 'vault-0', 'vault-1']);
  expect(forgotten).toEqual([hers.handle]);
});
