// Rules of the keys family (PROTOCOL 7.7): an erasure is asked for, approved by two persons unless a hold keeps what it
// names, and acknowledged by every clinic that shredded. Which keys those are is known to their holders alone.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { holdsRole } from '../accounts/read.ts';
import type { Role } from '../accounts/types.ts';
import type { StatementContext } from '../context.ts';
import { KEYS_ERASE_REQUEST, KEYS_HOLD } from '../kinds.ts';
import { checkCreate, checkEnd, newObject } from '../object-row.ts';
import { objectId } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { erasureKey, holdKey, shredKey, subjectKey } from '../tables.ts';
import type { ClinicNumber, Outcome, StateReader } from '../types.ts';
import { findErasure, findHold, findShred, findSubject } from './read.ts';
import {
  ERASE_APPROVALS,
  type ErasureRow,
  encodeErasureRow,
  encodeHoldRow,
  encodeShredRow,
  encodeSubjectRow,
  type SubjectRow,
} from './rows.ts';
import {
  eraseApprovalObject,
  readEraseApprove,
  readEraseRequest,
  readHold,
  readRelease,
  readShredAck,
  shredAckObject,
} from './types.ts';

const OFFICERS: readonly Role[] = ['admin', 'privacy-officer'];
const UNTOUCHED: SubjectRow = { holds: 0, erasure: undefined };

export function applyEraseRequest(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  const payload = decodePayload(statement.payload, readEraseRequest);
  if (payload === undefined) return refused('payload');
  const erasure = objectId(KEYS_ERASE_REQUEST, statement.author, payload.salt);
  if (!equalBytes(statement.object, erasure)) return refused('object');
  const stop = checkCreate(context, findErasure(state, erasure));
  if (stop !== undefined) return stop;
  const { clinic } = sender;
  const { subjects } = payload;
  const row = { ...newObject(id), clinic, subjects, approvals: [], approved: 0 };
  state.set(erasureKey(erasure), encodeErasureRow(row));
  context.emit('erase-requested', { erasure: toHex(erasure), clinic, subjects: subjects.length });
  return APPLIED;
}

export function applyEraseApprove(context: StatementContext): Outcome {
  const { state, statement, id, header, rules, account } = context;
  const erasure = decodePayload(statement.payload, readEraseApprove);
  if (erasure === undefined || account === undefined) return refused('payload');
  if (!equalBytes(statement.object, eraseApprovalObject(erasure, account.id))) return refused('object');
  const row = findErasure(state, erasure);
  if (row === undefined) return refused('unknown-object');
  const before = row.approvals.find((approval) => equalBytes(approval.account, account.id));
  if (before !== undefined) return equalBytes(before.statement, id) ? ALREADY_APPLIED : refused('exists');
  if (statement.version !== 1) return refused('version');
  // PROTOCOL 7.7.3: of the clinic that asked, whoever sends it
  const organisation = rules.members.record(row.clinic)?.organisation;
  const mayApprove =
    organisation !== undefined && holdsRole(state, rules.members, organisation, account.id, OFFICERS, header.timestamp);
  if (!mayApprove) return refused('no-officer');
  if (row.approved !== 0) return refused('ended');
  if (isHeld(state, row)) return refused('held');
  const approvals = [...row.approvals, { account: account.id, statement: id }];
  const enough = approvals.length === ERASE_APPROVALS;
  const approved = enough ? header.timestamp : 0;
  state.set(erasureKey(erasure), encodeErasureRow({ ...row, approvals, approved }));
  if (enough) for (const subject of row.subjects) change(context, row.clinic, subject, { erasure });
  context.emit('erase-approved', {
    erasure: toHex(erasure),
    clinic: row.clinic,
    account: toHex(account.id),
    approvals: approvals.length,
    approved: enough,
  });
  return APPLIED;
}

export function applyHold(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  const payload = decodePayload(statement.payload, readHold);
  if (payload === undefined) return refused('payload');
  const hold = objectId(KEYS_HOLD, statement.author, payload.salt);
  if (!equalBytes(statement.object, hold)) return refused('object');
  const stop = checkCreate(context, findHold(state, hold));
  if (stop !== undefined) return stop;
  const { clinic } = sender;
  const { subjects, reason } = payload;
  state.set(holdKey(hold), encodeHoldRow({ ...newObject(id), clinic, subjects, reason }));
  countHolds(context, clinic, subjects, 1);
  context.emit('held', { hold: toHex(hold), clinic, subjects: subjects.length });
  return APPLIED;
}

export function applyRelease(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  if (decodePayload(statement.payload, readRelease) === undefined) return refused('payload');
  const row = findHold(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (row.clinic !== sender.clinic) return refused('authority');
  const stop = checkEnd(context, row);
  if (stop !== undefined) return stop;
  state.set(holdKey(statement.object), encodeHoldRow({ ...row, live: false, latest: id }));
  countHolds(context, row.clinic, row.subjects, -1);
  context.emit('released', { hold: toHex(statement.object), clinic: row.clinic, subjects: row.subjects.length });
  return APPLIED;
}

export function applyShredAck(context: StatementContext): Outcome {
  const { state, statement, id, header, sender } = context;
  const payload = decodePayload(statement.payload, readShredAck);
  if (payload === undefined) return refused('payload');
  const { erasure, removed } = payload;
  if (!equalBytes(statement.object, shredAckObject(erasure, sender.clinic))) return refused('object');
  const row = findErasure(state, erasure);
  if (row === undefined) return refused('unknown-object');
  const before = findShred(state, erasure, sender.clinic);
  if (before !== undefined) return equalBytes(before.statement, id) ? ALREADY_APPLIED : refused('exists');
  if (statement.version !== 1) return refused('version');
  if (row.approved === 0) return refused('not-approved');
  const shred = { statement: id, removed, time: header.timestamp };
  state.set(shredKey(erasure, sender.clinic), encodeShredRow(shred));
  context.emit('shredded', { erasure: toHex(erasure), clinic: sender.clinic, of: row.clinic, removed });
  return APPLIED;
}

function isHeld(state: StateReader, { clinic, subjects }: ErasureRow): boolean {
  return subjects.some((subject) => (findSubject(state, clinic, subject) ?? UNTOUCHED).holds > 0);
}

function countHolds(context: StatementContext, clinic: ClinicNumber, subjects: readonly Uint8Array[], by: 1 | -1) {
  for (const subject of subjects) {
    const { holds } = findSubject(context.state, clinic, subject) ?? UNTOUCHED;
    change(context, clinic, subject, { holds: holds + by });
  }
}

/** A subject about which nothing is to be said has no row. */
function change({ state }: StatementContext, clinic: ClinicNumber, subject: Uint8Array, to: Partial<SubjectRow>): void {
  const row = { ...(findSubject(state, clinic, subject) ?? UNTOUCHED), ...to };
  const key = subjectKey(clinic, subject);
  if (row.holds === 0 && row.erasure === undefined) state.delete(key);
  else state.set(key, encodeSubjectRow(row));
}
