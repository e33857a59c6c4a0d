// Clinics of one founded network inside the test's own process: the whole node of node/node.ts with real databases, doors
// and sockets, and a way to cut the network between them. Also a member that follows no rule.

import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../../common/clock.ts';
import { createLogger, type Logger } from '../../common/logger.ts';
import { founders } from '../../consensus/member-set.ts';
import { openClinic, readConfigFile } from '../../node/clinic-directory.ts';
import { COMPACT } from '../../node/compact/protocols.ts';
import { loadConfig } from '../../node/config/load.ts';
import { THREATS, TRANSACTIONS } from '../../node/gossip.ts';
import { Node } from '../../node/node.ts';
import { SYNC_PROTOCOLS } from '../../node/sync/protocols.ts';
import { createNetwork } from '../../p2p/network.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, PeerAddress } from '../../p2p/ports.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import { ALONE, type Clinic, FAST, type FoundedClinics, foundClinics, type NetworkOptions } from './devnet.ts';
import { waitFor } from './wait-for.ts';

const silent = createLogger({ level: 'silent' });

export interface TestNodesOptions extends NetworkOptions {
  readonly logger?: Logger;
  /** Folder of the built pages, for tests in a browser. */
  readonly webRoot?: string;
  /** Of all its nodes. */
  readonly clock?: Clock;
  /**
   * Clinics that mine, as often together as all would; all when absent. With a single one no block takes the place of
   * another: for claims that are not about that, and ask for what stood in a block a moment ago.
   */
  readonly miners?: readonly number[];
}

/** Of a clinic by its own settings. */
const DUTY = 0.1;

export class TestNodes {
  readonly founded: FoundedClinics;
  private readonly miners: readonly number[] | undefined;
  private readonly nodes = new Map<number, Node>();
  private readonly clients = new Map<number, RpcClient>();
  private readonly strangers = new Set<Network>();
  private readonly logger: Logger;
  private readonly webRoot: string | undefined;
  private readonly clock: Clock;

  private constructor(founded: FoundedClinics, options: TestNodesOptions) {
    this.clock = options.clock ?? systemClock;
    this.founded = founded;
    this.logger = options.logger ?? silent;
    this.webRoot = options.webRoot;
    this.miners = options.miners;
  }

  static async found(options: TestNodesOptions = {}): Promise<TestNodes> {
    const { miners, params = options.clinics === 1 ? ALONE : FAST } = options;
    // With nobody to race, blocks may become as easy as the machine is slow.
    const { easiestTarget } = miners?.length === 1 ? ALONE : params;
    return new TestNodes(await foundClinics({ ...options, params: { ...params, easiestTarget } }), options);
  }

  get numbers(): number[] {
    return this.founded.clinics.map(({ number }) => number);
  }

  clinic(number: number): Clinic {
    return this.founded.clinics[number - 1];
  }

  node(number: number): Node {
    const node = this.nodes.get(number);
    if (node === undefined) throw new Error(`clinic ${number} does not run`);
    return node;
  }

  peerId(number: number): string {
    return peerIdOf(this.founded.bundle.genesis.clinics[number - 1].nodeKey);
  }

  /** `flags` as on the command line, by their names; `features` of an older version. */
  async start(
    number: number,
    flags: Readonly<Record<string, string>> = {},
    features?: readonly number[],
  ): Promise<Node> {
    const { directory, passphrase, paths } = this.clinic(number);
    const { genesis, clinic, keys, keystore } = await openClinic(directory, passphrase);
    const config = loadConfig({ file: await readConfigFile(directory), flags: { ...this.mining(number), ...flags } });
    const node = new Node(
      { genesis, clinic, keys, paths, config, features, webRoot: this.webRoot },
      { logger: this.logger, keystore, clock: this.clock },
    );
    await node.start();
    this.nodes.set(number, node);
    return node;
  }

  private mining(number: number): Readonly<Record<string, string>> {
    if (this.miners === undefined) return {};
    if (!this.miners.includes(number)) return { 'mining-threads': '0' };
    return { 'mining-duty': String(Math.min(1, (DUTY * this.numbers.length) / this.miners.length)) };
  }

  async stop(number: number): Promise<void> {
    await this.nodes.get(number)?.stop();
    this.nodes.delete(number);
  }

  /** Lets each clinic know only those of its own group. Resolves when nothing connects the groups any more. */
  async cut(...groups: readonly (readonly number[])[]): Promise<void> {
    for (const group of groups) {
      for (const number of group) this.nodes.get(number)?.network.setMembers(membersOf(this.founded, number, group));
    }
    for (const group of groups) {
      const known = new Set(group.map((number) => this.peerId(number)));
      const networks = group.flatMap((number) => this.nodes.get(number)?.network ?? []);
      await waitFor(() => networks.every((network) => network.peers().every(({ peerId }) => known.has(peerId))), {
        timeoutMs: 120_000,
        what: 'the cut',
      });
    }
  }

