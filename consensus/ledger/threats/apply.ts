// Rules of the threats family (PROTOCOL 7.10). What a report does to an address is local: consensus keeps the facts.

import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { ThreatMode } from '../../../common/threat-names.ts';
import type { StatementContext } from '../context.ts';
import { THREATS_REPORT } from '../kinds.ts';
import { checkChange, checkCreate, checkEnd, newObject } from '../object-row.ts';
import { objectId } from '../objects.ts';
import { APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { threatKey } from '../tables.ts';
import type { LedgerEvent, Outcome, StateReader } from '../types.ts';
import { countUnderKey } from './key-epoch/apply.ts';
import { decodeThreatRow, encodeThreatRow, type ThreatRow } from './rows.ts';
import { AUTOMATIC_LIFE, LEAST_EXTENSION } from './trust/bounds.ts';
import { hang } from './trust/expiry.ts';
import { mostRows } from './trust/quota.ts';
import { mistaken } from './trust/reputation.ts';
import { admit, putTrust, release, trustOf } from './trust/standing.ts';
import { findTag, isBarred } from './trust/tag-row.ts';
import { counts } from './trust/weigh.ts';
import { REPORTED_STEP, readExtend, readReport, readRevoke, type ThreatRevokeReason } from './types.ts';

export function findThreat(state: StateReader, report: Uint8Array): ThreatRow | undefined {
  const bytes = state.get(threatKey(report));
  return bytes === undefined ? undefined : decodeThreatRow(bytes);
}

export function applyReport(context: StatementContext): Outcome {
  const { state, statement, id, sender, header } = context;
  const payload = decodePayload(statement.payload, readReport);
  const { attachment } = statement;
  if (payload === undefined || attachment === undefined) return refused('payload');
  const report = objectId(THREATS_REPORT, statement.author, payload.salt);
  if (!equalBytes(statement.object, report)) return refused('object');
  const stop = checkCreate(context, findThreat(state, report));
  if (stop !== undefined) return stop;
  // PROTOCOL 7.10.3
  if (payload.reported % REPORTED_STEP !== 0 || payload.reported > statement.issued) return refused('threat-time');
  if (payload.expires > latestEnd(context, payload.mode, statement.issued)) return refused('threat-expiry');
  if (payload.expires <= header.timestamp) return refused('threat-expired');
  if (!countUnderKey(context, payload.keyEpoch, payload.expires)) return refused('threat-epoch');
  const { clinic, organisation } = sender;
  // PROTOCOL 7.10.9
  const most = mostRows(context.rules.members.organisations.length, payload.mode);
  const standing = admit(state, organisation, payload, { now: header.timestamp, most });
  if (standing === undefined) return refused('threat-rows');
  const row: ThreatRow = {
    ...{ ...newObject(id), ...payload, clinic, organisation, issued: statement.issued, commitment: attachment },
    ...{ standing, counted: counts(standing), next: undefined, revoked: undefined },
  };
  hang(state, report, row, row.expires, header.timestamp);
  context.emit('reported', factsOf(report, row));
  return APPLIED;
}

export function applyExtend(context: StatementContext): Outcome {
  const { state, statement, id, sender, header } = context;
  const expires = decodePayload(statement.payload, readExtend);
  if (expires === undefined) return refused('payload');
  const row = findThreat(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (row.organisation !== sender.organisation) return refused('authority');
  const stop = checkChange(context, row);
  if (stop !== undefined) return stop;
  // PROTOCOL 7.10.4
  if (row.expires <= header.timestamp) return refused('threat-expired');
  const least = row.expires + LEAST_EXTENSION;
  if (expires < least || expires > latestEnd(context, row.mode, row.issued)) return refused('threat-expiry');
  if (isBarred(findTag(state, row), row.organisation, header.timestamp)) return refused('threat-barred');
  if (!countUnderKey(context, row.keyEpoch, expires)) return refused('threat-epoch');
  const next = { ...row, version: statement.version, latest: id, expires };
  state.set(threatKey(statement.object), encodeThreatRow(next));
  context.emit('extended', factsOf(statement.object, next));
  return APPLIED;
}

export function applyRevoke(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  const reason = decodePayload(statement.payload, readRevoke);
  if (reason === undefined) return refused('payload');
  const row = findThreat(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (row.organisation !== sender.organisation) return refused('authority');
  const stop = checkEnd(context, row);
  if (stop !== undefined) return stop;
  const next = { ...row, live: false, latest: id, counted: false, revoked: { clinic: sender.clinic, reason } };
  if (row.counted) withdraw(context, row, reason);
  state.set(threatKey(statement.object), encodeThreatRow(next));
  context.emit('revoked', { ...factsOf(statement.object, next), revokedBy: sender.clinic, reason });
  return APPLIED;
}

/** Of an automatic report for good, of a manual one counted from now. */
function latestEnd({ statement, rules }: StatementContext, mode: ThreatMode, issued: number): number {
  const { threatMaxLife } = rules.params;
  return mode === 'automatic' ? issued + Math.min(AUTOMATIC_LIFE, threatMaxLife) : statement.issued + threatMaxLife;
}

/** PROTOCOL 7.10.7: whoever takes back a mistake says so; what has been dealt with was none. */
function withdraw({ state, header }: StatementContext, row: ThreatRow, reason: ThreatRevokeReason): void {
  release(state, row, header.timestamp);
  if (reason !== 'mistake' && reason !== 'appeal') return;
  putTrust(state, row.organisation, mistaken(trustOf(state, row.organisation, header.timestamp), 1));
}

function factsOf(report: Uint8Array, row: ThreatRow): LedgerEvent['data'] {
  return {
    report: toHex(report),
    version: row.version,
    keyEpoch: row.keyEpoch,
    tag: toHex(row.tag),
    commitment: toHex(row.commitment),
    clinic: row.clinic,
    organisation: row.organisation,
    category: row.category,
    severity: row.severity,
    mode: row.mode,
    family: row.family,
    prefix: row.prefix,
    reported: row.reported,
    standing: row.standing,
    expires: row.expires,
  };
}
