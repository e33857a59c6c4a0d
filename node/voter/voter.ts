// This clinic's vote (PROTOCOL 5.13.7): what it remembers, when it may vote again after a start, and the order of things:
// file on disk, then signature, then network. The rule itself is consensus/chain/finality/voter-rule.ts.
import { signEd25519, signingKeyPair, verifyEd25519 } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { hasQuorum, sameLink, voteKeyOf } from '../../consensus/chain/finality/quorum.ts';
import type { QuorumSets, Vote } from '../../consensus/chain/finality/types.ts';
import { voteMessage } from '../../consensus/chain/finality/vote.ts';
import {
  nextLink,
  recoverMemory,
  remember,
  type VoteMemory,
  votableEpoch,
} from '../../consensus/chain/finality/voter-rule.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { Network } from '../../p2p/ports.ts';
import { RequestError } from '../../p2p/reqresp/errors.ts';
import type { Chain } from '../chain/chain.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import type { Finality } from './finality.ts';
import { FORGOTTEN, type VoteExchange } from './vote-exchange.ts';
import { MAX_KEPT_VOTES, NO_VOTES, type VoteFile, type VoteRecord } from './vote-file.ts';

/** Block intervals that a voter with its memory waits at a start for peers that show more than it remembers. */
const ASK_T = 2;
/** Block intervals after which one peer in turn is asked for votes while nothing new is justified: gossip may lose some. */
const REPAIR_T = 4;
/** Peers that are asked for votes by a voter that has caught up: one of them may be as late. */
const LATE_PEERS = 3;
/** Votes of our own that one peer may show: more than it can hold of one clinic. */
const MAX_CLAIMS = 256;

export type VoterState =
  /** The clinic has no vote key that counts. */
  | 'none'
  /** Asks peers what it voted before it votes again. */
  | 'asking'
  /** Its vote file is missing: it waits until more than two thirds of the voters have answered. */
  | 'recovering'
  | 'voting';

export interface VoterOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  /** Of every vote key that this clinic has; which of them counts, the member sets say. That in use first. */
  readonly seeds: readonly Uint8Array[];
  readonly blockInterval: number;
}

interface VoteKey {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface VoterModules {
  readonly file: VoteFile;
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly members: MemberSets;
  readonly finality: Finality;
  readonly exchange: VoteExchange;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  clinicOf(peerId: string): ClinicNumber | undefined;
  /** Whether better chains are known than the one that is executed here. */
  behind(): boolean;
}

export class Voter {
  private readonly options: VoterOptions;
  private readonly modules: VoterModules;
  private readonly keys: readonly VoteKey[];
  private readonly serial = new Serial();
  /** Clinics that answered since the start. */
  private readonly answered = new Set<ClinicNumber>();
  /** Clinics that lost their memory as well. */
  private readonly forgetful = new Set<ClinicNumber>();
  private record: VoteRecord = NO_VOTES;
  private phase: Exclude<VoterState, 'none'> = 'asking';
  private timer: TimerHandle | undefined;
  private repairTimer: TimerHandle | undefined;
  private turn = 0;
  /** Others voted for blocks that were not here: what they said of them is asked for once they are. */
  private late = false;
  private unsubscribe: (() => void) | undefined;
  private stopped = false;

  constructor(options: VoterOptions, modules: VoterModules) {
    this.options = options;
    this.modules = modules;
    this.keys = options.seeds.map((seed) => ({ seed, publicKey: signingKeyPair(seed).publicKey }));
  }

  get state(): VoterState {
    const voter = this.modules.members.current.voters.find(({ number }) => number === this.options.clinic);
    return this.keyOf(voter?.voteKey) === undefined ? 'none' : this.phase;
  }

  /** Whether this clinic knows what it voted. */
  get remembers(): boolean {
    return this.phase !== 'recovering';
  }

  get memory(): VoteMemory {
    return this.record.memory;
  }

