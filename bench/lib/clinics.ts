// Clinics as real processes: directories of a new network in a folder, each started with the wardmesh command on free
// ports, its memory and processor time read from the system. Owns children; what they are asked is the benchmarks'.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEAN_ENVIRONMENT, LEAN_FLAGS } from '../../cli/devnet/lean.ts';
import { DEVELOPMENT } from '../../consensus/params.ts';
import { createClinic, joinNetwork } from '../../node/clinic-directory.ts';
import { dataPaths, makePrivateDirectory, writePrivateFile } from '../../node/data-directory.ts';
import { bundleOf, foundNetwork } from '../../node/genesis/founding.ts';
import { createPassphraseFile } from '../../node/keystore/passphrase.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';

const COMMAND = fileURLToPath(new URL('../../bin/wardmesh.js', import.meta.url));
/** As the development network has them: clinics 1 and 2 share one. */
const ORGANISATIONS = ['A', 'A', 'B', 'C'];
/** Duty of all miners together, as in the development network: with a tenth of one thread T = 2 s is out of reach. */
const HASH_POWER = 0.4;
const START_MS = 60_000;
const STOP_MS = 20_000;

export interface ClinicPlace {
  readonly number: number;
  readonly directory: string;
  readonly httpPort: number;
  readonly passphrase: string;
  /** Of `wardmesh start`. */
  readonly flags?: readonly string[];
}

export interface Usage {
  /** Resident memory, bytes. */
  readonly rss: number;
  /** The most it ever was. */
  readonly peak: number;
  /** Of one core, since the start. */
  readonly cpuSeconds: number;
}

export interface RunningClinic {
  readonly number: number;
  readonly client: RpcClient;
  /** From the start of the process until its doors were open, ms. */
  readonly readyMs: number;
  usage(): Usage;
  stop(): Promise<void>;
}

/** T = 2 s; `created` in the past leaves room for blocks that are made in advance. */
export async function foundClinics(root: string, count: number, created = Date.now()): Promise<ClinicPlace[]> {
  const ports = await freePorts(2 * count);
  const places: ClinicPlace[] = [];
  const founders = [];
  for (let index = 0; index < count; index++) {
    const directory = join(root, `clinic-${index + 1}`);
    const paths = dataPaths(directory);
    const [httpPort, p2pPort] = [ports[2 * index], ports[2 * index + 1]];
    const address = `/ip4/127.0.0.1/tcp/${p2pPort}`;
    const passphrase = await newPassphrase(directory);
    const about = {
      name: `Clinic ${index + 1}`,
      organisation: ORGANISATIONS[index],
      addresses: [address],
      networks: [],
    };
    founders.push(await createClinic(directory, passphrase, about));
    const mining = { duty: HASH_POWER / count };
    const config = { http: { port: httpPort }, p2p: { listen: [address] }, mining, log: { level: 'warn' } };
    await writePrivateFile(paths.config, JSON.stringify(config));
    places.push({ number: index + 1, directory, httpPort, passphrase });
  }
  const plan = { network: 'bench', created, params: DEVELOPMENT, country: 'US', idType: 'ssn', founders };
  const bundle = await bundleOf(foundNetwork(plan));
  for (const { directory, passphrase } of places) await joinNetwork(directory, passphrase, bundle);
  return places;
}

/** `command`: another than that of these sources. */
export async function startClinic(place: ClinicPlace, command = COMMAND): Promise<RunningClinic> {
  const log = await open(join(place.directory, 'node.log'), 'a');
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...LEAN_FLAGS, command, 'start', '--data', place.directory, ...(place.flags ?? [])],
    {
      env: { ...LEAN_ENVIRONMENT, ...process.env },
      // The channel ends the clinic when this process is gone.
      stdio: ['ignore', 'pipe', log.fd, 'ipc'],
    },
  );
  await log.close();
  try {
    await ready(child);
  } catch (error) {
    const lines = await readFile(join(place.directory, 'node.log'), 'utf8');
    throw new Error(`clinic ${place.number} did not start:\n${lines.slice(-2000)}`, { cause: error });
  }
  const readyMs = performance.now() - began;
  const token = (await readFile(dataPaths(place.directory).operatorToken, 'utf8')).trim();
  const client = createClient({ url: `http://127.0.0.1:${place.httpPort}`, token });
  return {
    number: place.number,
    client,
    readyMs,
    usage: () => usageOf(child),
    stop: async () => {
      client.close();
      await end(child);
    },
  };
}

async function newPassphrase(directory: string): Promise<string> {
  const paths = dataPaths(directory);
  await makePrivateDirectory(directory);
  return createPassphraseFile(paths.passphrase);
}

/** The command says one line when the doors are open. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('not ready in time'));
    }, START_MS);
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    child.stdout?.once('data', () => settle());
    child.once('exit', (code) => settle(new Error(`exit code ${code}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(timer);
}

/** From /proc: zeros where the system has none. */
function usageOf(child: ChildProcess): Usage {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return {
      rss: 1024 * kib('VmRSS'),
      peak: 1024 * kib('VmHWM'),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    };
  } catch {
    return { rss: 0, peak: 0, cpuSeconds: 0 };
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
