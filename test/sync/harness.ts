// Syncing nodes on real hosts: store, chain and sync of a clinic without its doors, over chains made in advance. Honest ones
// serve what they have; liars serve what the test says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchNetwork, benchNetwork, type ChainPlan, makeChain, numbered } from '../../bench/lib/ledger.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { Chain } from '../../node/chain/chain.ts';
import { Verifier } from '../../node/chain/verifier.ts';
import { Intake } from '../../node/intake.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { Mempool } from '../../node/mempool/mempool.ts';
import { PeerBlames } from '../../node/peers/blame.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { SYNC_PROTOCOLS, serveSync } from '../../node/sync/protocols.ts';
import { Sync, type SyncOptions } from '../../node/sync/sync.ts';
import { createNetwork } from '../../p2p/network.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { waitFor } from '../helpers/wait-for.ts';

const logger = createLogger({ level: 'silent' });

export interface SyncNode {
  readonly number: number;
  readonly network: Network;
  readonly store: ChainDatabase;
  readonly chain: Chain;
  readonly sync: Sync;
  readonly blames: PeerBlames;
}

export type Serve = (network: Network, store: ChainDatabase, sync: () => Sync) => void;

export class SyncWorld {
  readonly bench: BenchNetwork;
  readonly root: string;
  private readonly nodes: SyncNode[] = [];
  private readonly hosts: Network[] = [];

  private constructor(bench: BenchNetwork, root: string) {
    this.bench = bench;
    this.root = root;
  }

  static async make(clinics: number): Promise<SyncWorld> {
    return new SyncWorld(benchNetwork(clinics), await mkdtemp(join(tmpdir(), 'wardmesh-sync-')));
  }

  peerId(number: number): string {
    return peerIdOf(this.bench.nodeKey(number));
  }

  /** A directory with a chain, for `start`. */
  async chainAt(name: string, plan: ChainPlan): Promise<string> {
    const path = join(this.root, name);
    const store = new ChainDatabase({ path, genesis: this.bench.genesis });
    await makeChain(this.bench, store, plan);
    await store.close();
    return path;
  }

  /** `serve` in place of what an honest node serves. */
  async start(number: number, path: string, options: Partial<SyncOptions> = {}, serve?: Serve): Promise<SyncNode> {
    const { genesis, id: genesisId } = this.bench;
    const store = new ChainDatabase({ path, genesis });
    const members = new MemberSets({ genesis }, { states: (keys) => store.states(keys) });
    const verifier = new Verifier({ genesisId }, {});
    const clock = systemClock;
    const chain = new Chain({ genesis, genesisId }, { store, members, verifier, clock, logger });
    const mempool = new Mempool({}, { members, nextSequence: async () => 0 });
    const intake = new Intake({ genesisId }, { mempool, verifier });
    const network = createNetwork(
      { privateSeed: numbered('node', number), listen: ['/ip4/127.0.0.1/tcp/0'], protocols: SYNC_PROTOCOLS },
      { logger, clock },
    );
    const blames = new PeerBlames({ network, clock, logger });
    const sync = new Sync(
      { genesis, genesisId, ...options },
      { chain, store, members, network, intake, mempool, blames, clock, logger },
    );
    await chain.start();
    const honest = (): void =>
      serveSync({
        ...{ network, store, mempool, attachments: { get: async () => undefined } },
        status: () => sync.status(),
        onStatus: (peerId, status) => sync.onStatus(peerId, status),
      });
    if (serve === undefined) honest();
    else serve(network, store, () => sync);
    await network.start();
    const node = { number, network, store, chain, sync, blames };
    this.nodes.push(node);
    this.hosts.push(network);
    return node;
  }

  /** Everybody may talk to everybody; syncing begins. */
  async join(...nodes: readonly SyncNode[]): Promise<void> {
    await this.connect(...nodes);
    for (const { sync } of nodes) sync.start();
  }

  async connect(...nodes: readonly SyncNode[]): Promise<void> {
    for (const node of nodes) {
      node.network.setMembers(
        nodes
          .filter((other) => other !== node)
          .map(({ number, network }) => ({
            peerId: this.peerId(number),
            addresses: network.addresses().map((address) => address.replace(/\/p2p\/.*$/, '')),
          })),
      );
    }
    await waitFor(() => nodes.every(({ network }) => network.peers().length === nodes.length - 1), {
      timeoutMs: 150_000,
      what: 'connections',
    });
  }

  async reaches(node: SyncNode, height: number, timeoutMs = 150_000): Promise<void> {
    await waitFor(() => node.chain.tip.header.height >= height, { timeoutMs, what: `height ${height}` });
  }

  async end(): Promise<void> {
    await Promise.all(this.nodes.map(({ sync }) => sync.stop()));
    await Promise.all(this.hosts.map((host) => host.stop()));
    await Promise.all(this.nodes.map(({ chain }) => chain.stop()));
    await Promise.all(this.nodes.map(({ store }) => store.close()));
    await rm(this.root, { recursive: true, force: true });
  }
}
