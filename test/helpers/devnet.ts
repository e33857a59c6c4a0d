// Networks of real clinics for tests: data directories of one founded network, and `wardmesh start` as processes that can
// be killed, stopped and started again. Owns ports, directories and processes; what is claimed about them is the tests'.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEAN_ENVIRONMENT, LEAN_FLAGS } from '../../cli/devnet/lean.ts';
import { type Params, targetFor } from '../../consensus/params.ts';
import { joinNetwork } from '../../node/clinic-directory.ts';
import { type DataPaths, dataPaths, makePrivateDirectory, writePrivateFile } from '../../node/data-directory.ts';
import type { Founder } from '../../node/genesis/founder-file.ts';
import { bundleOf, founderOf, foundNetwork, newClinicSecrets } from '../../node/genesis/founding.ts';
import type { GenesisBundle } from '../../node/genesis/genesis-file.ts';
import type { KeystoreContents } from '../../node/keystore/contents.ts';
import { createKeystore } from '../../node/keystore/keystore.ts';
import { NO_VOTES, voteFile } from '../../node/voter/vote-file.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import { ensureToken } from '../../rpc/token.ts';
import { waitFor } from './wait-for.ts';

const COMMAND = fileURLToPath(new URL('../../bin/wardmesh.js', import.meta.url));
/** Later starts of clinics compile nothing anew. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/wardmesh-test', import.meta.url));
const ENVIRONMENT = { ...process.env, NODE_ENV: 'production', NODE_COMPILE_CACHE: COMPILE_CACHE };
/** Cheap on purpose: the keystore's cost is tested where it belongs. */
const FAST_KDF = { log2N: 4, r: 1, p: 1 };
const DAY = 86_400_000;
const START_MS = 120_000;
const STOP_MS = 30_000;

/** Blocks within about a second on busy cores, without a fork storm. */
export const FAST: Params = {
  blockInterval: 500,
  startTarget: targetFor(150_000n),
  easiestTarget: targetFor(150_000n),
  hardestTarget: targetFor(1n << 34n),
  statementMaxAge: 30 * DAY,
  keyGrace: 30 * DAY,
  threatMaxLife: 7 * DAY,
  recoveryDelay: 3 * DAY,
  takeOverDelay: 3 * DAY,
  takeOverLongest: 14 * DAY,
  emergencyOpen: DAY / 12,
  emergencyReview: 3 * DAY,
};

/** Blocks twice as often, for tests that wait for many. */
export const QUICK: Params = { ...FAST, blockInterval: 250 };

const easy = targetFor(20_000n);
/** Of a network of one clinic, which can't fork: as fast as that clinic makes them. */
export const ALONE: Params = { ...FAST, blockInterval: 200, startTarget: easy, easiestTarget: easy };

/** As the development network: two branches of one organisation, two strangers. */
const CLINICS = [
  { name: 'Northside', organisation: 'Aspen' },
  { name: 'Southside', organisation: 'Aspen' },
  { name: 'Birch', organisation: 'Birch' },
  { name: 'Cedar', organisation: 'Cedar' },
] as const;

export interface NetworkOptions {
  /** Processes with the heap of the development network, for what is said about memory. */
  readonly lean?: boolean;
  /** 4 when absent. */
  readonly clinics?: number;
  /** Every clinic is an organisation of its own. */
  readonly apart?: boolean;
  /** `FAST` when absent, `ALONE` for one clinic. */
  readonly params?: Params;
  /** Multiaddress of a clinic as the genesis names it, when that is not where the clinic listens. */
  readonly advertise?: (number: number, port: number) => string;
  /** Further settings of each clinic, in the nested form of the configuration file. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Clinic {
  readonly number: number;
  readonly directory: string;
  readonly paths: DataPaths;
  readonly passphrase: string;
  /** Its secret keys, for tests in which it lies. */
  readonly seeds: KeystoreContents['seeds'];
  readonly httpPort: number;
  readonly p2pPort: number;
  readonly url: string;
  readonly log: string;
}

export interface FoundedClinics {
  readonly directory: string;
  readonly clinics: readonly Clinic[];
  readonly bundle: GenesisBundle;
  remove(): Promise<void>;
}

