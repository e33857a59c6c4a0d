// What is justified and what is final, from the chain and from votes that are not in it yet (PROTOCOL 5.13). Owns which
// votes are taken, when they are enough, and the certificate for the next block; fork choice follows it.
import { verifyEd25519 } from '#crypto';
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { CodedError, codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Registry } from '../../common/metrics.ts';
import { Serial } from '../../common/serial.ts';
import { certificateOf } from '../../consensus/chain/block.ts';
import { decodeCertificate, encodeCertificate } from '../../consensus/chain/finality/certificate.ts';
import { hasQuorum, sameCheckpoint, sameLink, voteKeyOf } from '../../consensus/chain/finality/quorum.ts';
import type {
  Certificate,
  Checkpoint,
  GovernanceCertificate,
  Link,
  QuorumSets,
  Vote,
  VotesCertificate,
} from '../../consensus/chain/finality/types.ts';
import { voteMessage } from '../../consensus/chain/finality/vote.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { governanceJobs } from '../../consensus/ledger/members/quorum.ts';
import { type CheckpointRow, decodeCheckpointRow } from '../../consensus/ledger/members/set-rows.ts';
import type { ChainView } from '../../consensus/ledger/members/view.ts';
import { checkpointKey } from '../../consensus/ledger/tables.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { Chain } from '../chain/chain.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import { type FinalityMetrics, finalityMetrics } from './metrics.ts';
import { type Evidence, type LinkVotes, MAX_FINAL_EPOCHS_KEPT, VotePool } from './vote-pool.ts';

/** Last blocks whose certificates are looked at when the node starts: peers ask it for their votes. */
const RECENT_BLOCKS = 4 * EPOCH_BLOCKS;

export interface FinalityOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
}

export interface FinalityModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly members: MemberSets;
  readonly logger: Logger;
  readonly registry?: Registry;
}

export type VoteVerdict = 'new' | 'known' | 'bad-signature' | 'unknown';

export type CheckpointErrorType =
  /** The set is not in force, or too few of its governance keys signed. */
  | { code: 'checkpoint.quorum' }
  | { code: 'checkpoint.signature' }
  /** Something at least as high is final already. */
  | { code: 'checkpoint.old' }
  /** This node has no such block, or at another height. */
  | { code: 'checkpoint.unknown-block' }
  /** No checkpoint of the main chain has this height. */
  | { code: 'checkpoint.height'; height: number };

const SENTENCES: Readonly<Record<CheckpointErrorType['code'], string>> = {
  'checkpoint.quorum': 'Too few governance keys of the member set signed, or the set is not the one in force',
  'checkpoint.signature': 'A signature of the file is not of the clinic that it names',
  'checkpoint.old': 'Something at least as high is final already',
  'checkpoint.unknown-block': 'This node has no such block',
  'checkpoint.height': 'No checkpoint of the main chain has this height: they are the multiples of 4',
};

export class CheckpointError extends CodedError<CheckpointErrorType> {
  constructor(type: CheckpointErrorType) {
    super(type, SENTENCES[type.code]);
  }
}

/** The sets of a target; `exact` when this node's own chain names them. */
interface TargetSets {
  readonly sets: QuorumSets;
  readonly exact: boolean;
}

export class Finality {
  readonly pool: VotePool;
  private readonly options: FinalityOptions;
  private readonly genesisId: Uint8Array;
  private readonly modules: FinalityModules;
  private readonly metrics: FinalityMetrics;
  private readonly serial = new Serial();
  private readonly listeners = new Set<() => void>();
  private readonly accusers = new Set<(evidence: Evidence) => void>();
  private readonly proofs = new Map<number, VotesCertificate>();
  private installed: GovernanceCertificate | undefined;
  private changes = 0;
  private leaning = 0;
  /** What the votes on the link that was met last sign. */
  private signed: { readonly link: Link; readonly message: Uint8Array } | undefined;
  private highest: { justified: Checkpoint; finalised: Checkpoint };

