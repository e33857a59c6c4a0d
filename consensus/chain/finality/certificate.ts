// Layout of certificates, as block bodies carry them (PROTOCOL 5.4, 5.13.3), and which signatures make them true.
// Whether a chain accepts one is the ledger's rule.
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';
import type { SignatureJob } from '../../ledger/signatures.ts';
import { EPOCH_BLOCKS, UNITS_VERIFY } from '../../limits.ts';
import { hasQuorum, voteKeyOf } from './quorum.ts';
import type { Certificate, ClinicSignature, GovernanceCertificate, QuorumSets, VotesCertificate } from './types.ts';
import {
  CLINIC_SIGNATURE_BYTES,
  LINK_BYTES,
  readCheckpoint,
  readClinicSignature,
  readLink,
  voteMessage,
  writeCheckpoint,
  writeClinicSignature,
  writeLink,
} from './vote.ts';

/** Two thirds of the largest network that the block's u16 length has room for. */
export const MAX_CERTIFICATE_SIGNATURES = 960;
export const MAX_CERTIFICATE_BYTES = 1 + LINK_BYTES + 2 + MAX_CERTIFICATE_SIGNATURES * CLINIC_SIGNATURE_BYTES;

const VOTES = 1;
const GOVERNANCE = 2;

/**
 * `u8 1 | link | signatures` or `u8 2 | set u32 | epoch u64 | id 32 | height u64 | signatures`, each with
 * `signatures = count u16 | count x (clinic u16 | signature 64)`.
 */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const signatures = signaturesOf(certificate);
  const out = new Writer(128 + signatures.length * CLINIC_SIGNATURE_BYTES);
  if (certificate.type === 'votes') writeLink(out.u8(VOTES), certificate.link);
  else writeCheckpoint(out.u8(GOVERNANCE).u32(certificate.set), certificate.checkpoint).u64(certificate.height);
  checkCount(signatures.length);
  out.u16(signatures.length);
  for (const signature of signatures) writeClinicSignature(out, signature);
  return out.finish();
}

/** Throws CodecError also for clinics that do not ascend: one encoding, and nobody is counted twice. */
export function decodeCertificate(bytes: Uint8Array): Certificate {
  const input = new Reader(bytes);
  const type = input.u8();
  let certificate: Certificate;
  if (type === VOTES) {
    certificate = { type: 'votes', link: readLink(input), votes: readSignatures(input) };
  } else if (type === GOVERNANCE) {
    certificate = readGovernance(input);
  } else {
    throw new CodecError({ code: 'codec.value', field: 'certificate.type' });
  }
  input.end();
  return certificate;
}

export function signaturesOf(certificate: Certificate): readonly ClinicSignature[] {
  return certificate.type === 'votes' ? certificate.votes : certificate.signatures;
}

/** What checking a body's certificate costs (PROTOCOL 4.9); nothing when there is none. */
export function certificateUnits(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : UNITS_VERIFY * signaturesOf(decodeCertificate(bytes)).length;
}

/**
 * The signatures of a votes certificate that must all verify, by the sets of its target's checkpoint; undefined when it
 * names another set, a clinic that may not vote, or too few.
 */
export function voteJobs(
  genesisId: Uint8Array,
  sets: QuorumSets,
  { link, votes }: VotesCertificate,
): SignatureJob[] | undefined {
  if (link.set !== sets.current.id) return undefined;
  if (!hasQuorum(sets, new Set(votes.map(({ clinic }) => clinic)))) return undefined;
  const message = voteMessage(genesisId, link);
  const jobs: SignatureJob[] = [];
  for (const { clinic, signature } of votes) {
    const publicKey = voteKeyOf(sets, clinic);
    if (publicKey === undefined) return undefined;
    jobs.push({ publicKey, message, signature });
  }
  return jobs;
}

/** What governance keys sign in a checkpoint file, 32 bytes. */
export function checkpointMessage(
  genesisId: Uint8Array,
  { set, checkpoint, height }: Omit<GovernanceCertificate, 'type' | 'signatures'>,
): Uint8Array {
  const content = new Writer(64).u32(set).u64(checkpoint.epoch).u64(height).fixed(checkpoint.id, 32).finish();
  return taggedHash('wardmesh/checkpoint/1', genesisId, content);
}

function readGovernance(input: Reader): GovernanceCertificate {
  const set = input.u32();
  const checkpoint = readCheckpoint(input);
  const height = input.u64();
  if (height !== checkpoint.epoch * EPOCH_BLOCKS || height === 0) {
    throw new CodecError({ code: 'codec.value', field: 'certificate.height' });
  }
  return { type: 'governance', checkpoint, height, set, signatures: readSignatures(input) };
}

function readSignatures(input: Reader): ClinicSignature[] {
  const count = input.u16();
  checkCount(count);
  const signatures: ClinicSignature[] = [];
  for (let i = 0; i < count; i++) {
    const signature = readClinicSignature(input);
    if (i > 0 && signature.clinic <= signatures[i - 1].clinic) {
      throw new CodecError({ code: 'codec.value', field: 'certificate.clinic' });
    }
    signatures.push(signature);
  }
  return signatures;
}

function checkCount(count: number): void {
  if (count < 1 || count > MAX_CERTIFICATE_SIGNATURES) {
    throw new CodecError({ code: 'codec.range', field: 'certificate.signatures' });
  }
}
