// A clinic that joins a running network: its directory, its node inside the test's process, and the governance that admits it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../common/logger.ts';
import { createClinic, openClinic } from '../../node/clinic-directory.ts';
import { loadConfig } from '../../node/config/load.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { joinByInvitation } from '../../node/joining/join.ts';
import { Node } from '../../node/node.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { freePorts } from './devnet.ts';
import { approve } from './governance.ts';
import type { TestNodes } from './nodes.ts';
import { waitFor } from './wait-for.ts';

const PASSPHRASE = 'passphrase of the newcomer';
const logger = createLogger({ level: 'silent' });

export class Newcomer {
  readonly directory: string;
  private readonly ports: readonly number[];
  private running: Node | undefined;
  private known: RpcClient | undefined;

  private constructor(directory: string, ports: readonly number[]) {
    this.directory = directory;
    this.ports = ports;
  }

  /** An organisation of its own, by the name. */
  static async create(name: string): Promise<Newcomer> {
    const directory = join(await mkdtemp(join(tmpdir(), 'wardmesh-join-')), 'newcomer');
    const ports = await freePorts(2);
    const addresses = [`/ip4/127.0.0.1/tcp/${ports[1]}`];
    await createClinic(directory, PASSPHRASE, { name, organisation: name, addresses, networks: [] });
    return new Newcomer(directory, ports);
  }

  founderFile(): Promise<string> {
    return readFile(dataPaths(this.directory).founder, 'utf8');
  }

  async join(invitation: string): Promise<void> {
    await joinByInvitation(this.directory, PASSPHRASE, invitation, { logger });
  }

  async start(): Promise<Node> {
    const { genesis, clinic, keys, keystore, contacts, admit } = await openClinic(this.directory, PASSPHRASE);
    const flags = { 'http-port': String(this.ports[0]), 'p2p-listen': `/ip4/127.0.0.1/tcp/${this.ports[1]}` };
    const config = loadConfig({ file: {}, flags });
    const paths = dataPaths(this.directory);
    const node = new Node(
      { genesis, clinic, keys, contacts, paths, config, webRoot: undefined },
      { logger, admit, keystore },
    );
    await node.start();
    this.running = node;
    return node;
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  get node(): Node {
    if (this.running === undefined) throw new Error('the newcomer does not run');
    return this.running;
  }

  /** With the operator token, which is there after the first start. */
  async client(): Promise<RpcClient> {
    const token = (await readFile(dataPaths(this.directory).operatorToken, 'utf8')).trim();
    this.known ??= createClient({ url: `http://127.0.0.1:${this.ports[0]}`, token });
    return this.known;
  }

  async remove(): Promise<void> {
    this.known?.close();
    await this.stop();
    await rm(join(this.directory, '..'), { recursive: true, force: true });
  }
}

/** Proposed at clinic 1, approved at the others that are named. */
export async function govern(
  net: TestNodes,
  change: ParamsIn<'member_propose'>['change'],
  approvers: readonly number[],
  timeoutMs: number,
): Promise<void> {
  const made = await net.client(1).call('member_propose', { change });
  await applied(net.client(1), made.statement, timeoutMs);
  for (const number of approvers) {
    const { statement } = await approve(net.client(number), made.proposal, timeoutMs);
    await applied(net.client(number), statement, timeoutMs);
  }
}

async function applied(at: RpcClient, statement: string, timeoutMs: number): Promise<void> {
  const { statements } = await waitFor(
    async () => {
      const waited = await at.call('tx_wait', { statements: [statement], timeoutMs: 1_000 });
      return waited.reached && waited;
    },
    { timeoutMs, what: 'a statement of governance' },
  );
  const [{ outcome }] = statements;
  if (outcome?.result !== 'applied') throw new Error(`a statement of governance ended as ${outcome?.result}`);
}