  /** Reads the file, after the chain has started and before the network has. */
  async load(): Promise<VoteRecord> {
    const record = await this.modules.file.read();
    if (record === undefined)
      this.modules.logger.warn('the vote file is missing: no votes until most clinics answered');
    this.phase = record === undefined ? 'recovering' : 'asking';
    this.record = record ?? NO_VOTES;
    return this.record;
  }

  start(): void {
    const { network, finality, exchange, clock } = this.modules;
    for (const vote of this.record.votes) void finality.take(vote).then(() => exchange.announce(vote));
    this.unsubscribe = network.onPeer((event, peerId) => {
      if (event === 'connected') void this.meet(peerId);
    });
    for (const { peerId } of network.peers()) void this.meet(peerId);
    this.timer = clock.setTimeout(() => {
      if (this.phase === 'asking') this.phase = 'voting';
      this.consider();
    }, ASK_T * this.options.blockInterval);
    this.repair();
    this.consider();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    for (const timer of [this.timer, this.repairTimer]) if (timer !== undefined) this.modules.clock.clearTimeout(timer);
    this.modules.exchange.stop();
    await this.serial.idle();
  }

  /** The chain moved, or what is justified did. */
  consider(): void {
    if (this.stopped) return;
    void this.serial
      .run(() => this.vote())
      .catch((error) => {
        this.modules.logger.error({ err: error }, 'no vote');
      });
  }

  /** Writes the file now: it also holds the checkpoint file. */
  keep(): Promise<void> {
    return this.serial.run(async () => {
      // What a voter without its memory leaves out is counted from where the others are.
      if (this.phase === 'recovering' && (this.modules.behind() || !this.ready())) return;
      const record = { ...this.record, certificates: this.modules.finality.certificates };
      await this.modules.file.write(record);
      this.record = record;
    });
  }

  /** What a peer shows of our own votes counts by its signatures alone. */
  private async meet(peerId: string): Promise<void> {
    const { exchange, clinicOf, logger } = this.modules;
    try {
      const claims = await exchange.own(peerId);
      await this.serial.run(() => this.heed(claims.slice(0, MAX_CLAIMS)));
      const clinic = clinicOf(peerId);
      if (clinic !== undefined) this.answered.add(clinic);
      await exchange.fetchRecent(peerId);
    } catch (error) {
      const clinic = clinicOf(peerId);
      if (clinic !== undefined && hasForgotten(error)) this.forgetful.add(clinic);
      logger.debug({ peer: peerId, code: codeOf(error) }, 'a peer did not show its votes');
    }
    this.consider();
  }

  private repair(): void {
    const { clock, network, chain, finality } = this.modules;
    this.repairTimer = clock.setTimeout(() => {
      const peers = network.peers();
      const late = votableEpoch(chain.tip.header.height) > finality.justified.epoch;
      if (late && peers.length > 0) this.askVotes(peers[this.turn++ % peers.length].peerId);
      this.repair();
    }, REPAIR_T * this.options.blockInterval);
  }

  /** Votes of before count only with their blocks: without them this clinic would vote from an older source than the others. */
  private askSome(): void {
    this.late = false;
    const peers = this.modules.network.peers();
    const count = Math.min(LATE_PEERS, peers.length);
    for (let n = 0; n < count; n++) this.askVotes(peers[this.turn++ % peers.length].peerId);
  }

  private askVotes(peerId: string): void {
    const { exchange, logger } = this.modules;
    exchange.fetchRecent(peerId).catch((error) => {
      logger.debug({ peer: peerId, code: codeOf(error) }, 'votes not fetched');
    });
  }

  private async heed(claims: readonly Vote[]): Promise<void> {
    const key = this.record.key ?? this.keys[0].publicKey;
    for (const { link, clinic, signature } of claims) {
      if (clinic !== this.options.clinic) continue;
      const { memory, own } = this.record;
      if (link.target.epoch <= memory.target && link.source.epoch <= memory.source) continue;
      const message = voteMessage(this.options.genesisId, link);
      if (!(await verifyEd25519(key, message, signature))) continue;
      // Of a voter that forgot, what others show may be its own; else it is what somebody made with a stolen key.
      const forgot = this.phase === 'recovering';
      this.record = { ...this.record, memory: remember(memory, link), own: forgot ? remember(own, link) : own };
    }
  }

