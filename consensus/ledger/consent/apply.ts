// Rules of the consent family (PROTOCOL 7.6): requests, grants, denials, delegations and emergencies are objects here, all
// alike. Their author is a key made for that object alone, or a clinic for what it keeps itself.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { authorBytes } from '../authors.ts';
import type { StatementContext } from '../context.ts';
import { CONSENT_COMMIT } from '../kinds.ts';
import { checkCreate, checkEnd, newObject } from '../object-row.ts';
import { objectId } from '../objects.ts';
import { APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { consentKey } from '../tables.ts';
import type { LedgerEvent, Outcome, StateReader } from '../types.ts';
import { type ConsentRow, decodeConsentRow, encodeConsentRow } from './rows.ts';
import { readCommit, readRevoke } from './types.ts';

export function findConsent(state: StateReader, consent: Uint8Array): ConsentRow | undefined {
  const bytes = state.get(consentKey(consent));
  return bytes === undefined ? undefined : decodeConsentRow(bytes);
}

export function applyCommit(context: StatementContext): Outcome {
  const { state, statement, id, header } = context;
  const payload = decodePayload(statement.payload, readCommit);
  const { attachment: terms, author, object } = statement;
  if (payload === undefined || terms === undefined) return refused('payload');
  if (!equalBytes(object, objectId(CONSENT_COMMIT, author, payload.salt))) return refused('object');
  const stop = checkCreate(context, findConsent(state, object));
  if (stop !== undefined) return stop;
  const { commitment, ends } = payload;
  if (ends <= header.timestamp) return refused('consent-over');
  const row = { ...newObject(id), author, commitment, terms, ends, given: header.timestamp, ended: 0 };
  state.set(consentKey(object), encodeConsentRow(row));
  context.emit('committed', factsOf(object, row));
  return APPLIED;
}

export function applyRevoke(context: StatementContext): Outcome {
  const { state, statement, id, header } = context;
  if (decodePayload(statement.payload, readRevoke) === undefined) return refused('payload');
  const row = findConsent(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (!equalBytes(authorBytes(row.author), authorBytes(statement.author))) return refused('authority');
  const stop = checkEnd(context, row);
  if (stop !== undefined) return stop;
  const next = { ...row, live: false, latest: id, ended: header.timestamp };
  state.set(consentKey(statement.object), encodeConsentRow(next));
  context.emit('revoked', factsOf(statement.object, next));
  return APPLIED;
}

function factsOf(consent: Uint8Array, { author, commitment, terms, ends }: ConsentRow): LedgerEvent['data'] {
  return {
    consent: toHex(consent),
    clinic: author.type === 'clinic' ? author.clinic : null,
    commitment: toHex(commitment),
    terms: toHex(terms),
    ends,
  };
}