  async heal(): Promise<void> {
    await this.cut(this.numbers);
  }

  client(number: number): RpcClient {
    const known = this.clients.get(number);
    if (known !== undefined) return known;
    const { paths, url } = this.clinic(number);
    const client = createClient({ url, token: readFileSync(paths.operatorToken, 'utf8').trim() });
    this.clients.set(number, client);
    return client;
  }

  /** See `startStranger`. */
  async stranger(
    number: number,
    setUp?: (network: Network) => void,
    heard?: (bytes: Uint8Array) => void,
  ): Promise<Network> {
    const network = await startStranger(this.founded, number, setUp, heard);
    this.strangers.add(network);
    return network;
  }

  async endStranger(network: Network): Promise<void> {
    this.strangers.delete(network);
    await network.stop();
  }

  async connected(peers = this.nodes.size - 1, timeoutMs = 240_000): Promise<void> {
    for (const [number, { network }] of this.nodes) {
      const up = (): boolean => network.peers().filter(({ gossip }) => gossip).length >= peers;
      await waitFor(up, { timeoutMs, what: `${peers} peers of clinic ${number}` });
    }
  }

  /** Until all of them stand in blocks, as that clinic sees it. Throws for one that is refused. */
  async applied(number: number, ...statements: readonly (string | null)[]): Promise<void> {
    const asked = { statements: statements.map(String), timeoutMs: 5_000 };
    const states = await waitFor(
      async () => {
        const answer = await this.client(number).call('tx_wait', asked);
        return answer.reached && answer.statements;
      },
      { timeoutMs: 180_000, what: `${statements.length} statements in blocks at clinic ${number}` },
    );
    const refused = states.filter(({ status }) => status === 'refused');
    if (refused.length > 0) throw new Error(`refused at clinic ${number}: ${JSON.stringify(refused)}`);
  }

  async agreed(timeoutMs = 240_000): Promise<Uint8Array> {
    const all = [...this.nodes.values()];
    return waitFor(
      () => {
        const ids = new Set(all.map(({ chain }) => Buffer.from(chain.tip.id).toString('hex')));
        const roots = new Set(all.map(({ chain }) => Buffer.from(chain.roots.stateRoot).toString('hex')));
        return ids.size === 1 && roots.size === 1 && all[0].chain.roots.stateRoot;
      },
      { timeoutMs, what: 'one head at every clinic' },
    );
  }

  async reaches(number: number, height: number, timeoutMs = 240_000): Promise<void> {
    await waitFor(() => this.node(number).chain.tip.header.height >= height, {
      timeoutMs,
      what: `height ${height} at clinic ${number}`,
    });
  }

  /** Ends everything and removes the directories. */
  async remove(): Promise<void> {
    for (const client of this.clients.values()) client.close();
    await Promise.all([...this.strangers].map((network) => network.stop()));
    await Promise.all([...this.nodes.values()].map((node) => node.stop()));
    await this.founded.remove();
  }
}

/**
 * A host under a founder's key that speaks our protocols and topics as the test likes; `heard` gets every gossip message.
 * That clinic must not run.
 */
export async function startStranger(
  founded: FoundedClinics,
  number: number,
  setUp: (network: Network) => void = () => {},
  heard: (bytes: Uint8Array) => void = () => {},
): Promise<Network> {
  const { seeds, p2pPort } = founded.clinics[number - 1];
  const listen = [`/ip4/127.0.0.1/tcp/${p2pPort}`];
  const protocols = SYNC_PROTOCOLS;
  const network = createNetwork({ privateSeed: seeds.node, listen, protocols }, { logger: silent, clock: systemClock });
  for (const topic of [TRANSACTIONS, THREATS, COMPACT]) {
    network.subscribe(topic, async (_from, bytes) => {
      heard(bytes);
      return 'ignore';
    });
  }
  setUp(network);
  const numbers = founded.clinics.map((clinic) => clinic.number);
  network.setMembers(membersOf(founded, number, numbers));
  await network.start();
  return network;
}

function membersOf(founded: FoundedClinics, number: number, group: readonly number[]): PeerAddress[] {
  return founders(founded.bundle.genesis)
    .clinics.filter((clinic) => clinic.number !== number && group.includes(clinic.number))
    .map(({ nodeKey, addresses }) => ({ peerId: peerIdOf(nodeKey), addresses }));
}
