// Memory and start of clinics on a chain of 100,000 transactions: one that has the chain, and others that fetch it from
// the first, all as real processes. `--transactions N --clinics N`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dataPaths } from '../node/data-directory.ts';
import { ChainDatabase } from '../node/store/chain-database.ts';
import { SHORT } from './lib/benchmark.ts';
import { type ClinicPlace, foundClinics, type RunningClinic, startClinic } from './lib/clinics.ts';
import { openNetwork } from './lib/directories.ts';
import { makeChain } from './lib/ledger.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';
import { withDirectory } from './lib/temporary.ts';

const TRANSACTIONS = argument('transactions', SHORT ? 20_000 : 100_000);
const CLINICS = argument('clinics', SHORT ? 2 : 4);
const PER_BLOCK = 2_000;
const TARGET_MIB = 250;
const TARGET_MS = 3_000;
const STARTS = 3;
const WAIT_MS = 300_000;
/** Blocks of the past need their time: T apart, and none from the future. */
const AGE_MS = 2 * 2_000 * Math.ceil(TRANSACTIONS / PER_BLOCK) + 60_000;

function argument(name: string, standard: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? standard : Number(process.argv[at + 1]);
}

async function makeFirst(places: readonly ClinicPlace[]): Promise<number> {
  const network = await openNetwork(places);
  const store = new ChainDatabase({ path: dataPaths(places[0].directory).chain, genesis: network.genesis });
  try {
    const { blocks } = await makeChain(network, store, { transactions: TRANSACTIONS, perBlock: PER_BLOCK });
    return blocks.length;
  } finally {
    await store.close();
  }
}

async function reaches(clinic: RunningClinic, height: number): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while ((await clinic.client.call('node_health')).head.height < height) {
    if (performance.now() > end) throw new Error(`clinic ${clinic.number} did not fetch the chain in time`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Fastest of some starts in a row: the rest is what else the machine did. */
async function fastestStart(place: ClinicPlace): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n < STARTS; n++) {
    const clinic = await startClinic(place);
    best = Math.min(best, clinic.readyMs);
    await clinic.stop();
  }
  return best;
}

/** What a start costs without any chain: the machine's part in the figure above. */
async function emptyStart(): Promise<number> {
  return withDirectory(async (root) => {
    const [place] = await foundClinics(root, 1);
    return fastestStart(place);
  });
}

const empty = await emptyStart();
const result = await withDirectory(async (root) => {
  const places = await foundClinics(root, CLINICS, Date.now() - AGE_MS);
  const height = await makeFirst(places);
  const clinics = await Promise.all(places.map((place) => startClinic(place)));
  let usage: ReturnType<RunningClinic['usage']>[];
  const began = performance.now();
  let syncMs: number;
  try {
    await Promise.all(clinics.map((clinic) => reaches(clinic, height)));
    syncMs = performance.now() - began;
    await Promise.all(clinics.map((clinic) => reaches(clinic, height + 3)));
    usage = clinics.map((clinic) => clinic.usage());
  } finally {
    await Promise.all(clinics.map((clinic) => clinic.stop()));
  }
  const readyMs: number[] = [];
  for (const place of places.slice(0, 2)) readyMs.push(await fastestStart(place));
  return {
    transactions: TRANSACTIONS,
    blocks: height,
    syncMs,
    rssMiB: usage.map(({ rss }) => rss / 2 ** 20),
    peakMiB: usage.map(({ peak }) => peak / 2 ** 20),
    readyMs,
    emptyStartMs: empty,
    targetMiB: TARGET_MIB,
    targetMs: TARGET_MS,
  };
});

const machine = describeMachine();
const mib = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(', ');
const rss = Math.max(...result.rssMiB);
const ready = Math.max(...result.readyMs);
console.log(
  [
    `memory: ${CLINICS} clinic processes on a chain of ${TRANSACTIONS} transactions in ${result.blocks} blocks`,
    `  ${formatMachine(machine)}`,
    `  resident: ${mib(result.rssMiB)} MiB (the first had the chain, the others fetched it in ${(result.syncMs / 1000).toFixed(1)} s); most ever ${mib(result.peakMiB)} MiB; target ${TARGET_MIB} (${rss < TARGET_MIB ? 'met' : 'MISSED'})`,
    `  start to ready: ${result.readyMs.map((ms) => ms.toFixed(0)).join(', ')} ms; limit: ${empty.toFixed(0)} ms without a chain; target ${TARGET_MS} (${ready < TARGET_MS ? 'met' : 'MISSED'})`,
  ].join('\n'),
);
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('memory.json', folder), `${JSON.stringify({ machine, ...result }, null, 2)}\n`);