  constructor(options: FinalityOptions, modules: FinalityModules) {
    this.options = options;
    this.genesisId = options.genesisId;
    this.modules = modules;
    this.metrics = finalityMetrics(modules.registry);
    const none = { epoch: 0, id: new Uint8Array(32) };
    this.highest = { justified: none, finalised: none };
    this.pool = new VotePool({
      onEvidence: (evidence) => {
        this.metrics.evidence.inc();
        modules.logger.warn(
          { clinic: evidence.first.clinic, offence: evidence.offence },
          'a clinic voted against itself',
        );
        for (const accuse of this.accusers) accuse(evidence);
      },
    });
    modules.chain.onCertificate((bytes) => void this.takeCertificate(decodeCertificate(bytes)));
  }

  /** The highest that this node knows of, by the chain or by votes. Neither ever sinks. */
  get justified(): Checkpoint {
    return this.highest.justified;
  }

  get finalised(): Checkpoint {
    return this.highest.finalised;
  }

  /** Of the highest final block. */
  get finalHeight(): number {
    return this.finalised.epoch * EPOCH_BLOCKS;
  }

  /** Grows whenever a certificate for the next block may be another. */
  get version(): number {
    return this.changes;
  }

  /** The checkpoint file that was installed here, until the chain has it. */
  get governed(): GovernanceCertificate | undefined {
    const { installed } = this;
    const { finalised } = this.modules.chain.view;
    return installed !== undefined && installed.checkpoint.epoch > finalised.epoch ? installed : undefined;
  }

  /** What the chain may not have yet: what justified checkpoints rest on, by target ascending, and the checkpoint file. */
  get certificates(): Certificate[] {
    const proofs = [...this.proofs].sort(([a], [b]) => a - b).map(([, certificate]) => certificate);
    return this.governed === undefined ? proofs : [...proofs, this.governed];
  }

  /** Runs when a higher checkpoint was justified or became final. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onEvidence(accuse: (evidence: Evidence) => void): () => void {
    this.accusers.add(accuse);
    return () => this.accusers.delete(accuse);
  }

  /** After the chain has started. `kept` are certificates that this node knew before it stopped. */
  async start(kept: readonly Certificate[]): Promise<void> {
    const { chain, store } = this.modules;
    this.heed(chain.view);
    for (const certificate of kept) await this.takeCertificate(certificate);
    const { height } = chain.tip.header;
    for (const { id } of await store.entries(Math.max(1, height - RECENT_BLOCKS), RECENT_BLOCKS + 1)) {
      const certificate = certificateOf((await store.block(id)) ?? EMPTY_BYTES);
      if (certificate.length > 0) await this.takeCertificate(decodeCertificate(certificate));
    }
    await this.serial.idle();
  }

  async stop(): Promise<void> {
    await this.serial.idle();
  }

  /** The chain moved. */
  follow(): void {
    this.heed(this.modules.chain.view);
    this.weighSoon();
  }

  /** A vote from anywhere; its signature is checked here. */
  async take(vote: Vote): Promise<VoteVerdict> {
    if (!this.pool.covers(vote.link) || this.isOutdated(vote.link)) return 'unknown';
    const sets = this.setsNamed(vote.link);
    const key = sets === undefined ? undefined : voteKeyOf(sets, vote.clinic);
    if (key === undefined) return 'unknown';
    if (this.pool.judge(vote, key) !== 'new') return 'known';
    if (!(await verifyEd25519(key, this.messageOf(vote.link), vote.signature))) return 'bad-signature';
    if (!this.pool.add(vote, key)) return 'known';
    this.metrics.votes.inc();
    this.weighSoon();
    return 'new';
  }

  /** Votes on one link come one after the other, and all sign the same. */
  private messageOf(link: Link): Uint8Array {
    if (this.signed === undefined || !sameLink(this.signed.link, link)) {
      this.signed = { link, message: voteMessage(this.genesisId, link) };
    }
    return this.signed.message;
  }

  /**
   * Takes the checkpoint file (PROTOCOL 5.13.9): final from here on, and in the next block of this clinic. Throws
   * CheckpointError.
   */
  async install(certificate: GovernanceCertificate): Promise<void> {
    const { members, chain } = this.modules;
    const { checkpoint } = certificate;
    // The set in force alone, as in a block: a few founders have no say over all who joined since.
    const set = certificate.set === chain.view.set.id ? members.at(certificate.set) : undefined;
    const jobs = set === undefined ? undefined : governanceJobs(this.options, set, certificate);
    if (jobs === undefined) throw new CheckpointError({ code: 'checkpoint.quorum' });
    const valid = await Promise.all(jobs.map((job) => verifyEd25519(job.publicKey, job.message, job.signature)));
    if (valid.includes(false)) throw new CheckpointError({ code: 'checkpoint.signature' });
    if (checkpoint.epoch <= this.finalised.epoch) throw new CheckpointError({ code: 'checkpoint.old' });
    const entry = await chain.entry(checkpoint.id);
    if (entry?.header.height !== certificate.height) throw new CheckpointError({ code: 'checkpoint.unknown-block' });
    this.installed = certificate;
    this.changes++;
    this.raise(checkpoint, checkpoint);
  }

