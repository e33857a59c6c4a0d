// Updates of the state a second, in blocks of 4,000 on a large state, in a thread as the node runs it, beside the hash kernel
// alone and LevelDB alone; and how late the main thread's event loop gets meanwhile. `--keys N` sets the size.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { benchmark, type Job, SHORT } from './lib/benchmark.ts';
import { summarise } from './lib/statistics.ts';
import type { BenchAnswer, BenchCall } from './state-tree-worker.ts';

const at = process.argv.indexOf('--keys');
const KEYS = at === -1 ? (SHORT ? 100_000 : 1_000_000) : Number(process.argv[at + 1]);
const BLOCK_UPDATES = 4000;
const BLOCKS = SHORT ? 5 : 15;
const TARGET_PER_SECOND = 20_000;

const worker = new Worker(new URL('./state-tree-worker.ts', import.meta.url), {
  execArgv: [],
  resourceLimits: { maxYoungGenerationSizeMb: 16 },
});
const ask = (call: BenchCall): Promise<BenchAnswer> =>
  new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage(call);
  });
const job = async (call: BenchCall): Promise<number> => (await ask(call)).units;

const lag = monitorEventLoopDelay({ resolution: 1 });
const lags: number[] = [];
/** Processor time a block, ms. */
const cpu: number[] = [];
const perBlock: { hashes: number; rowsRead: number; rowsWritten: number }[] = [];

async function updates(): Promise<number> {
  const before = (await ask({ type: 'blocks', count: 0 })).counters;
  lag.reset();
  lag.enable();
  const { units, counters, cpuMs } = await ask({ type: 'blocks', count: BLOCKS });
  lag.disable();
  lags.push(lag.max / 1e6);
  cpu.push(cpuMs / BLOCKS);
  perBlock.push({
    hashes: Math.round((counters.hashes - before.hashes) / BLOCKS),
    rowsRead: Math.round((counters.rowsRead - before.rowsRead) / BLOCKS),
    rowsWritten: Math.round((counters.rowsWritten - before.rowsWritten) / BLOCKS),
  });
  return units;
}

const jobs: Job[] = [
  { name: 'SHA-256 kernel, 65 bytes', unit: 'hashes', run: () => job({ type: 'hashes', count: 2_048_000 }) },
  { name: 'LevelDB batches', unit: 'rows of 400 B', run: () => job({ type: 'rows', count: 10 * BLOCK_UPDATES }) },
  { name: 'state tree', unit: 'updates', run: updates, limit: 'LevelDB batches', targetPerSecond: TARGET_PER_SECOND },
];

const built = await ask({ type: 'build', keys: KEYS });
const details: Record<string, unknown> = {
  keys: KEYS,
  buildMs: Math.round(built.ms),
  buildHashes: built.counters.hashes,
};
const about = `${KEYS} keys, blocks of ${BLOCK_UPDATES} (70 % insert, 25 % update, 5 % delete), both tables, undo, one batch`;
await benchmark({ name: 'state-tree', about, details: Object.assign(details, { lags, cpu, perBlock }) }, jobs);
const reopened = await ask({ type: 'reopen' });
details['reopenMs'] = Math.round(reopened.ms);
const lateness = summarise(lags);
const busy = summarise(cpu).median;
const { hashes, rowsRead, rowsWritten } = perBlock[perBlock.length - 1];
console.log(
  [
    `  build ${(built.ms / 1000).toFixed(1)} s, rebuild of the nodes from rows ${(reopened.ms / 1000).toFixed(1)} s`,
    `  per block: ${busy.toFixed(0)} ms of processor time on all threads (${((1000 * BLOCK_UPDATES) / busy / 1000).toFixed(1)} k updates per processor second), ${hashes} hashes, ${rowsRead} rows read, ${rowsWritten} written; nodes ${reopened.counters.nodes}, memory ${Math.round(reopened.counters.memory / 1e6)} MB`,
    `  main thread: event loop late by at most ${lateness.median.toFixed(1)} ms a round (${lateness.min.toFixed(1)}-${lateness.max.toFixed(1)})`,
    `  resident memory of the process: ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
  ].join('\n'),
);
await ask({ type: 'stop' });