/** Directories of a new network, nothing running. */
export async function foundClinics(options: NetworkOptions = {}): Promise<FoundedClinics> {
  const { clinics: count = 4, config = {} } = options;
  const { params = count === 1 ? ALONE : FAST } = options;
  const directory = await mkdtemp(join(tmpdir(), 'wardmesh-net-'));
  const ports = await freePorts(2 * count);
  const clinics: Clinic[] = [];
  const founders: Founder[] = [];
  for (let index = 0; index < count; index++) {
    const number = index + 1;
    const [httpPort, p2pPort] = [ports[2 * index], ports[2 * index + 1]];
    const paths = dataPaths(join(directory, `clinic-${number}`));
    const listen = `/ip4/127.0.0.1/tcp/${p2pPort}`;
    const about = {
      ...CLINICS[index % CLINICS.length],
      ...(options.apart ? { organisation: `Organisation ${number}` } : {}),
      name: `${CLINICS[index % CLINICS.length].name} ${number}`,
      addresses: [options.advertise?.(number, p2pPort) ?? listen],
      networks: [],
    };
    const passphrase = `passphrase of clinic ${number}`;
    const secrets = newClinicSecrets();
    await makePrivateDirectory(paths.root);
    await createKeystore(paths.keystore, passphrase, secrets, FAST_KDF);
    await voteFile(paths.votes).write(NO_VOTES);
    await ensureToken(paths.operatorToken);
    founders.push(founderOf(secrets.seeds, about));
    await writePrivateFile(paths.passphrase, `${passphrase}\n`);
    const settings = { ...config, http: { ...config.http, port: httpPort }, p2p: { listen: [listen] } };
    await writePrivateFile(paths.config, JSON.stringify(settings));
    const url = `http://127.0.0.1:${httpPort}`;
    const log = join(directory, `clinic-${number}.log`);
    const { seeds } = secrets;
    clinics.push({ number, directory: paths.root, paths, passphrase, seeds, httpPort, p2pPort, url, log });
  }
  const plan = { network: 'test', created: Date.now() - 60_000, params, country: 'US', idType: 'ssn', founders };
  const bundle = await bundleOf(foundNetwork(plan));
  for (const { paths, passphrase } of clinics) await joinNetwork(paths.root, passphrase, bundle);
  return { directory, clinics, bundle, remove: () => rm(directory, { recursive: true, force: true }) };
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The clinics of one network as processes. */
export class TestNetwork {
  readonly founded: FoundedClinics;
  private readonly lean: boolean;
  private readonly children = new Map<number, ChildProcess>();
  private readonly clients = new Map<number, RpcClient>();

  private constructor(founded: FoundedClinics, lean: boolean) {
    this.founded = founded;
    this.lean = lean;
  }

  static async found(options: NetworkOptions = {}): Promise<TestNetwork> {
    return new TestNetwork(await foundClinics(options), options.lean ?? false);
  }

  get clinics(): readonly Clinic[] {
    return this.founded.clinics;
  }

  get numbers(): number[] {
    return this.clinics.map(({ number }) => number);
  }

  clinic(number: number): Clinic {
    return this.clinics[number - 1];
  }

  pid(number: number): number | undefined {
    return this.children.get(number)?.pid;
  }

  running(number: number): boolean {
    return this.children.has(number);
  }

  /** Ms from the process's start until its doors are open. */
  async start(number: number, flags: readonly string[] = []): Promise<number> {
    const clinic = this.clinic(number);
    const began = performance.now();
    const heap = this.lean ? LEAN_FLAGS : [];
    const child = spawn(process.execPath, [...heap, COMMAND, 'start', '--data', clinic.directory, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.lean ? { ...LEAN_ENVIRONMENT, ...ENVIRONMENT } : ENVIRONMENT,
    });
    this.children.set(number, child);
    const gone = new Promise<never>((_, reject) => {
      child.once('exit', (code, signal) => {
        if (this.children.get(number) === child) this.children.delete(number);
        reject(new Error(`clinic ${number} ended (${signal ?? code})\n${this.logTail(number)}`));
      });
    });
    gone.catch(() => {});
    const keep = (chunk: Buffer): void => appendFileSync(clinic.log, chunk);
    child.stderr?.on('data', keep);
    const ready = new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        keep(chunk);
        if (chunk.includes(' is ready at ')) resolve();
      });
    });
    const late = rejectAfter(START_MS, () => `clinic ${number} is not ready\n${this.logTail(number)}\n`);
    await Promise.race([ready, gone, late]);
    return performance.now() - began;
  }

  async startAll(flags: readonly string[] = []): Promise<number[]> {
    return Promise.all(this.numbers.map((number) => this.start(number, flags)));
  }

  /** SIGKILL. Resolves when the process is gone. */
  async kill(number: number): Promise<void> {
    const child = this.children.get(number);
    if (child !== undefined) await this.end(number, child, 'SIGKILL');
  }

  /** SIGTERM. Ms until the process is gone; throws when it does not go. */
  async stop(number: number): Promise<number> {
    const child = this.children.get(number);
    const began = performance.now();
    if (child !== undefined) await this.end(number, child, 'SIGTERM');
    return performance.now() - began;
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.numbers.map((number) => this.stop(number)));
  }

  /** Ends whatever runs and removes the directories. */
  async remove(): Promise<void> {
    for (const client of this.clients.values()) client.close();
    await Promise.all(this.numbers.map((number) => this.kill(number)));
    await this.founded.remove();
  }

  /** With the operator token. */
  client(number: number): RpcClient {
    const known = this.clients.get(number);
    if (known !== undefined) return known;
    const { paths, url } = this.clinic(number);
    const client = createClient({ url, token: readFileSync(paths.operatorToken, 'utf8').trim() });
    this.clients.set(number, client);
    return client;
  }

  /** `wardmesh ...` as a person types it, pointed at one clinic. */
  async command(number: number, ...args: readonly string[]): Promise<CommandResult> {
    const { url, paths } = this.clinic(number);
    const token = (await readFile(paths.operatorToken, 'utf8')).trim();
    return runCommand([...args, '--node', url], { WARDMESH_TOKEN: token });
  }

  /** The same with `--json`, parsed; throws when the command fails. */
  async json<T = Record<string, unknown>>(number: number, ...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.command(number, '--json', ...args);
    if (code !== 0) throw new Error(`wardmesh ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Waits until every running clinic has so many peers. */
  async connected(peers?: number, timeoutMs = 240_000): Promise<void> {
    const up = this.numbers.filter((number) => this.running(number));
    const wanted = peers ?? up.length - 1;
    for (const number of up) {
      await waitFor(async () => (await this.client(number).call('node_status')).peers >= wanted, {
        timeoutMs,
        intervalMs: 100,
        what: `${wanted} peers of clinic ${number}`,
      });
    }
  }

  /** Waits until the running clinics name one head and one state root at the same time. */
  async agreed(timeoutMs = 240_000): Promise<{ height: number; id: string; stateRoot: string }> {
    const up = this.numbers.filter((number) => this.running(number));
    return waitFor(
      async () => {
        const heads = await Promise.all(up.map((number) => this.client(number).call('chain_head')));
        const [first] = heads;
        const same = heads.every(({ id, stateRoot }) => id === first.id && stateRoot === first.stateRoot);
        return same && { height: first.height, id: first.id, stateRoot: first.stateRoot };
      },
      { timeoutMs, intervalMs: 50, what: 'one head at every clinic' },
    );
  }

  /** Waits until clinic `number` is at a height. */
  async reaches(number: number, height: number, timeoutMs = 240_000): Promise<void> {
    await waitFor(async () => (await this.client(number).call('chain_head')).height >= height, {
      timeoutMs,
      intervalMs: 50,
      what: `height ${height} at clinic ${number}`,
    });
  }

  logText(number: number): string {
    try {
      return readFileSync(this.clinic(number).log, 'utf8');
    } catch {
      return '';
    }
  }

  private logTail(number: number): string {
    return this.logText(number).split('\n').slice(-25).join('\n');
  }

  private async end(number: number, child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await Promise.race([gone, rejectAfter(STOP_MS, () => `clinic ${number} does not stop`)]);
    }
    if (this.children.get(number) === child) this.children.delete(number);
  }
}

export function runCommand(args: readonly string[], environment: Record<string, string> = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, ...environment },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Each process of a test run takes ports from a range of its own: what is free now may be another's a moment later. */
const PORT_RANGES = 6;
const PORTS_EACH = 3_000;

/** Below the range that the system takes outgoing ports from, so that a restarted clinic finds its port free. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  const first = 12_000 + PORTS_EACH * (Number(process.env.VITEST_POOL_ID ?? 0) % PORT_RANGES);
  while (ports.length < count) {
    const port = first + Math.floor(Math.random() * PORTS_EACH);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function rejectAfter(ms: number, what: () => string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what()} within ${ms} ms`)), ms).unref();
  });
}
