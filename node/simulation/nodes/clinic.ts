// One simulated clinic: the core of a real node on a virtual clock, with databases that outlive its crashes. Owns its life;
// what happens to it is decided by sim-network.ts.
import type { Logger } from '../../../common/logger.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import { PATIENTS_REGISTER } from '../../../consensus/ledger/kinds.ts';
import { ZERO_HASH } from '../../../consensus/merkle.ts';
import { peerIdOf } from '../../../p2p/peer-id.ts';
import type { ProtocolOptions, RequestHandler } from '../../../p2p/ports.ts';
import { assembleCore, type Core } from '../../core.ts';
import type { ClinicSeeds, KeystoreContents, SpareKey } from '../../keystore/contents.ts';
import { seedsOf } from '../../keystore/rotation.ts';
import { OutboxStore } from '../../outbox/outbox-store.ts';
import { ChainDatabase } from '../../store/chain-database.ts';
import { memoryVoteFile, type VoteFile } from '../../voter/vote-file.ts';
import { MemoryLevel } from '../memory-level.ts';
import type { Hub } from '../network/hub.ts';
import { MemoryNetwork } from '../network/memory-network.ts';
import type { Random } from '../random.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { VirtualMiner } from '../virtual-miner.ts';
import type { World } from '../world.ts';
import { sendingKey } from './founding.ts';
import { type Lie, tampered, voteTwice } from './liars.ts';
import { MemoryRows } from './memory-rows.ts';

export interface ClinicOptions {
  readonly genesis: Genesis;
  readonly number: number;
  readonly secrets: KeystoreContents;
  /** Hashes per ms. */
  readonly hashRate: number;
  /** How far its clock is ahead, ms. */
  readonly skew: number;
  /** What it does against the rules. */
  readonly lies: ReadonlySet<Lie>;
}

export interface ClinicModules {
  readonly world: World;
  readonly hub: Hub;
  readonly random: Random;
  readonly logger: Logger;
}

/** What exists while it runs. */
interface Life {
  readonly core: Core;
  readonly network: MemoryNetwork;
  readonly clock: VirtualClock;
  readonly miner: VirtualMiner;
  readonly store: ChainDatabase;
}

export class SimClinic {
  readonly number: number;
  readonly peerId: string;
  private readonly options: ClinicOptions;
  private readonly modules: ClinicModules;
  private readonly chainRows = new MemoryLevel();
  private readonly outboxRows = new MemoryRows();
  private voteFile: VoteFile = memoryVoteFile();
  private readonly listeners = new Set<(core: Core) => void>();
  private life: Life | undefined;
  private foundBefore = 0;
  /** Keys that its operator made for later. */
  readonly spares: SpareKey[] = [];
  /** Hashes per ms. */
  hashRate: number;

  constructor(options: ClinicOptions, modules: ClinicModules) {
    this.options = options;
    this.modules = modules;
    this.number = options.number;
    this.hashRate = options.hashRate;
    this.peerId = peerIdOf(sendingKey(this.seeds.node).publicKey);
  }

  get seeds(): ClinicSeeds {
    return this.options.secrets.seeds;
  }

  get up(): boolean {
    return this.life !== undefined;
  }

  get core(): Core {
    return this.alive().core;
  }

  get store(): ChainDatabase {
    return this.alive().store;
  }

  get height(): number {
    return this.core.chain.tip.header.height;
  }

  /** Blocks that it mined, over all its lives. */
  get found(): number {
    return this.foundBefore + (this.life?.miner.found ?? 0);
  }

  /** Told of each new life before it starts. */
  onLife(listener: (core: Core) => void): void {
    this.listeners.add(listener);
  }

  async start(): Promise<void> {
    if (this.life !== undefined) return;
    const life = this.assemble();
    this.life = life;
    const { core, network } = life;
    for (const listener of this.listeners) listener(core);
    await core.chain.start();
    await core.voting.prepare();
    await core.mempool.start(core.chain.tip.header.height);
    await core.outbox.start();
    const follow = (): void =>
      network.setMembers(
        core.members.peers
          .filter(({ number }) => number !== this.number)
          .map(({ nodeKey, addresses }) => ({ peerId: peerIdOf(nodeKey), addresses })),
      );
    core.members.onChange(follow);
    follow();
    await network.start();
    await core.sync.start();
    core.voting.start();
    if (this.options.lies.has('two-votes')) this.voteTwice(life);
    await core.producer.start();
  }

  /** As a power cut: nothing is said, what was written stays. */
  crash(): void {
    if (this.life === undefined) return;
    const { network, clock, miner } = this.life;
    network.crash();
    clock.end();
    this.foundBefore += miner.found;
    this.life = undefined;
  }

  /** Loses what it remembers of its votes, as a restored backup has. Only while it is down. */
  forgetVotes(): void {
    const { write, read } = memoryVoteFile();
    let written = false;
    this.voteFile = {
      read: async () => (written ? read() : undefined),
      write: (record) => {
        written = true;
        return write(record);
      },
    };
  }

  setHashRate(hashRate: number): void {
    this.hashRate = hashRate;
    if (this.life !== undefined) this.life.miner.hashRate = hashRate;
  }

  setSkew(skew: number): void {
    this.alive().clock.skew = skew;
  }

  /** Queues the registration of a patient; the id of the statement. */
  async register(handle: Uint8Array): Promise<Uint8Array> {
    const { core } = this.alive();
    const statement = core.author.make({ kind: PATIENTS_REGISTER, object: ZERO_HASH, version: 0, payload: handle });
    await core.outbox.submit([statement]);
    return statement.id;
  }

  private assemble(): Life {
    const { genesis, number, secrets, skew, lies } = this.options;
    const { world, hub, random, logger } = this.modules;
    const { seeds } = this;
    const clock = new VirtualClock({ skew }, { world });
    const tamper = (protocol: ProtocolOptions, handler: RequestHandler): RequestHandler =>
      tampered(lies, protocol, handler);
    const network = new MemoryNetwork({ peerId: this.peerId, tamper }, { hub, clock });
    const miner = new VirtualMiner({ hashRate: this.hashRate, twice: lies.has('two-blocks') }, { clock, random });
    const store = new ChainDatabase({ path: '', genesis }, { open: async () => this.chainRows });
    const core = assembleCore(
      {
        ...{ genesis, clinic: number, voteSeeds: seedsOf({ ...secrets, spares: this.spares }, 'vote') },
        keys: { node: sendingKey(seeds.node), gateway: sendingKey(seeds.gateway) },
      },
      {
        ...{ network, store, miner, clock, logger, voteFile: this.voteFile },
        outboxStore: new OutboxStore({ database: this.outboxRows }),
        attachments: { get: async () => undefined },
      },
    );
    return { core, network, clock, miner, store };
  }

  private voteTwice({ core, network }: Life): void {
    const { genesis } = this.options;
    voteTwice({ genesis, clinic: this.number, seed: this.seeds.vote }, { core, network, random: this.modules.random });
  }

  private alive(): Life {
    if (this.life === undefined) throw new Error(`clinic ${this.number} is down`);
    return this.life;
  }
}