  private async vote(): Promise<void> {
    const { chain, store, finality, exchange, behind, logger } = this.modules;
    if (this.stopped) return;
    if (behind()) this.late = true;
    if (behind() || !this.ready()) return;
    if (this.late) this.askSome();
    const { tip, view } = chain;
    const epoch = votableEpoch(tip.header.height);
    if (epoch <= this.record.own.target) return;
    const target = await store.entryAt(epoch * EPOCH_BLOCKS);
    if (target === undefined) return;
    const checkpoint = { epoch, id: target.id };
    const sets = await finality.setsOf(checkpoint);
    const key = sets === undefined ? undefined : this.keyOf(voteKeyOf(sets, this.options.clinic));
    if (key === undefined || chain.tip !== tip) return;
    const memory = this.memoryOf(key);
    const link = nextLink(memory, {
      target: checkpoint,
      set: target.header.memberSet,
      justified: view.justified,
      highestJustified: finality.justified.epoch,
    });
    if (link === undefined) return;
    const { clinic, genesisId } = this.options;
    const vote = { link, clinic, signature: signEd25519(key.seed, voteMessage(genesisId, link)) };
    const next = {
      key: key.publicKey,
      memory: remember(memory, link),
      own: remember(this.record.own, link),
      votes: [...this.record.votes.filter((old) => !sameLink(old.link, link)), vote].slice(-MAX_KEPT_VOTES),
      certificates: finality.certificates,
    };
    // On disk before anybody sees it: a voter that forgets is one that votes twice.
    await this.modules.file.write(next);
    this.record = next;
    logger.debug({ source: link.source.epoch, target: epoch, block: toHex(target.id) }, 'voted');
    await finality.take(vote);
    exchange.announce(vote);
  }

  private allAreHere({ current, previous }: QuorumSets): boolean {
    const here = ({ number }: { number: ClinicNumber }): boolean =>
      number === this.options.clinic || this.answered.has(number) || this.forgetful.has(number);
    return current.voters.every(here) && (previous?.voters.every(here) ?? true);
  }

  private keyOf(publicKey: Uint8Array | undefined): VoteKey | undefined {
    if (publicKey === undefined) return undefined;
    return this.keys.find((key) => equalBytes(key.publicKey, publicKey));
  }

  /** A new key heeds what this clinic signed, not what a thief showed of the one before it. */
  private memoryOf({ publicKey }: VoteKey): VoteMemory {
    const { key, memory, own } = this.record;
    return key === undefined || equalBytes(key, publicKey) ? memory : own;
  }

  private ready(): boolean {
    if (this.phase === 'voting') return true;
    const { members, chain, logger } = this.modules;
    const { previous } = chain.view.set;
    const sets = { current: members.current, previous: previous === undefined ? undefined : members.at(previous) };
    const heard = hasQuorum(sets, new Set([...this.answered, this.options.clinic]));
    // Where governance has spoken, those who would have to answer are gone; where all are here, nobody else knows more.
    if (!heard && !this.allAreHere(sets) && this.modules.finality.governed === undefined) return false;
    if (this.phase === 'recovering') {
      const { height } = chain.tip.header;
      const memory = recoverMemory(this.record.memory, height);
      this.record = { ...this.record, memory, own: recoverMemory(this.record.own, height) };
      logger.warn({ target: memory.target }, 'votes again, above everything that others know');
    }
    this.phase = 'voting';
    return true;
  }
}

function hasForgotten(error: unknown): boolean {
  return error instanceof RequestError && error.type.code === 'p2p.unavailable' && error.type.reason === FORGOTTEN;
}