  /** The certificate for a child of the tip, encoded; empty when nothing new can be shown there. */
  async certificateFor(view: ChainView): Promise<Uint8Array> {
    const { governed } = this;
    if (governed?.set === view.set.id && (await this.setsOf(governed.checkpoint)) !== undefined) {
      return encodeCertificate(governed);
    }
    // The highest target first: from there the next link is to its neighbour, and such a link finalises.
    for (const votes of this.pool.byLink().reverse()) {
      const { source, target } = votes.link;
      if (source.epoch < view.finalised.epoch || !this.nearly(votes)) continue;
      const [from, to] = await this.rows(source.epoch, target.epoch);
      if (from === undefined || to === undefined) continue;
      const onChain = equalBytes(from.block, source.id) && equalBytes(to.block, target.id);
      const finalises = target.epoch === source.epoch + 1 && source.epoch > view.finalised.epoch;
      if (!onChain || !from.justified || (to.justified && !finalises)) continue;
      const certificate = this.certify(votes, this.setsOfRow(to));
      if (certificate !== undefined) return encodeCertificate(certificate);
    }
    return EMPTY_BYTES;
  }

  /** Who decides on a checkpoint of the main chain; undefined where it is not on it, or not executed. */
  async setsOf(target: Checkpoint): Promise<QuorumSets | undefined> {
    const [row] = await this.rows(target.epoch);
    return row !== undefined && equalBytes(row.block, target.id) ? this.setsOfRow(row) : undefined;
  }

  /** Never throws: what a certificate shows is taken vote by vote. */
  private async takeCertificate(certificate: Certificate): Promise<void> {
    try {
      if (certificate.type === 'governance') await this.install(certificate);
      else {
        const { link, votes } = certificate;
        await Promise.all(votes.map(({ clinic, signature }) => this.take({ link, clinic, signature })));
      }
    } catch (error) {
      this.modules.logger.debug({ code: codeOf(error) }, 'a certificate has no effect here');
    }
  }

  /** What the tip's state says is known from there on. */
  private heed({ justified, finalised }: ChainView): void {
    this.raise(justified, finalised);
    this.pool.moveTo(this.finalised.epoch, Math.floor(this.modules.chain.tip.header.height / EPOCH_BLOCKS));
  }

  /** What fails here, a store that is closed for one, comes again with the next vote or block. */
  private weighSoon(): void {
    this.serial
      .run(() => this.weigh())
      .catch((error) => this.modules.logger.error({ err: error }, 'votes were not counted'));
  }

  /** Looks at every link with new eyes until nothing follows any more. */
  private async weigh(): Promise<void> {
    for (let grew = true; grew; ) {
      grew = false;
      for (const votes of this.pool.byLink()) grew = (await this.weighLink(votes)) || grew;
    }
  }

  private async weighLink(votes: LinkVotes): Promise<boolean> {
    const { source, target } = votes.link;
    const finalises = target.epoch === source.epoch + 1 && source.epoch > this.finalised.epoch;
    if ((this.isProven(target) && !finalises) || !this.nearly(votes)) return false;
    const named = await this.targetSets(votes.link);
    if (named === undefined || !(await this.isJustified(source))) return false;
    const certificate = this.certify(votes, named.sets);
    if (certificate === undefined) return false;
    if (!named.exact) {
      // Who decides on another branch, only its execution shows: fork choice may go there, nothing else follows yet.
      this.lean(target);
      return false;
    }
    const grew = !this.isProven(target);
    this.proofs.set(target.epoch, certificate);
    this.changes++;
    return this.raise(target, finalises ? source : this.finalised) || grew;
  }

