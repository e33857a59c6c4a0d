// Shapes of the finality gadget (PROTOCOL 5.13): checkpoints, links, votes, certificates. Owns no rule.
import type { ClinicNumber } from '../../ledger/types.ts';

/** The block at height epoch * EPOCH_BLOCKS of a branch; epoch 0 is genesis. */
export interface Checkpoint {
  readonly epoch: number;
  /** Block id, 32 bytes. */
  readonly id: Uint8Array;
}

/** What a vote says: the target may follow the justified source. */
export interface Link {
  /** Id of the member set in force at the target's own height: the `memberSet` of its header. */
  readonly set: number;
  readonly source: Checkpoint;
  readonly target: Checkpoint;
}

/** A clinic's name under something, by its vote key or its governance key. */
export interface ClinicSignature {
  readonly clinic: ClinicNumber;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

export interface Vote extends ClinicSignature {
  readonly link: Link;
}

/** More than two thirds of the voters, clinics strictly ascending. */
export interface VotesCertificate {
  readonly type: 'votes';
  readonly link: Link;
  readonly votes: readonly ClinicSignature[];
}

/** The checkpoint file: more than two thirds of the governance keys stand for votes that can never come. */
export interface GovernanceCertificate {
  readonly type: 'governance';
  readonly checkpoint: Checkpoint;
  /** Of the checkpoint's block. */
  readonly height: number;
  /** Id of the member set whose governance keys signed. */
  readonly set: number;
  readonly signatures: readonly ClinicSignature[];
}

export type Certificate = VotesCertificate | GovernanceCertificate;

/** What of a clinic counts here. */
export interface Voter {
  readonly number: ClinicNumber;
  readonly voteKey: Uint8Array;
}

/** What of a member set counts here: clinics with a live vote key that is not suspended. */
export interface VoterSet {
  readonly id: number;
  readonly voters: readonly Voter[];
}

/** Who decides on a target: the set in force at it, and during a transition the one before as well. */
export interface QuorumSets {
  readonly current: VoterSet;
  readonly previous: VoterSet | undefined;
}
