// Rules of the members family (PROTOCOL 7.1): who joins, changes, leaves or is removed, and whose votes stop to count.
// An approved change is appended to a list; when the list bites is certificates.ts and start-of-block.ts.
import { isTorsionFreeKey, verifyEd25519Sync } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { slashable } from '../../chain/finality/quorum.ts';
import { voteMessage } from '../../chain/finality/vote.ts';
import { nextNumber } from '../../member-set.ts';
import type { RefusalName } from '../codes.ts';
import type { StatementContext } from '../context.ts';
import { checkCreate } from '../object-row.ts';
import { objectId } from '../objects.ts';
import { APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { COUNTERS_KEY, changeKey } from '../tables.ts';
import type { LedgerEvent, Outcome } from '../types.ts';
import { type Change, decodeChange, encodeChange, readChange } from './change.ts';
import { changeProblem } from './check-change.ts';
import { claimKeys } from './keys.ts';
import { newestSet } from './newest-set.ts';
import { findProposal } from './proposal-rows.ts';
import {
  addApproval,
  approversOf,
  closeProposal,
  expiryProblem,
  openProposal,
  type Proposal,
  provenProposal,
  readApproval,
} from './proposals.ts';
import { couldChange, mayChange } from './quorum.ts';
import { CLINIC_KEYS } from './record.ts';
import { changeCount, encodeChangeRow, encodeCounters } from './set-rows.ts';
import { readEvidence, readLeave, readPropose } from './types.ts';

/** Approved changes that wait for finality. */
export const MAX_WAITING_CHANGES = 64;

/** What governance decides on; the others have statements of their own. */
const PROPOSABLE: readonly Change['type'][] = ['admit', 'update', 'remove-clinic', 'remove-organisation'];

export function applyPropose(context: StatementContext): Outcome {
  const { rules } = context;
  const payload = decodePayload(context.statement.payload, readPropose);
  const change = payload === undefined ? undefined : changeOf(payload.content);
  if (payload === undefined || change === undefined || !PROPOSABLE.includes(change.type)) return refused('payload');
  const stop = checkNew(context, payload.salt) ?? expiryProblem(context, payload.expiry);
  if (stop !== undefined) return stop;
  const problem = problemOf(context, change);
  if (problem !== undefined) return refused(problem);
  if (!couldChange(rules.genesis.governance, rules.members, change)) return refused('too-few-to-remove');
  // PROTOCOL 2.2, 4.9: paid for in units whether or not the statement gets here
  if (!signingKeysOf(change).every(isTorsionFreeKey)) return refused('key-invalid');
  const proposal = openProposal(context, 'members', payload);
  if ('status' in proposal) return proposal;
  context.emit('proposed', { ...factsOf(proposal, change), by: payload.approval.clinic, expiry: payload.expiry });
  return decide(context, proposal, change);
}

export function applyApprove(context: StatementContext): Outcome {
  const asked = readApproval(context, 'members');
  if ('status' in asked) return asked;
  const change = decodeChange(asked.row.content);
  const problem = problemOf(context, change);
  if (problem !== undefined) return refused(problem);
  const proposal = addApproval(context, asked, asked.approval);
  if ('status' in proposal) return proposal;
  context.emit('approved', { ...factsOf(proposal, change), by: asked.approval.clinic });
  return decide(context, proposal, change);
}

/** PROTOCOL 7.1.7: a clinic needs nobody's leave to go. */
export function applyLeave(context: StatementContext): Outcome {
  const payload = decodePayload(context.statement.payload, readLeave);
  if (payload === undefined) return refused('payload');
  const { approval, salt } = payload;
  const change: Change = { type: 'leave', clinic: approval.clinic };
  const stop = checkNew(context, salt);
  if (stop !== undefined) return stop;
  const problem = problemOf(context, change);
  if (problem !== undefined) return refused(problem);
  const fields = { expiry: context.header.height, approval, content: encodeChange(change) };
  const proposal = openProposal(context, 'members', fields);
  return 'status' in proposal ? proposal : accept(context, proposal, change);
}

/** PROTOCOL 7.1.8: two votes that cannot both be honest end the vote key that signed them. */
export function applyEvidence(context: StatementContext): Outcome {
  const { state, rules, statement } = context;
  const payload = decodePayload(statement.payload, readEvidence);
  if (payload === undefined) return refused('payload');
  const stop = checkNew(context, payload.salt);
  if (stop !== undefined) return stop;
  const { votes } = payload;
  if (slashable(votes[0], votes[1]) === undefined) return refused('no-evidence');
  const change: Change = { type: 'suspend-vote', clinic: votes[0].clinic };
  const problem = problemOf(context, change);
  if (problem !== undefined) return refused(problem);
  // The key that an update on its way replaces is as good as gone.
  const { voteKey } = newestSet(state, rules.members).clinic(change.clinic)!;
  const signed = votes.every(({ link, signature }) =>
    verifyEd25519Sync(voteKey, voteMessage(rules.genesisId, link), signature),
  );
  if (!signed) return refused('no-evidence');
  return accept(context, provenProposal(context, encodeChange(change)), change);
}

/** Undefined for bytes that are no change. */
function changeOf(content: Uint8Array): Change | undefined {
  return decodePayload(content, readChange);
}

/** The statement creates the proposal that its salt names. */
function checkNew(context: StatementContext, salt: Uint8Array): Outcome | undefined {
  const { statement, state } = context;
  const object = objectId(statement.kind, statement.author, salt);
  if (!equalBytes(statement.object, object)) return refused('object');
  return checkCreate(context, findProposal(state, object));
}

function problemOf({ state, rules }: StatementContext, change: Change): RefusalName | undefined {
  if (changeCount(state) - rules.members.id >= MAX_WAITING_CHANGES) return 'too-many-changes';
  return changeProblem(state, newestSet(state, rules.members), change);
}

function decide(context: StatementContext, proposal: Proposal, change: Change): Outcome {
  const { genesis, members } = context.rules;
  const enough = mayChange(genesis.governance, members, change, approversOf(context, proposal));
  return enough ? accept(context, proposal, change) : APPLIED;
}

/** Appends the change to the list. */
function accept(context: StatementContext, proposal: Proposal, change: Change): Outcome {
  const { state, rules, header } = context;
  closeProposal(context, proposal);
  const before = newestSet(state, rules.members);
  if (change.type === 'admit') claimKeys(state, nextNumber(before.records), change.clinic);
  if (change.type === 'update') claimKeys(state, change.clinic, change.fields);
  const number = changeCount(state) + 1;
  state.set(changeKey(number), encodeChangeRow({ height: header.height, change }));
  state.set(COUNTERS_KEY, encodeCounters(number));
  context.emit('accepted', { ...factsOf(proposal, change), number });
  return APPLIED;
}

function signingKeysOf(change: Change): Uint8Array[] {
  const record = change.type === 'admit' ? change.clinic : change.type === 'update' ? change.fields : {};
  return CLINIC_KEYS.flatMap((name) => (name === 'encryptionKey' ? [] : (record[name] ?? [])));
}

function factsOf({ id }: Proposal, change: Change): LedgerEvent['data'] {
  const proposal = toHex(id);
  if (change.type === 'admit') return { proposal, type: change.type, name: change.clinic.name };
  if (change.type === 'remove-organisation') {
    return { proposal, type: change.type, organisation: change.organisation };
  }
  return { proposal, type: change.type, clinic: change.clinic };
}
