// Rule of the records family (PROTOCOL 7.5).
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { holdsRole } from '../accounts/read.ts';
import type { Role } from '../accounts/types.ts';
import type { StatementContext } from '../context.ts';
import { RECORDS_ADD } from '../kinds.ts';
import { newObject } from '../object-row.ts';
import { objectId } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, listOutcome, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { recordKey } from '../tables.ts';
import type { EntryOutcome, Outcome } from '../types.ts';
import { decodeRecordRow, encodeRecordRow } from './rows.ts';
import { type RecordEntry, readRecords } from './types.ts';

export const WRITERS: readonly Role[] = ['doctor', 'nurse', 'admin'];

export function applyAdd(context: StatementContext): Outcome {
  const { state, rules, sender, header, account } = context;
  const entries = decodePayload(context.statement.payload, readRecords);
  if (entries === undefined) return refused('payload');
  // PROTOCOL 7.5.2
  if (account !== undefined) {
    const { organisation } = sender;
    if (!holdsRole(state, rules.members, organisation, account.id, WRITERS, header.timestamp))
      return refused('no-role');
  }
  return listOutcome(entries.map((entry) => addOne(context, entry)));
}

function addOne(context: StatementContext, { salt, subject, commitment }: RecordEntry): EntryOutcome {
  const { state, statement, id, sender, account } = context;
  const record = objectId(RECORDS_ADD, statement.author, salt);
  const existing = state.get(recordKey(record));
  if (existing !== undefined) {
    const row = decodeRecordRow(existing);
    // a correction put another commitment in its place
    const same =
      equalBytes(row.created, id) &&
      equalBytes(row.subject, subject) &&
      (row.version > 1 || equalBytes(row.commitment, commitment));
    return same ? ALREADY_APPLIED : refused('exists');
  }
  const { clinic } = sender;
  const row = { ...newObject(id), clinic, subject, commitment, account: account?.id };
  state.set(recordKey(record), encodeRecordRow(row));
  context.emit('added', {
    record: toHex(record),
    subject: toHex(subject),
    commitment: toHex(commitment),
    clinic,
    account: account === undefined ? null : toHex(account.id),
  });
  return APPLIED;
}
