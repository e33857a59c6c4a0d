// Rules of the params family (PROTOCOL 7.2): features that the members activate from a height on.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { EPOCH_BLOCKS } from '../../limits.ts';
import type { RefusalName } from '../codes.ts';
import type { StatementContext } from '../context.ts';
import { findProposal } from '../members/proposal-rows.ts';
import {
  addApproval,
  approversOf,
  closeProposal,
  expiryProblem,
  MAX_PROPOSAL_BLOCKS,
  openProposal,
  type Proposal,
  readApproval,
} from '../members/proposals.ts';
import { areMost } from '../members/quorum.ts';
import { readPropose } from '../members/types.ts';
import { checkCreate } from '../object-row.ts';
import { objectId, SALT_BYTES } from '../objects.ts';
import { APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { FEATURES_KEY } from '../tables.ts';
import type { Outcome } from '../types.ts';
import { type Activation, activationsOf, encodeActivations, MAX_ACTIVATIONS } from './rows.ts';

/** An operator without the feature is told at least so long before. */
const LEAST_NOTICE = 2 * EPOCH_BLOCKS;

/** `feature u16 | height u64`. */
export function encodeActivation({ feature, height }: Activation): Uint8Array {
  return new Writer(10).u16(feature).u64(height).finish();
}

export function readActivation(input: Reader): Activation {
  return { feature: input.u16(), height: input.u64() };
}

export function proposeActivation(context: StatementContext): Outcome {
  const { statement, state } = context;
  const payload = decodePayload(statement.payload, readPropose);
  const activation = payload === undefined ? undefined : decodePayload(payload.content, readActivation);
  if (payload === undefined || activation === undefined) return refused('payload');
  const object = objectId(statement.kind, statement.author, payload.salt);
  if (!equalBytes(statement.object, object)) return refused('object');
  const stop = checkCreate(context, findProposal(state, object)) ?? expiryProblem(context, payload.expiry);
  if (stop !== undefined) return stop;
  const problem = problemOf(context, activation);
  if (problem !== undefined) return refused(problem);
  const proposal = openProposal(context, 'params', payload);
  if ('status' in proposal) return proposal;
  context.emit('proposed', { ...factsOf(proposal, activation), by: payload.approval.clinic, expiry: payload.expiry });
  return decide(context, proposal, activation);
}

export function approveActivation(context: StatementContext): Outcome {
  const asked = readApproval(context, 'params');
  if ('status' in asked) return asked;
  const activation = readActivation(new Reader(asked.row.content));
  const problem = problemOf(context, activation);
  if (problem !== undefined) return refused(problem);
  const proposal = addApproval(context, asked, asked.approval);
  if ('status' in proposal) return proposal;
  context.emit('approved', { ...factsOf(proposal, activation), by: asked.approval.clinic });
  return decide(context, proposal, activation);
}

/** PROTOCOL 7.2.4: does nothing but show that its feature is active. */
export function applyRehearse(context: StatementContext): Outcome {
  const { statement } = context;
  const salt = decodePayload(statement.payload, (input) => input.fixed(SALT_BYTES));
  if (salt === undefined) return refused('payload');
  if (!equalBytes(statement.object, objectId(statement.kind, statement.author, salt))) return refused('object');
  if (statement.version !== 1) return refused('version');
  context.emit('rehearsed', { clinic: context.sender.clinic });
  return APPLIED;
}

function problemOf({ state, header }: StatementContext, { feature, height }: Activation): RefusalName | undefined {
  const known = activationsOf(state);
  if (known.length >= MAX_ACTIVATIONS || known.some((one) => one.feature === feature)) return 'feature-known';
  const tooSoon = height < header.height + LEAST_NOTICE;
  return tooSoon || height > header.height + MAX_PROPOSAL_BLOCKS ? 'feature-height' : undefined;
}

function decide(context: StatementContext, proposal: Proposal, activation: Activation): Outcome {
  const { state, rules } = context;
  const { clinics } = rules.members;
  if (!areMost(rules.genesis.governance, clinics, approversOf(context, proposal))) return APPLIED;
  closeProposal(context, proposal);
  state.set(FEATURES_KEY, encodeActivations([...activationsOf(state), activation]));
  context.emit('accepted', factsOf(proposal, activation));
  return APPLIED;
}

function factsOf({ id }: Proposal, { feature, height }: Activation) {
  return { proposal: toHex(id), feature, height };
}
