// Who decides on a target and when it is enough (PROTOCOL 5.13.4), and which two votes of one clinic are a crime
// (5.13.5). Safety of finality rests on these three functions and on the voter's rule.
import { equalBytes } from '../../../common/bytes.ts';
import type { ClinicNumber } from '../../ledger/types.ts';
import type { Checkpoint, Link, QuorumSets, Vote, VoterSet } from './types.ts';

/** The key that a clinic's vote on a target must verify with; undefined when it may not vote on it. */
export function voteKeyOf({ current, previous }: QuorumSets, clinic: ClinicNumber): Uint8Array | undefined {
  return keyIn(current, clinic) ?? (previous === undefined ? undefined : keyIn(previous, clinic));
}

/** More than two thirds of the voters; in a transition of the set before and of the new one, each counted alone. */
export function hasQuorum({ current, previous }: QuorumSets, clinics: ReadonlySet<ClinicNumber>): boolean {
  return isMostOf(current, clinics) && (previous === undefined || isMostOf(previous, clinics));
}

export type Offence = 'double' | 'surround';

/** Whether two votes of one clinic cannot both be honest. Whose they are is checked with their signatures. */
export function slashable(a: Vote, b: Vote): Offence | undefined {
  if (a.clinic !== b.clinic || sameLink(a.link, b.link)) return undefined;
  if (a.link.target.epoch === b.link.target.epoch) return 'double';
  return surrounds(a.link, b.link) || surrounds(b.link, a.link) ? 'surround' : undefined;
}

export function sameCheckpoint(a: Checkpoint, b: Checkpoint): boolean {
  return a.epoch === b.epoch && equalBytes(a.id, b.id);
}

export function sameLink(a: Link, b: Link): boolean {
  return a.set === b.set && sameCheckpoint(a.source, b.source) && sameCheckpoint(a.target, b.target);
}

function surrounds(outer: Link, inner: Link): boolean {
  return outer.source.epoch < inner.source.epoch && inner.target.epoch < outer.target.epoch;
}

function keyIn(set: VoterSet, clinic: ClinicNumber): Uint8Array | undefined {
  return set.voters.find(({ number }) => number === clinic)?.voteKey;
}

function isMostOf({ voters }: VoterSet, clinics: ReadonlySet<ClinicNumber>): boolean {
  return 3 * voters.filter(({ number }) => clinics.has(number)).length > 2 * voters.length;
}
