// Rule of `records.amend` (PROTOCOL 7.5.3 on): an addendum stands beside a record, a correction or the word that it was
// entered in error makes its next version. What it said before is never lost: it stands in the block that said it.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { holdsRole } from '../accounts/read.ts';
import type { StatementContext } from '../context.ts';
import { checkChange, checkCreate, newObject } from '../object-row.ts';
import { APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { addendumKey, recordKey } from '../tables.ts';
import type { LedgerEvent, Outcome, StateReader } from '../types.ts';
import { WRITERS } from './apply.ts';
import {
  type AddendumRow,
  decodeAddendumRow,
  decodeRecordRow,
  encodeAddendumRow,
  encodeRecordRow,
  type RecordRow,
} from './rows.ts';
import { type Amendment, addendumObject, readAmend } from './types.ts';

export function findRecord(state: StateReader, record: Uint8Array): RecordRow | undefined {
  const bytes = state.get(recordKey(record));
  return bytes === undefined ? undefined : decodeRecordRow(bytes);
}

export function findAddendum(state: StateReader, addendum: Uint8Array): AddendumRow | undefined {
  const bytes = state.get(addendumKey(addendum));
  return bytes === undefined ? undefined : decodeAddendumRow(bytes);
}

export function applyAmend(context: StatementContext): Outcome {
  const amendment = decodePayload(context.statement.payload, readAmend);
  if (amendment === undefined) return refused('payload');
  const row = findRecord(context.state, amendment.record);
  if (row === undefined) return refused('unknown-object');
  return amendment.type === 'addendum' ? add(context, amendment) : change(context, amendment, row);
}

function add(context: StatementContext, amendment: Amendment & { readonly type: 'addendum' }): Outcome {
  const { state, statement, id, sender, account } = context;
  const { record, salt, reason, commitment } = amendment;
  if (!equalBytes(statement.object, addendumObject(record, statement.author, salt))) return refused('object');
  const stop = checkCreate(context, findAddendum(state, statement.object)) ?? roleProblem(context);
  if (stop !== undefined) return stop;
  const row = { ...newObject(id), record, clinic: sender.clinic, commitment, reason, account: account?.id };
  state.set(addendumKey(statement.object), encodeAddendumRow(row));
  context.emit('addendum', {
    ...factsOf(context, amendment, 1),
    addendum: toHex(statement.object),
    commitment: toHex(commitment),
  });
  return APPLIED;
}

function change(
  context: StatementContext,
  amendment: Exclude<Amendment, { readonly type: 'addendum' }>,
  row: RecordRow,
): Outcome {
  const { state, statement, id, sender, rules } = context;
  const { record } = amendment;
  if (!equalBytes(statement.object, record)) return refused('object');
  const stop = checkChange(context, row);
  if (stop !== undefined) return stop;
  // PROTOCOL 7.5.5: those who wrote it, also at another branch of theirs
  if (rules.members.record(row.clinic)?.organisation !== sender.organisation) return refused('authority');
  const problem = roleProblem(context);
  if (problem !== undefined) return problem;
  const { version } = statement;
  const live = amendment.type === 'correction';
  const commitment = amendment.type === 'correction' ? amendment.commitment : row.commitment;
  state.set(recordKey(record), encodeRecordRow({ ...row, version, latest: id, live, commitment }));
  context.emit(amendment.type === 'correction' ? 'corrected' : 'entered-in-error', {
    ...factsOf(context, amendment, version),
    subject: toHex(row.subject),
    commitment: toHex(commitment),
  });
  return APPLIED;
}

/** PROTOCOL 7.5.2 holds for amendments too. */
function roleProblem({ state, rules, sender, header, account }: StatementContext): Outcome | undefined {
  if (account === undefined) return undefined;
  const { organisation } = sender;
  const may = holdsRole(state, rules.members, organisation, account.id, WRITERS, header.timestamp);
  return may ? undefined : refused('no-role');
}

function factsOf(
  { sender, account }: StatementContext,
  { record, reason }: Amendment,
  version: number,
): LedgerEvent['data'] {
  return {
    record: toHex(record),
    version,
    reason: toHex(reason),
    clinic: sender.clinic,
    account: account === undefined ? null : toHex(account.id),
  };
}
