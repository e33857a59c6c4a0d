// The vault of a patient's records on Node; test/browser/vault.test.ts runs the same cases in Chromium.
import { expect, it } from 'vitest';
import { CASES } from './cases.ts';

it.each(CASES)('%s', async (_, run) => {
  await expect(run()).resolves.toBeUndefined();
});
