// Payloads of governance (PROTOCOL 7.1.6, 7.2) and what a governance key signs. Owns bytes only.
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';
import type { Vote } from '../../chain/finality/types.ts';
import { encodeVote, readVote, VOTE_BYTES } from '../../chain/finality/vote.ts';
import { SALT_BYTES } from '../objects.ts';
import type { ClinicNumber } from '../types.ts';

/** By a clinic's governance key, which the sender's need not be: the key is cold, whoever is up sends for it. */
export interface GovernanceSignature {
  readonly clinic: ClinicNumber;
  readonly signature: Uint8Array;
}

export interface ProposePayload {
  readonly salt: Uint8Array;
  /** Height of the last block that may approve it. */
  readonly expiry: number;
  readonly approval: GovernanceSignature;
  /** The change of the members, or the activation, encoded: the rest of the payload. */
  readonly content: Uint8Array;
}

export interface ApprovePayload {
  readonly proposal: Uint8Array;
  readonly approval: GovernanceSignature;
}

export interface LeavePayload {
  readonly salt: Uint8Array;
  readonly approval: GovernanceSignature;
}

export interface EvidencePayload {
  readonly salt: Uint8Array;
  readonly votes: readonly [Vote, Vote];
}

/** What a governance key signs to approve `content` as `proposal`, 32 bytes. */
export function governanceMessage(genesisId: Uint8Array, proposal: Uint8Array, content: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/governance/1', genesisId, proposal, taggedHash('wardmesh/change/1', content));
}

export function encodePropose({ salt, expiry, approval, content }: ProposePayload): Uint8Array {
  const out = new Writer(96 + content.length).fixed(salt, SALT_BYTES).u64(expiry);
  return writeApproval(out, approval).fixed(content, content.length).finish();
}

export function readPropose(input: Reader): ProposePayload {
  const salt = input.fixed(SALT_BYTES);
  return { salt, expiry: input.u64(), approval: readApproval(input), content: input.fixed(input.left) };
}

export function encodeApprove({ proposal, approval }: ApprovePayload): Uint8Array {
  return writeApproval(new Writer(98).fixed(proposal, 32), approval).finish();
}

export function readApprove(input: Reader): ApprovePayload {
  return { proposal: input.fixed(32), approval: readApproval(input) };
}

export function encodeLeave({ salt, approval }: LeavePayload): Uint8Array {
  return writeApproval(new Writer(82).fixed(salt, SALT_BYTES), approval).finish();
}

export function readLeave(input: Reader): LeavePayload {
  return { salt: input.fixed(SALT_BYTES), approval: readApproval(input) };
}

export function encodeEvidence({ salt, votes }: EvidencePayload): Uint8Array {
  const out = new Writer(SALT_BYTES + 2 * VOTE_BYTES).fixed(salt, SALT_BYTES);
  for (const vote of votes) out.fixed(encodeVote(vote), VOTE_BYTES);
  return out.finish();
}

export function readEvidence(input: Reader): EvidencePayload {
  return { salt: input.fixed(SALT_BYTES), votes: [readVote(input), readVote(input)] };
}

function writeApproval(out: Writer, { clinic, signature }: GovernanceSignature): Writer {
  return out.u16(clinic).fixed(signature, 64);
}

function readApproval(input: Reader): GovernanceSignature {
  return { clinic: input.u16(), signature: input.fixed(64) };
}
