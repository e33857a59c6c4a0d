// The votes that this node knows, verified before they come here: bounded by a window of epochs and by who may vote. A
// second, different vote of a clinic for one epoch is kept as evidence, a third is not.
import { equalBytes } from '../../common/bytes.ts';
import { type Offence, sameLink, slashable } from '../../consensus/chain/finality/quorum.ts';
import type { Link, Vote } from '../../consensus/chain/finality/types.ts';
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
/** Votes by one key for one epoch: the second is evidence. */
const MAX_VOTES_OF_KEY = 2;
/** Vote keys of one clinic for one epoch: that of the set in force and, in a transition, of the one before. */
const MAX_KEYS_OF_CLINIC = 2;

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

/** A vote and the public key that it verified with: what one key signed says nothing about another. */
interface Verified {
  readonly vote: Vote;
  readonly key: Uint8Array;
}

export class VotePool {
  private readonly epochs = new Map<number, Map<ClinicNumber, Verified[]>>();
  /** By epoch of the target; honest votes name one link, liars' few more. */
  private readonly links = new Map<number, { readonly link: Link; readonly votes: Map<ClinicNumber, Vote> }[]>();
  private readonly latest = new Map<ClinicNumber, Verified>();
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
    for (const epoch of this.links.keys()) if (epoch < this.low || epoch > this.high) this.links.delete(epoch);
  }

  /** Whether votes on this target are kept at all. */
  covers({ target }: Link): boolean {
    return target.epoch >= this.low && target.epoch <= this.high;
  }

  /** Whether a vote is worth its verification with this public key. */
  judge(vote: Vote, publicKey: Uint8Array): PoolVerdict {
    if (!this.covers(vote.link)) return 'outside';
    const votes = this.epochs.get(vote.link.target.epoch)?.get(vote.clinic);
    if (votes === undefined) return 'new';
    // Asked of every vote of every answer, nearly all of them known: nothing is made here.
    let [byKey, others] = [0, 0];
    for (const [index, known] of votes.entries()) {
      if (equalBytes(known.key, publicKey)) {
        byKey++;
        if (sameLink(known.vote.link, vote.link)) return 'known';
      } else if (!votes.slice(0, index).some(({ key }) => equalBytes(key, known.key))) others++;
    }
    return byKey >= MAX_VOTES_OF_KEY || others >= MAX_KEYS_OF_CLINIC ? 'known' : 'new';
  }

  /** A vote whose signature holds with this key. False when `judge` would not have called it new. */
  add(vote: Vote, publicKey: Uint8Array): boolean {
    if (this.judge(vote, publicKey) !== 'new') return false;
    const { link, clinic } = vote;
    const added = { vote, key: publicKey };
    const earlier = this.verifiedOf(clinic).filter(({ key }) => equalBytes(key, publicKey));
    const clinics = this.epochs.get(link.target.epoch) ?? new Map<ClinicNumber, Verified[]>();
    this.epochs.set(link.target.epoch, clinics);
    clinics.set(clinic, [...(clinics.get(clinic) ?? []), added]);
    this.votesFor(link).set(clinic, vote);
    if (isLater(added, this.latest.get(clinic))) this.latest.set(clinic, added);
    for (const { vote: first } of earlier) {
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
    return this.links.get(link.target.epoch)?.find((votes) => sameLink(votes.link, link));
  }

  /** Targets ascending. */
  byLink(): LinkVotes[] {
    return [...this.links].sort(([a], [b]) => a - b).flatMap(([, links]) => links);
  }

  /** Targets descending: of many, what matters now comes first. */
  all(): Vote[] {
    const epochs = [...this.epochs].sort(([a], [b]) => b - a);
    return epochs.flatMap(([, clinics]) => [...clinics.values()].flat().map(({ vote }) => vote));
  }

  /** What a clinic voted: within the window, newest first, and the last one before it. */
  of(clinic: ClinicNumber): Vote[] {
    const votes = this.verifiedOf(clinic).map(({ vote }) => vote);
    return votes.sort((a, b) => b.link.target.epoch - a.link.target.epoch);
  }

  private votesFor(link: Link): Map<ClinicNumber, Vote> {
    const { epoch } = link.target;
    const links = this.links.get(epoch) ?? [];
    this.links.set(epoch, links);
    const found = links.find((votes) => sameLink(votes.link, link));
    if (found !== undefined) return found.votes;
    const votes = new Map<ClinicNumber, Vote>();
    links.push({ link, votes });
    return votes;
  }

  private verifiedOf(clinic: ClinicNumber): Verified[] {
    const latest = this.latest.get(clinic);
    const inside = [...this.epochs.values()].flatMap((clinics) => clinics.get(clinic) ?? []);
    return latest === undefined || inside.includes(latest) ? inside : [latest, ...inside];
  }
}

/** By one key the higher target, by two the one that a later set names. */
function isLater(added: Verified, last: Verified | undefined): boolean {
  if (last === undefined) return true;
  const [a, b] = [added.vote.link, last.vote.link];
  return equalBytes(added.key, last.key) ? a.target.epoch > b.target.epoch : a.set > b.set;
}
