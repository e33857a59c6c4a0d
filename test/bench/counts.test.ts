import { expect, test } from 'vitest';
import { measureCounts } from '../../bench/lib/counts.ts';

test('the counted work of a transaction, an update and a statement stays within its bounds', async () => {
  const counts = await measureCounts();
  expect(counts.signatureChecksPerTransaction).toBe(1);
  // log2(8192 keys / 8 of a row) shared levels, and the leaves of a row
  expect(counts.hashesPerUpdate).toBeLessThanOrEqual(14);
  expect(counts.rowsPerUpdate).toBeLessThanOrEqual(1);
  expect(counts.bytesPerTransaction).toBe(249);
  expect(counts.chainBytesPerTransaction).toBeLessThanOrEqual(850);
  expect(counts.outboxBytesPerStatement).toBeLessThanOrEqual(750);
});

test('counts are the same on every run', async () => {
  expect(await measureCounts()).toEqual(await measureCounts());
});