  private raise(justified: Checkpoint, finalised: Checkpoint): boolean {
    const before = this.highest;
    this.highest = {
      justified: justified.epoch > before.justified.epoch ? justified : before.justified,
      finalised: finalised.epoch > before.finalised.epoch ? finalised : before.finalised,
    };
    const { highest } = this;
    if (highest.justified === before.justified && highest.finalised === before.finalised) return false;
    const oldest = highest.finalised.epoch + 1 - MAX_FINAL_EPOCHS_KEPT;
    for (const epoch of this.proofs.keys()) if (epoch < oldest) this.proofs.delete(epoch);
    this.metrics.justified.set(highest.justified.epoch);
    this.metrics.finalised.set(highest.finalised.epoch);
    this.keepTo(highest.justified);
    for (const listener of this.listeners) listener();
    return true;
  }

  private lean(target: Checkpoint): void {
    if (target.epoch <= Math.max(this.leaning, this.justified.epoch)) return;
    this.leaning = target.epoch;
    this.keepTo(target);
  }

  private keepTo(justified: Checkpoint): void {
    this.modules.chain
      .keepTo(justified, this.finalised)
      .catch((error) => this.modules.logger.error({ err: error }, 'the chain did not follow what is justified'));
  }

  private isProven(target: Checkpoint): boolean {
    const proof = this.proofs.get(target.epoch);
    return proof !== undefined && sameCheckpoint(proof.link.target, target);
  }

  private async isJustified(source: Checkpoint): Promise<boolean> {
    if (this.isProven(source) || sameCheckpoint(source, this.justified)) return true;
    const [row] = await this.rows(source.epoch);
    return row?.justified === true && equalBytes(row.block, source.id);
  }

  /** Cheap, and true of everything that can be enough. */
  private nearly({ link, votes }: LinkVotes): boolean {
    const current = this.modules.members.at(link.set);
    return current !== undefined && hasQuorum({ current, previous: undefined }, new Set(votes.keys()));
  }

  private certify({ link, votes }: LinkVotes, sets: QuorumSets): VotesCertificate | undefined {
    if (link.set !== sets.current.id) return undefined;
    const counted = [...votes.values()].filter(({ clinic }) => voteKeyOf(sets, clinic) !== undefined);
    if (!hasQuorum(sets, new Set(counted.map(({ clinic }) => clinic)))) return undefined;
    const ascending = counted.sort((a, b) => a.clinic - b.clinic);
    return { type: 'votes', link, votes: ascending.map(({ clinic, signature }) => ({ clinic, signature })) };
  }

  private async targetSets(link: Link): Promise<TargetSets | undefined> {
    const exact = await this.setsOf(link.target);
    if (exact !== undefined) return { sets: exact, exact: true };
    const entry = await this.modules.chain.entry(link.target.id);
    if (entry?.header.height !== link.target.epoch * EPOCH_BLOCKS || entry.header.memberSet !== link.set) {
      return undefined;
    }
    const sets = this.setsNamed(link);
    return sets === undefined ? undefined : { sets, exact: false };
  }

  /** Whether the set is older than any that can decide on this target: above what is final, its keys count no more. */
  private isOutdated({ set, target }: Link): boolean {
    const { set: inForce, finalised } = this.modules.chain.view;
    return target.epoch > finalised.epoch && set < (inForce.previous ?? inForce.id);
  }

  /** As far as a link by itself tells. */
  private setsNamed({ set }: Link): QuorumSets | undefined {
    const { members, chain } = this.modules;
    const current = members.at(set);
    if (current === undefined) return undefined;
    const { id, previous } = chain.view.set;
    return { current, previous: id === set && previous !== undefined ? members.at(previous) : undefined };
  }

  private setsOfRow({ id, previous }: CheckpointRow): QuorumSets {
    const { members } = this.modules;
    const current = members.at(id);
    const before = previous === undefined ? undefined : members.at(previous);
    if (current === undefined || (previous !== undefined && before === undefined)) {
      throw new Error(`the member sets ${id} and ${previous} of a checkpoint are not known`);
    }
    return { current, previous: before };
  }

  private async rows(...epochs: readonly number[]): Promise<(CheckpointRow | undefined)[]> {
    const rows = await this.modules.store.states(epochs.map(checkpointKey));
    return rows.map((row) => (row === undefined ? undefined : decodeCheckpointRow(row)));
  }
}
