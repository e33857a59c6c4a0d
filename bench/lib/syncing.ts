// Fresh clinics that come to the head of a long chain, as real processes: two clinics have it, one more fetches it, by a
// snapshot or by all blocks. The chain is made once for a folder, which is used again when it is there.
import { access, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataPaths } from '../../node/data-directory.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { type ClinicPlace, foundClinics, startClinic } from './clinics.ts';
import { openNetwork } from './directories.ts';
import { makeChain } from './ledger.ts';
import { rawVerification } from './raw-verification.ts';

const PER_BLOCK = 2_000;
const CLINICS = 4;
const VERIFICATIONS = 10_000;
const WAIT_MS = 1_800_000;
const SAMPLE_MS = 250;

export interface SyncWorldPlan {
  readonly transactions: number;
  readonly places: readonly ClinicPlace[];
  readonly height: number;
}

export interface SyncRun {
  /** From the fresh clinic's start to the head, ms; the start without any chain is part of it. */
  readonly readyMs: number;
  readonly headMs: number;
  readonly peakBytes: number;
  readonly cpuSeconds: number;
  /** Raw asynchronous verifications a second on the same cores, before. */
  readonly rawPerSecond: number;
}

/** Four founders; clinics 1 and 2 have the chain. */
export async function prepareWorld(root: string, transactions: number): Promise<SyncWorldPlan> {
  const plan = join(root, 'plan.json');
  const known = await readFile(plan, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known);
  const height = Math.ceil(transactions / PER_BLOCK);
  const places = await foundClinics(root, CLINICS, Date.now() - 2 * 2_000 * height - 60_000);
  for (const place of places) await quiet(place);
  const network = await openNetwork(places);
  const [first, second] = places.map(({ directory }) => dataPaths(directory).chain);
  const store = new ChainDatabase({ path: first, genesis: network.genesis });
  try {
    await makeChain(network, store, { transactions, perBlock: PER_BLOCK, final: true });
  } finally {
    await store.close();
  }
  await cp(first, second, { recursive: true });
  const made = { transactions, places, height };
  await writeFile(plan, JSON.stringify(made));
  return made;
}

/** `command`: of all three clinics. */
export async function syncFresh(world: SyncWorldPlan, mode: 'full' | 'snapshot', command?: string): Promise<SyncRun> {
  const [one, two, fresh] = world.places;
  const paths = dataPaths(fresh.directory);
  const founded = new Set([paths.config, paths.genesis, paths.keystore, paths.passphrase, paths.founder]);
  for (const name of await readdir(fresh.directory)) {
    const path = join(fresh.directory, name);
    if (!founded.has(path)) await rm(path, { recursive: true, force: true });
  }
  await settings(fresh, { sync: { mode } });
  const rawPerSecond = await rate(rawVerification(await openNetwork(world.places), VERIFICATIONS));
  const sources = await Promise.all([one, two].map((place) => startClinic(place, command)));
  try {
    if (mode === 'snapshot') await Promise.all([one, two].map(hasSnapshot));
    const began = performance.now();
    const clinic = await startClinic(fresh, command);
    try {
      const end = began + WAIT_MS;
      while ((await clinic.client.call('node_health')).head.height < world.height) {
        if (performance.now() > end) throw new Error('the fresh clinic did not come to the head in time');
        await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
      }
      const headMs = performance.now() - began;
      const { peak, cpuSeconds } = clinic.usage();
      return { readyMs: clinic.readyMs, headMs, peakBytes: peak, cpuSeconds, rawPerSecond };
    } finally {
      await clinic.stop();
    }
  } finally {
    await Promise.all(sources.map((source) => source.stop()));
  }
}

async function rate(work: () => Promise<number>): Promise<number> {
  const began = performance.now();
  const count = await work();
  return (1000 * count) / (performance.now() - began);
}

/** A source makes its snapshot in the background after its start. */
async function hasSnapshot({ directory }: ClinicPlace): Promise<void> {
  const folder = `${dataPaths(directory).chain}.snapshots`;
  for (const end = performance.now() + WAIT_MS; performance.now() < end; ) {
    const made = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9]+$/.test(name));
    const whole = await Promise.all(
      made.map((name) =>
        access(join(folder, name, 'manifest')).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (whole.includes(true)) return;
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  throw new Error('no snapshot was made');
}

/** Nothing here measures mining. */
const quiet = (place: ClinicPlace): Promise<void> => settings(place, { mining: { threads: 0 } });

async function settings({ directory }: ClinicPlace, more: Record<string, unknown>): Promise<void> {
  const { config } = dataPaths(directory);
  await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), ...more }));
}
