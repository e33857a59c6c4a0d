// How governance decides (PROTOCOL 7.1.6): a proposal that its proposer's governance key approves, then the approvals of
// others. What is decided on belongs to members/apply.ts and params/apply.ts.
import { verifyEd25519Sync } from '#crypto';
import { equalBytes } from '../../../common/bytes.ts';
import type { Member } from '../../member-set.ts';
import type { StatementContext } from '../context.ts';
import { newObject } from '../object-row.ts';
import { childId, clinicBytes } from '../objects.ts';
import { ALREADY_APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { approvalKey, proposalKey } from '../tables.ts';
import type { ClinicNumber, Outcome } from '../types.ts';
import {
  encodeApprovalRow,
  encodeProposalRow,
  findApproval,
  findProposal,
  type ProposalRow,
  type Subject,
} from './proposal-rows.ts';
import {
  type ApprovePayload,
  type GovernanceSignature,
  governanceMessage,
  type ProposePayload,
  readApprove,
} from './types.ts';

/** How long a proposal may wait: 30 days at T = 30 s. */
export const MAX_PROPOSAL_BLOCKS = 86_400;

/** Something under decision. */
export interface Proposal {
  readonly id: Uint8Array;
  readonly row: ProposalRow;
}

/** The approval that a payload brings: of whom, and by which key. */
interface Approved extends Proposal {
  readonly approver: Member;
}

export function approvalObject(kind: number, proposal: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return childId(proposal, kind, clinicBytes(clinic));
}

/** Undefined: go on. */
export function expiryProblem({ header }: StatementContext, expiry: number): Outcome | undefined {
  const ends = expiry <= header.height || expiry > header.height + MAX_PROPOSAL_BLOCKS;
  return ends ? refused('proposal-expiry') : undefined;
}

/** The new proposal with its first approval, or why its governance signature does not count. */
export function openProposal(
  context: StatementContext,
  subject: Subject,
  { expiry, approval, content }: Omit<ProposePayload, 'salt'>,
): Proposal | Outcome {
  const { statement, header, id } = context;
  const fields = { subject, height: header.height, expiry, content, approvals: [] };
  const proposal = { id: statement.object, row: { ...newObject(id), ...fields } };
  const approver = approverOf(context, proposal, approval);
  if (approver === undefined) return refused('governance-signature');
  return approve(context, { ...proposal, approver });
}

/** A change of the members that needs no approval: what the statement shows is enough. */
export function provenProposal({ statement, header: { height }, id }: StatementContext, content: Uint8Array): Proposal {
  const row = { ...newObject(id), subject: 'members', height, expiry: height, content, approvals: [] } as const;
  return { id: statement.object, row };
}

/** A payload that approves a proposal of this subject, before anything is written. */
export function readApproval(context: StatementContext, subject: Subject): (ApprovePayload & Proposal) | Outcome {
  const { statement, state, id } = context;
  const payload = decodePayload(statement.payload, readApprove);
  if (payload === undefined) return refused('payload');
  const { proposal, approval } = payload;
  if (!equalBytes(statement.object, approvalObject(statement.kind, proposal, approval.clinic)))
    return refused('object');
  if (statement.version !== 1) return refused('version');
  const row = findProposal(state, proposal);
  if (row === undefined || row.subject !== subject) return refused('unknown-object');
  const before = findApproval(state, proposal, approval.clinic);
  if (before !== undefined) return equalBytes(before.created, id) ? ALREADY_APPLIED : refused('exists');
  if (!row.live) return refused('ended');
  if (context.header.height > row.expiry) return refused('proposal-expired');
  return { ...payload, id: proposal, row };
}

/** The proposal with one approval more, or why its governance signature does not count. */
export function addApproval(
  context: StatementContext,
  proposal: Proposal,
  approval: GovernanceSignature,
): Proposal | Outcome {
  const approver = approverOf(context, proposal, approval);
  return approver === undefined ? refused('governance-signature') : approve(context, { ...proposal, approver });
}

/** Whose approval counts: members whose governance key is still the one that they approved with. */
export function approversOf({ state, rules }: StatementContext, { id, row }: Proposal): ReadonlySet<ClinicNumber> {
  const counted = row.approvals.filter((clinic) => {
    const key = rules.members.clinic(clinic)?.governanceKey;
    return key !== undefined && equalBytes(findApproval(state, id, clinic)!.governanceKey, key);
  });
  return new Set(counted);
}

/** Accepted: nobody needs to approve it any more. */
export function closeProposal({ state }: StatementContext, { id, row }: Proposal): void {
  state.set(proposalKey(id), encodeProposalRow({ ...row, live: false }));
}

function approve({ state, id: created }: StatementContext, { id, row, approver }: Approved): Proposal {
  const next = { ...row, latest: created, approvals: [...row.approvals, approver.number] };
  state.set(proposalKey(id), encodeProposalRow(next));
  const { governanceKey } = approver;
  state.set(approvalKey(id, approver.number), encodeApprovalRow({ created, governanceKey }));
  return { id, row: next };
}

function approverOf(
  { rules }: StatementContext,
  { id, row }: Proposal,
  { clinic, signature }: GovernanceSignature,
): Member | undefined {
  const member = rules.members.clinic(clinic);
  if (member === undefined) return undefined;
  const message = governanceMessage(rules.genesisId, id, row.content);
  return verifyEd25519Sync(member.governanceKey, message, signature) ? member : undefined;
}
