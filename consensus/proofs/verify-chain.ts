// Checks a whole chain of headers from genesis (PROTOCOL 10.6): work, targets, times, turns, signers and signatures, the
// history that each commits to, and every certificate. What needs bodies or state is not looked at.
import { verifyEd25519 } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { BlockError } from '../chain/errors.ts';
import { decodeCertificate, voteJobs } from '../chain/finality/certificate.ts';
import type { Checkpoint } from '../chain/finality/types.ts';
import { checkHeaderAlone, checkHeaderInContext, checkHeaderSignature } from '../chain/ladder.ts';
import type { Header } from '../chain/types.ts';
import { governanceJobs } from '../ledger/members/quorum.ts';
import type { SignatureJob } from '../ledger/signatures.ts';
import type { ClinicNumber } from '../ledger/types.ts';
import { EPOCH_BLOCKS, RECENT_BLOCKS_PER_MEMBER } from '../limits.ts';
import { type MemberSet, memberSetAt } from '../member-set.ts';
import { appendRange, emptyRange, type MountainRange, rangeRoot } from '../mountain-range.ts';
import type { ChainItem } from './chain-file.ts';
import { ProofError } from './errors.ts';
import { type LightState, lightStart } from './light-chain.ts';

export interface ChainCounts {
  readonly headers: number;
  readonly certificates: number;
  readonly signatures: number;
}

interface KnownCheckpoint {
  readonly id: Uint8Array;
  /** In force at its own height, and the one that was before. */
  readonly set: number;
  readonly before: number | undefined;
}

export class ChainVerifier {
  private readonly light: LightState;
  private readonly sets = new Map<number, MemberSet>();
  private readonly checkpoints = new Map<number, KnownCheckpoint>();
  private parent: { readonly id: Uint8Array; readonly header: Header };
  private grandparent: Header | undefined;
  private signers: ClinicNumber[] = [];
  private history: MountainRange;
  private before: number | undefined;
  private made = { headers: 0, certificates: 0, signatures: 0 };

  /** `light`: a light chain that was verified; it knows every set that was in force. */
  constructor(light: LightState) {
    this.light = light;
    const { header, id } = lightStart(light.genesis);
    this.parent = { id, header };
    this.history = appendRange(emptyRange, id);
    this.checkpoints.set(0, { id, set: 0, before: undefined });
  }

  get tip(): { readonly id: Uint8Array; readonly header: Header } {
    return this.parent;
  }

  get counts(): ChainCounts {
    return this.made;
  }

  /** The next headers. Throws BlockError, ProofError or CodecError with the height that failed. */
  async extend(items: readonly ChainItem[]): Promise<void> {
    const checks: Promise<void>[] = [];
    try {
      for (const item of items) checks.push(...this.next(item));
    } finally {
      await Promise.all(checks);
    }
  }

  /** Throws ProofError when the chain does not hold the final header of the light chain. */
  end(): void {
    const { id, epoch } = this.light;
    const known = this.checkpoints.get(epoch);
    if (known === undefined || !equalBytes(known.id, id)) {
      throw new ProofError({ code: 'proof.history', height: epoch * EPOCH_BLOCKS });
    }
  }

  private next({ signed, certificate }: ChainItem): Promise<void>[] {
    const { header } = signed;
    const { params } = this.light.genesis;
    const id = checkHeaderAlone(params, header);
    const members = this.setOf(header);
    checkHeaderInContext(header, {
      params,
      parent: this.parent,
      grandparent: this.grandparent,
      members,
      recentSigners: this.signers.slice(0, RECENT_BLOCKS_PER_MEMBER * members.size),
      roots: undefined,
      now: Number.MAX_SAFE_INTEGER,
    });
    if (!equalBytes(header.historyRoot, rangeRoot(this.history))) {
      throw new BlockError({ code: 'block.root', root: 'historyRoot' });
    }
    const checks = [checkHeaderSignature(this.light.genesisId, signed, members)];
    this.made.headers++;
    this.made.signatures++;
    const previous = this.parent.header.memberSet;
    if (previous !== header.memberSet) this.before = previous;
    if (header.height % EPOCH_BLOCKS === 0) {
      const epoch = header.height / EPOCH_BLOCKS;
      this.checkpoints.set(epoch, { id, set: header.memberSet, before: this.before });
    }
    if (certificate.length > 0) checks.push(this.certificate(certificate, members));
    this.history = appendRange(this.history, id);
    this.grandparent = this.parent.header;
    this.parent = { id, header };
    this.signers.unshift(header.signer);
    const most = RECENT_BLOCKS_PER_MEMBER * members.size;
    if (this.signers.length > 2 * most) this.signers.length = most;
    return checks;
  }

  /** A set comes into force at a checkpoint and stays until a later one does. */
  private setOf({ height, memberSet }: Header): MemberSet {
    const last = this.parent.header.memberSet;
    const moves = memberSet !== last;
    const known = this.light.exact.includes(memberSet) || memberSet === 0;
    if (!known || (moves && (memberSet < last || height % EPOCH_BLOCKS !== 0))) {
      throw new ProofError({ code: 'proof.set', epoch: Math.floor(height / EPOCH_BLOCKS), set: memberSet });
    }
    return this.set(memberSet);
  }

  private set(id: number): MemberSet {
    const known = this.sets.get(id) ?? memberSetAt(this.light.genesis, this.light.changes, id);
    this.sets.set(id, known);
    return known;
  }

  /** By the set in force at its target, alone or with the one before, as the transition was still open or not. */
  private async certificate(bytes: Uint8Array, members: MemberSet): Promise<void> {
    const certificate = decodeCertificate(bytes);
    this.made.certificates++;
    let ways: (readonly SignatureJob[] | undefined)[];
    let epoch: number;
    if (certificate.type === 'votes') {
      const { source, target } = certificate.link;
      epoch = target.epoch;
      this.known(source);
      const { set, before } = this.known(target);
      const current = this.set(set);
      const previous = before === undefined ? undefined : this.set(before);
      const alone = voteJobs(this.light.genesisId, { current, previous: undefined }, certificate);
      ways = [alone, previous && voteJobs(this.light.genesisId, { current, previous }, certificate)];
    } else {
      epoch = certificate.checkpoint.epoch;
      this.known(certificate.checkpoint);
      ways = [governanceJobs(this.light, members, certificate)];
    }
    const possible = ways.filter((jobs) => jobs !== undefined);
    if (possible.length === 0) throw new ProofError({ code: 'proof.quorum', epoch });
    for (const jobs of possible) if (await this.holds(jobs)) return;
    throw new ProofError({ code: 'proof.signature', epoch });
  }

  private known({ epoch, id }: Checkpoint): KnownCheckpoint {
    const known = this.checkpoints.get(epoch);
    if (known === undefined || !equalBytes(known.id, id)) throw new ProofError({ code: 'proof.checkpoint', epoch });
    return known;
  }

  private async holds(jobs: readonly SignatureJob[]): Promise<boolean> {
    this.made.signatures += jobs.length;
    const valid = await Promise.all(
      jobs.map(({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature)),
    );
    return valid.every((is) => is);
  }
}
