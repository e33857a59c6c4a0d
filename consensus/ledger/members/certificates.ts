// What the certificate of a block must show and does (PROTOCOL 5.13.6, 7.1.2): justifies, finalises, and makes approved
// changes ripe. Pure: all is read from the chain's own state.
import { verifyEd25519Sync } from '#crypto';
import { equalBytes } from '../../../common/bytes.ts';
import { BlockError, type CertificateProblem } from '../../chain/errors.ts';
import { decodeCertificate, voteJobs } from '../../chain/finality/certificate.ts';
import type {
  Certificate,
  Checkpoint,
  GovernanceCertificate,
  QuorumSets,
  VotesCertificate,
} from '../../chain/finality/types.ts';
import type { Header } from '../../chain/types.ts';
import { EPOCH_BLOCKS } from '../../limits.ts';
import type { LedgerRules } from '../context.ts';
import { LedgerError } from '../errors.ts';
import type { Overlay } from '../overlay.ts';
import type { SignatureJob } from '../signatures.ts';
import { checkpointKey, FINALITY_KEY, SET_KEY } from '../tables.ts';
import type { StateReader } from '../types.ts';
import { governanceJobs } from './quorum.ts';
import {
  type CheckpointRow,
  changeCount,
  changeRow,
  encodeCheckpointRow,
  encodeFinalityRow,
  encodeSetRow,
  type FinalityRow,
  finalityRow,
  findCheckpoint,
  type Ripe,
  setRow,
} from './set-rows.ts';

/** Changes bite at the first checkpoint at least so many blocks after the certificate that makes them final. */
const BITE_BLOCKS = 2 * EPOCH_BLOCKS;

/** Throws BlockError `block.certificate`. */
export function applyCertificate(rules: LedgerRules, state: Overlay, header: Header, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  const certificate = decodeCertificate(bytes);
  const problem = certificateProblem(rules, state, certificate);
  if (problem !== undefined) throw new BlockError({ code: 'block.certificate', problem });
  if (certificate.type === 'votes') {
    const { source, target } = certificate.link;
    justify(state, target);
    if (finalises(certificate, finalityRow(state))) finalise(state, header, source, false);
  } else {
    justify(state, certificate.checkpoint);
    finalise(state, header, certificate.checkpoint, true);
  }
}

/** Why this chain does not take the certificate now; undefined when it does. Signatures last: they cost most. */
export function certificateProblem(
  rules: LedgerRules,
  state: StateReader,
  certificate: Certificate,
): CertificateProblem | undefined {
  const jobs =
    certificate.type === 'votes' ? votesJobs(rules, state, certificate) : fileJobs(rules, state, certificate);
  if (typeof jobs === 'string') return jobs;
  const valid = jobs.every(({ publicKey, message, signature }) => verifyEd25519Sync(publicKey, message, signature));
  return valid ? undefined : 'signature';
}

function votesJobs(
  rules: LedgerRules,
  state: StateReader,
  certificate: VotesCertificate,
): SignatureJob[] | CertificateProblem {
  const { source, target } = certificate.link;
  const finality = finalityRow(state);
  if (source.epoch < finality.finalised.epoch) return 'old';
  const from = rowOf(state, source);
  const to = rowOf(state, target);
  if (from === undefined || to === undefined) return 'checkpoint';
  if (!from.justified) return 'source';
  if (to.justified && !finalises(certificate, finality)) return 'nothing-new';
  return voteJobs(rules.genesisId, setsOf(rules, to), certificate) ?? 'quorum';
}

function fileJobs(
  rules: LedgerRules,
  state: StateReader,
  certificate: GovernanceCertificate,
): SignatureJob[] | CertificateProblem {
  const { checkpoint } = certificate;
  if (checkpoint.epoch <= finalityRow(state).finalised.epoch) return 'old';
  if (rowOf(state, checkpoint) === undefined) return 'checkpoint';
  return governanceJobs(rules, rules.members, certificate) ?? 'quorum';
}

/** Two justified checkpoints in a row, the second from the first. */
function finalises({ link: { source, target } }: VotesCertificate, { finalised }: FinalityRow): boolean {
  return target.epoch === source.epoch + 1 && source.epoch > finalised.epoch;
}

function rowOf(state: StateReader, { epoch, id }: Checkpoint): CheckpointRow | undefined {
  const row = findCheckpoint(state, epoch);
  return row !== undefined && equalBytes(row.block, id) ? row : undefined;
}

/** Those that were in force at the checkpoint's own height. */
function setsOf(rules: LedgerRules, { id, previous }: CheckpointRow): QuorumSets {
  const current = rules.setsOf(id);
  const before = previous === undefined ? undefined : rules.setsOf(previous);
  if (current === undefined || (previous !== undefined && before === undefined)) {
    throw new LedgerError({ code: 'ledger.set', set: current === undefined ? id : previous! });
  }
  return { current, previous: before };
}

function justify(state: Overlay, checkpoint: Checkpoint): void {
  const row = findCheckpoint(state, checkpoint.epoch)!;
  if (!row.justified) state.set(checkpointKey(checkpoint.epoch), encodeCheckpointRow({ ...row, justified: true }));
  const finality = finalityRow(state);
  if (checkpoint.epoch > finality.justified.epoch) {
    state.set(FINALITY_KEY, encodeFinalityRow({ ...finality, justified: checkpoint }));
  }
}

function finalise(state: Overlay, header: Header, checkpoint: Checkpoint, waived: boolean): void {
  const set = setRow(state);
  const isOfSet = findCheckpoint(state, checkpoint.epoch)!.id === set.id;
  // The set in force is part of what is final: the one before has nothing to say any more.
  const previous = isOfSet ? undefined : set.previous;
  if (previous !== set.previous) state.set(SET_KEY, encodeSetRow({ ...set, previous }));
  const finality = finalityRow(state);
  const count = approvedBelow(state, set.id, checkpoint.epoch * EPOCH_BLOCKS);
  // One change at a time: the next waits until this one is in force and final.
  const isNext = finality.ripe === undefined && previous === undefined && count > set.id;
  const next: Ripe = { count, bites: EPOCH_BLOCKS * Math.ceil((header.height + BITE_BLOCKS) / EPOCH_BLOCKS), waived };
  state.set(
    FINALITY_KEY,
    encodeFinalityRow({ ...finality, finalised: checkpoint, ripe: isNext ? next : finality.ripe }),
  );
}

/**
 * The number of changes that blocks below `height` approved, at least `from`: those that the state root in the header at
 * `height` covers, so that this header can show the coming set to who has no state (PROTOCOL 10.1).
 */
function approvedBelow(state: StateReader, from: number, height: number): number {
  const all = changeCount(state);
  let count = from;
  while (count < all && changeRow(state, count + 1).height < height) count++;
  return count;
}
