// A fresh clinic comes to the head of a long chain: by a snapshot of the state, and by all blocks. `--transactions N`;
// `--keep DIR` makes the chain there once and uses it again.
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { SHORT } from './lib/benchmark.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';
import { prepareWorld, type SyncRun, syncFresh } from './lib/syncing.ts';
import { withDirectory } from './lib/temporary.ts';

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
};
const TRANSACTIONS = Number(argument('transactions') ?? (SHORT ? 20_000 : 100_000));
const TARGET_MS = 30_000;
const TARGET_MIB = 300;
const TARGET_OF_RAW = 1 / 3;

async function measure(root: string): Promise<{ height: number; snapshot: SyncRun; full: SyncRun }> {
  const world = await prepareWorld(root, TRANSACTIONS);
  return { height: world.height, snapshot: await syncFresh(world, 'snapshot'), full: await syncFresh(world, 'full') };
}

const keep = argument('keep');
if (keep !== undefined) await mkdir(keep, { recursive: true });
const result = keep === undefined ? await withDirectory(measure) : await measure(keep);
const machine = describeMachine();
const { snapshot, full } = result;
const perSecond = (1000 * TRANSACTIONS) / (full.headMs - full.readyMs);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
console.log(
  [
    `sync: a fresh clinic to the head of ${TRANSACTIONS} transactions in ${result.height} blocks, from two clinics on the same cores`,
    `  ${formatMachine(machine)}`,
    `  snapshot: ${seconds(snapshot.headMs)} from the start of the process (${seconds(snapshot.readyMs)} until its doors are open); target ${TARGET_MS / 1000} s (${verdict(snapshot.headMs < TARGET_MS)}); most memory ${mebibytes(snapshot.peakBytes)}`,
    `  full: ${seconds(full.headMs)}, ${perSecond.toFixed(0)}/s, ${(perSecond / full.rawPerSecond).toFixed(2)} of raw verification (${full.rawPerSecond.toFixed(0)}/s); target ${TARGET_OF_RAW.toFixed(2)} (${verdict(perSecond >= TARGET_OF_RAW * full.rawPerSecond)}); most memory ${mebibytes(full.peakBytes)}; target ${TARGET_MIB} (${verdict(Math.max(snapshot.peakBytes, full.peakBytes) < TARGET_MIB * 2 ** 20)})`,
  ].join('\n'),
);
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL('sync.json', folder),
  `${JSON.stringify({ machine, transactions: TRANSACTIONS, ...result }, null, 2)}\n`,
);
