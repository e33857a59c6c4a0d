// Headers beyond what this node has, verified as a chain before any body of them is asked for: work, target, time, turns,
// signer and signature by the set that each names. Owns what must be remembered for that; the rules are consensus/.
import { codeOf } from '../../common/errors.ts';
import { checkHeaderAlone, checkHeaderInContext, checkHeaderSignature } from '../../consensus/chain/ladder.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { workOf } from '../../consensus/chain/work.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { RECENT_BLOCKS_PER_MEMBER } from '../../consensus/limits.ts';
import type { MemberSet } from '../../consensus/member-set.ts';
import type { Params } from '../../consensus/params.ts';
import type { ChainEntry } from '../store/ports.ts';
import type { HeaderItem } from '../store/rows.ts';
import { SyncError } from './errors.ts';

export interface HeaderRef {
  readonly id: Uint8Array;
  readonly height: number;
}

export interface HeaderChainOptions {
  readonly params: Params;
  readonly genesisId: Uint8Array;
  /** The known block on which the headers stand and those below it, newest first. */
  readonly branch: readonly ChainEntry[];
}

export interface HeaderChainModules {
  /** Undefined for a set that the chain here has not come to. */
  membersAt(id: number): MemberSet | undefined;
  now(): number;
}

export class HeaderChain {
  work: bigint;
  private readonly options: HeaderChainOptions;
  private readonly modules: HeaderChainModules;
  private parent: { readonly id: Uint8Array; readonly header: Header };
  private grandparent: Header | undefined;
  private readonly signers: ClinicNumber[];

  constructor(options: HeaderChainOptions, modules: HeaderChainModules) {
    this.options = options;
    this.modules = modules;
    const [base, below] = options.branch;
    this.parent = base;
    this.grandparent = below?.header;
    this.work = base.work;
    this.signers = options.branch.filter(({ header }) => header.height > 0).map(({ header }) => header.signer);
  }

  get height(): number {
    return this.parent.header.height;
  }

  /**
   * Gives those that hold, in order. Fewer than were given: the next one is ahead of its time, or of a member set that
   * only the bodies before it bring into force. Throws BlockError or SyncError.
   */
  async extend(items: readonly HeaderItem[]): Promise<readonly HeaderRef[]> {
    const taken: HeaderRef[] = [];
    const signatures: Promise<void>[] = [];
    try {
      for (const { signed } of items) {
        const { header } = signed;
        if (header.height !== this.height + 1)
          throw new SyncError({ code: 'sync.wrong-answer', height: this.height + 1 });
        const id = checkHeaderAlone(this.options.params, header);
        const members = this.modules.membersAt(header.memberSet);
        if (members === undefined || !this.fits(header, members)) break;
        const check = checkHeaderSignature(this.options.genesisId, signed, members);
        check.catch(() => {}); // awaited below
        signatures.push(check);
        taken.push({ id, height: header.height });
        this.grandparent = this.parent.header;
        this.parent = { id, header };
        this.work += workOf(header.target);
        this.signers.unshift(header.signer);
        const most = RECENT_BLOCKS_PER_MEMBER * members.size;
        if (this.signers.length > 2 * most) this.signers.length = most;
      }
    } finally {
      await Promise.all(signatures);
    }
    return taken;
  }

  /** False when it is good but for its time. */
  private fits(header: Header, members: MemberSet): boolean {
    const recent = RECENT_BLOCKS_PER_MEMBER * members.size;
    try {
      checkHeaderInContext(header, {
        params: this.options.params,
        parent: this.parent,
        grandparent: this.grandparent,
        members,
        recentSigners: this.signers.slice(0, recent),
        roots: undefined,
        now: this.modules.now(),
      });
      return true;
    } catch (error) {
      if (codeOf(error) === 'block.early') return false;
      throw error;
    }
  }
}
