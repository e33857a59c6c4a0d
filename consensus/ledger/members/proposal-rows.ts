// State rows of proposals and their approvals (PROTOCOL 7.1.6), the same for members and parameters.
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { type ObjectRow, readObject, writeObject } from '../object-row.ts';
import { approvalKey, proposalKey } from '../tables.ts';
import type { ClinicNumber, StateReader } from '../types.ts';
import { MAX_CLINICS } from './check-change.ts';

export type Subject = 'members' | 'params';
/** By subject byte minus 1. */
const SUBJECTS: readonly Subject[] = ['members', 'params'];

/** Not `live` when it was accepted. */
export interface ProposalRow extends ObjectRow {
  readonly subject: Subject;
  /** Height of the block that proposed it, and of the last one that may approve it. */
  readonly height: number;
  readonly expiry: number;
  /** The change of the members, or the activation, encoded. */
  readonly content: Uint8Array;
  /** Whose governance keys approved it, in the order in which they did. */
  readonly approvals: readonly ClinicNumber[];
}

export interface ApprovalRow {
  /** Id of the statement that brought it. */
  readonly created: Uint8Array;
  /** With which it was given: once the clinic has another one, it does not count. */
  readonly governanceKey: Uint8Array;
}

export function encodeProposalRow(row: ProposalRow): Uint8Array {
  const { subject, height, expiry, content, approvals } = row;
  const out = writeObject(new Writer(256), row);
  out.u8(SUBJECTS.indexOf(subject) + 1);
  out.u64(height).u64(expiry).bytes16(content).u16(approvals.length);
  for (const clinic of approvals) out.u16(clinic);
  return out.finish();
}

export function decodeProposalRow(bytes: Uint8Array): ProposalRow {
  const input = new Reader(bytes);
  const object = readObject(input);
  const subject = SUBJECTS[input.u8() - 1];
  if (subject === undefined) throw new CodecError({ code: 'codec.value', field: 'proposal.subject' });
  const rest = { height: input.u64(), expiry: input.u64(), content: input.bytes16() };
  const count = input.u16();
  if (count > MAX_CLINICS) {
    throw new CodecError({ code: 'codec.length', field: 'proposal.approvals', length: count, limit: MAX_CLINICS });
  }
  const approvals: ClinicNumber[] = [];
  for (let i = 0; i < count; i++) approvals.push(input.u16());
  input.end();
  return { ...object, subject, ...rest, approvals };
}

export function encodeApprovalRow({ created, governanceKey }: ApprovalRow): Uint8Array {
  return new Writer(64).fixed(created, 32).fixed(governanceKey, 32).finish();
}

export function decodeApprovalRow(bytes: Uint8Array): ApprovalRow {
  const input = new Reader(bytes);
  const row = { created: input.fixed(32), governanceKey: input.fixed(32) };
  input.end();
  return row;
}

export function findProposal(state: StateReader, proposal: Uint8Array): ProposalRow | undefined {
  const bytes = state.get(proposalKey(proposal));
  return bytes === undefined ? undefined : decodeProposalRow(bytes);
}

export function findApproval(state: StateReader, proposal: Uint8Array, clinic: ClinicNumber): ApprovalRow | undefined {
  const bytes = state.get(approvalKey(proposal, clinic));
  return bytes === undefined ? undefined : decodeApprovalRow(bytes);
}
