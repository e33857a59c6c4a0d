import { expect, it } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { FEATURES } from '../../consensus/features.ts';
import { encodeActivations } from '../../consensus/ledger/params/rows.ts';
import { FeatureWatch } from '../../node/feature-watch.ts';

it('names a feature that is activated for later and that this version lacks, until its branch is undone', async () => {
  let row: Uint8Array | undefined;
  const watch = new FeatureWatch(
    {},
    { store: { states: async () => [row] }, logger: createLogger({ level: 'silent' }) },
  );
  await watch.follow();
  expect(watch.warnings).toEqual([]);
  row = encodeActivations([
    { feature: FEATURES.rehearsal, height: 20 },
    { feature: 999, height: 40 },
  ]);
  await watch.follow();
  expect(watch.warnings).toEqual([expect.stringContaining('feature 999, which is active from height 40')]);
  row = undefined;
  await watch.follow();
  expect(watch.warnings).toEqual([]);
});
