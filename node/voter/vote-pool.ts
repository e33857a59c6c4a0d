// The votes that this node knows, verified before they come here: bounded by a window of epochs and by who may vote. A
// second, different vote of a clinic for one epoch is kept as evidence, a third is not.
import { toHex } from '../../common/bytes.ts';
import { type Offence, sameLink, slashable } from '../../consensus/chain/finality/quorum.ts';
import type { Link, Vote } from '../../consensus/chain/finality/types.ts';
import { encodeLink } from '../../consensus/chain/finality/vote.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

/** Epochs below the highest of the window that are kept while nothing becomes final. */
export const MAX_POOL_EPOCHS = 64;
/**
 * Epochs below the highest final one whose votes are kept: a branch that holds what is final may lack the certificates that
 * led there, and goes on only when they can be made again.
 */
export const MAX_FINAL_EPOCHS_KEPT = 8;
/** How far above this node's head a target may be: it may be behind. */
export const MAX_EPOCHS_AHEAD = 64;
/** Votes of one clinic for one epoch: the second is evidence. */
const MAX_VOTES_OF_CLINIC = 2;

export interface Evidence {
  readonly offence: Offence;
  readonly first: Vote;
  readonly second: Vote;
}

/** 'known' also stands for what there is no more room for. */
export type PoolVerdict = 'new' | 'known' | 'outside';

export interface LinkVotes {
  readonly link: Link;
  /** One vote of each clinic. */
  readonly votes: ReadonlyMap<ClinicNumber, Vote>;
}

export class VotePool {
  private readonly epochs = new Map<number, Map<ClinicNumber, Vote[]>>();
  private readonly links = new Map<string, { link: Link; votes: Map<ClinicNumber, Vote> }>();
  private readonly latest = new Map<ClinicNumber, Vote>();
  private readonly onEvidence: (evidence: Evidence) => void;
  private low = 1;
  private high = MAX_EPOCHS_AHEAD;

  constructor(options: { onEvidence(evidence: Evidence): void }) {
    this.onEvidence = (evidence) => options.onEvidence(evidence);
  }

  get size(): number {
    let size = 0;
    for (const clinics of this.epochs.values()) for (const votes of clinics.values()) size += votes.length;
    return size;
  }

  /** `head` is the epoch of this node's tip. What became final long ago, or is too old, is forgotten. */
  moveTo(finalised: number, head: number): void {
    this.low = Math.max(1, finalised + 1 - MAX_FINAL_EPOCHS_KEPT, head - MAX_POOL_EPOCHS);
    this.high = head + MAX_EPOCHS_AHEAD;
    for (const epoch of this.epochs.keys()) if (epoch < this.low || epoch > this.high) this.epochs.delete(epoch);
    for (const [key, { link }] of this.links) if (!this.covers(link)) this.links.delete(key);
  }

  /** Whether a vote is worth its verification. */
  judge(vote: Vote): PoolVerdict {
    if (!this.covers(vote.link)) return 'outside';
    const votes = this.epochs.get(vote.link.target.epoch)?.get(vote.clinic) ?? [];
    const known = votes.length >= MAX_VOTES_OF_CLINIC || votes.some(({ link }) => sameLink(link, vote.link));
    return known ? 'known' : 'new';
  }

  /** A vote whose signature holds. False when `judge` would not have called it new. */
  add(vote: Vote): boolean {
    if (this.judge(vote) !== 'new') return false;
    const { link, clinic } = vote;
    const earlier = this.of(clinic);
    const clinics = this.epochs.get(link.target.epoch) ?? new Map<ClinicNumber, Vote[]>();
    this.epochs.set(link.target.epoch, clinics);
    clinics.set(clinic, [...(clinics.get(clinic) ?? []), vote]);
    const key = toHex(encodeLink(link));
    const entry = this.links.get(key) ?? { link, votes: new Map<ClinicNumber, Vote>() };
    this.links.set(key, entry);
    entry.votes.set(clinic, vote);
    const latest = this.latest.get(clinic);
    if (latest === undefined || latest.link.target.epoch < link.target.epoch) this.latest.set(clinic, vote);
    for (const first of earlier) {
      const offence = slashable(first, vote);
      if (offence !== undefined) {
        this.onEvidence({ offence, first, second: vote });
        break;
      }
    }
    return true;
  }

  /** All votes for one link. */
  for(link: Link): LinkVotes | undefined {
    return this.links.get(toHex(encodeLink(link)));
  }

  /** Targets ascending. */
  byLink(): LinkVotes[] {
    return [...this.links.values()].sort((a, b) => a.link.target.epoch - b.link.target.epoch);
  }

  /** Targets ascending. */
  all(): Vote[] {
    const epochs = [...this.epochs].sort(([a], [b]) => a - b);
    return epochs.flatMap(([, clinics]) => [...clinics.values()].flat());
  }

  /** What a clinic voted: within the window, and the last one before it. */
  of(clinic: ClinicNumber): Vote[] {
    const latest = this.latest.get(clinic);
    const inside = [...this.epochs.values()].flatMap((clinics) => clinics.get(clinic) ?? []);
    return latest === undefined || inside.includes(latest) ? inside : [latest, ...inside];
  }

  private covers({ target }: Link): boolean {
    return target.epoch >= this.low && target.epoch <= this.high;
  }
}
