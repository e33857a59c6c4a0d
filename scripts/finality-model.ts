// Runs the finality gadget against its model the given number of times (default 10,000) and says what the runs were like.
import { runModels } from '../test/consensus/chain/finality/model-runs.ts';

const runs = Number(process.argv[2] ?? 10_000);
const began = performance.now();
const { conflict, finalising, finalised, changing } = runModels(runs);
const seconds = ((performance.now() - began) / 1000).toFixed(1);
process.stdout.write(
  `finality: ${runs} runs in ${seconds} s, ${finalised} final checkpoints in ${finalising} of them, ` +
    `through changes of the member set in ${changing}; ` +
    `${conflict === undefined ? 'no two conflict' : `CONFLICT with seed ${conflict.seed}: ${conflict.what}`}\n`,
);
process.exitCode = conflict === undefined ? 0 : 1;
