// Rules of take-overs (PROTOCOL 7.4.8 to 7.4.11): nobody gets authority over a patient's records without clinics that saw the
// person, and not before every clinic that holds the patient had time to object.
import { isTorsionFreeKey } from '#crypto';
import { equalBytes, toHex } from '../../../../common/bytes.ts';
import type { MemberSet } from '../../../member-set.ts';
import type { StatementContext } from '../../context.ts';
import { checkCreate, newObject } from '../../object-row.ts';
import { ALREADY_APPLIED, APPLIED, KNOWN, refused } from '../../outcome.ts';
import { decodePayload } from '../../payload.ts';
import { authorityKey, patientKey, takeOverKey, takeOverPartKey } from '../../tables.ts';
import type { ClinicNumber, LedgerEvent, Outcome } from '../../types.ts';
import { isAttached } from '../read.ts';
import {
  encodeAuthorityRow,
  encodePartRow,
  encodeTakeOverRow,
  findAuthority,
  findPart,
  findTakeOver,
  type TakeOverRow,
} from './rows.ts';
import { acknowledgeObject, readFinish, readStart, readTakeOver, takeOverObject, witnessObject } from './types.ts';

/** Organisations that must have seen the person, or clinics where there is one organisation. */
const WITNESSES = 2;

export function applyStart(context: StatementContext): Outcome {
  const { state, statement, id } = context;
  const payload = decodePayload(statement.payload, readStart);
  if (payload === undefined || statement.author.type !== 'person') return refused('payload');
  const { key } = statement.author;
  const { handle } = payload;
  if (!equalBytes(statement.object, takeOverObject(handle, key))) return refused('object');
  const stop = checkCreate(context, findTakeOver(state, statement.object));
  if (stop !== undefined) return stop;
  if (state.get(patientKey(handle)) === undefined) return refused('unknown-patient');
  // PROTOCOL 4.9: paid for in units whether or not the statement gets here
  if (!isTorsionFreeKey(key)) return refused('key-invalid');
  const open = {
    witnesses: [],
    waiting: [],
    ready: 0,
    objections: 0,
    outvoters: [],
    outvoted: false,
    finished: false,
    until: 0,
  };
  put(context, statement.object, 'take-over-started', { ...newObject(id), ...payload, key, ...open });
  return APPLIED;
}

export function applyWitness(context: StatementContext): Outcome {
  const { sender, header, rules, state } = context;
  const asked = partOf(context, witnessObject);
  if ('status' in asked) return asked;
  const { takeOver, row } = asked;
  if (row.ready !== 0) return KNOWN;
  const witnesses = [...row.witnesses, sender.clinic];
  keepPart(context);
  if (!isEnough(rules.members, witnesses)) {
    put(context, takeOver, 'take-over-witnessed', { ...row, witnesses });
    return APPLIED;
  }
  const { takeOverDelay, takeOverLongest } = rules.params;
  // whoever witnessed it knows of it
  const waiting = rules.members.clinics
    .map(({ number }) => number)
    .filter((clinic) => !witnesses.includes(clinic) && isAttached(state, row.handle, clinic));
  const ready = header.timestamp + (waiting.length === 0 ? takeOverDelay : takeOverLongest);
  put(context, takeOver, 'take-over-noticed', { ...row, witnesses, waiting, ready });
  return APPLIED;
}

export function applyAcknowledge(context: StatementContext): Outcome {
  const { sender, header, rules } = context;
  const asked = partOf(context, acknowledgeObject);
  if ('status' in asked) return asked;
  const { takeOver, row } = asked;
  if (row.ready === 0) return refused('not-witnessed');
  if (!row.waiting.includes(sender.clinic)) return refused('not-attached');
  const waiting = row.waiting.filter((clinic) => clinic !== sender.clinic);
  const soonest = header.timestamp + rules.params.takeOverDelay;
  const ready = waiting.length === 0 ? Math.min(row.ready, soonest) : row.ready;
  keepPart(context);
  put(context, takeOver, 'take-over-acknowledged', { ...row, waiting, ready });
  return APPLIED;
}

export function applyFinish(context: StatementContext): Outcome {
  const { state, statement, id, header } = context;
  if (decodePayload(statement.payload, readFinish) === undefined || statement.author.type !== 'person') {
    return refused('payload');
  }
  const row = findTakeOver(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (!equalBytes(row.key, statement.author.key)) return refused('take-over-other');
  if (equalBytes(row.latest, id)) return ALREADY_APPLIED;
  if (statement.version !== row.version) return refused('version');
  if (!row.live) return refused('ended');
  if (row.ready === 0) return refused('not-witnessed');
  if (row.objections > 0 && !row.outvoted) return refused('take-over-objected');
  if (header.timestamp < row.ready) return refused('take-over-early');
  const { handle, key, encryptionKey, commitment } = row;
  const since = header.timestamp;
  const before = findAuthority(state, handle);
  const earlier = before && findTakeOver(state, before.takeOver);
  if (before !== undefined && earlier !== undefined) {
    state.set(takeOverKey(before.takeOver), encodeTakeOverRow({ ...earlier, until: since }));
  }
  const authority = {
    ...{ takeOver: statement.object, key, encryptionKey, commitment },
    ...{ since, first: before?.first ?? since },
  };
  state.set(authorityKey(handle), encodeAuthorityRow(authority));
  put(context, statement.object, 'taken-over', { ...row, live: false, latest: id, finished: true });
  return APPLIED;
}

/** Keeps the row and tells of it. */
export function put(context: StatementContext, takeOver: Uint8Array, type: string, row: TakeOverRow): void {
  context.state.set(takeOverKey(takeOver), encodeTakeOverRow(row));
  context.emit(type, factsOf(context, takeOver, row));
}

function factsOf({ sender }: StatementContext, takeOver: Uint8Array, row: TakeOverRow): LedgerEvent['data'] {
  return {
    takeOver: toHex(takeOver),
    handle: toHex(row.handle),
    key: toHex(row.key),
    by: sender.clinic,
    waiting: row.waiting.length,
    objections: row.objections,
    readyAt: row.ready === 0 ? null : row.ready,
  };
}

/** A clinic's one statement of a kind about an open take-over, before anything is written. */
function partOf(
  { state, statement, id, sender }: StatementContext,
  objectOf: (takeOver: Uint8Array, clinic: ClinicNumber) => Uint8Array,
): { readonly takeOver: Uint8Array; readonly row: TakeOverRow } | Outcome {
  const takeOver = decodePayload(statement.payload, readTakeOver);
  if (takeOver === undefined) return refused('payload');
  if (!equalBytes(statement.object, objectOf(takeOver, sender.clinic))) return refused('object');
  const row = findTakeOver(state, takeOver);
  if (row === undefined) return refused('unknown-object');
  const before = findPart(state, statement.object);
  if (before !== undefined) return equalBytes(before.statement, id) ? ALREADY_APPLIED : refused('exists');
  if (statement.version !== 1) return refused('version');
  return row.live ? { takeOver, row } : refused('ended');
}

function keepPart({ state, statement, id }: StatementContext): void {
  state.set(takeOverPartKey(statement.object), encodePartRow({ version: 1, ended: 0, statement: id }));
}

/** PROTOCOL 7.4.9. */
function isEnough(members: MemberSet, witnesses: readonly ClinicNumber[]): boolean {
  const present = witnesses.filter((clinic) => members.clinic(clinic) !== undefined);
  if (members.organisations.length < WITNESSES) return present.length >= Math.min(WITNESSES, members.size);
  return new Set(present.map((clinic) => members.clinic(clinic)?.organisation)).size >= WITNESSES;
}
