// Rules of links (PROTOCOL 7.4.5, 7.4.6). A link is display only: it gives nobody a right, rewrites nothing, and can always
// be taken back.
import { equalBytes, toHex } from '../../../../common/bytes.ts';
import type { StatementContext } from '../../context.ts';
import { ALREADY_APPLIED, APPLIED, KNOWN, refused } from '../../outcome.ts';
import { decodePayload } from '../../payload.ts';
import { patientKey, patientLinkKey } from '../../tables.ts';
import type { Outcome, StateReader } from '../../types.ts';
import { isAttached } from '../read.ts';
import { decodeLinkRow, encodeLinkRow, type LinkRow } from './rows.ts';
import { linkObject, readLink, readUnlink } from './types.ts';

export function findLink(state: StateReader, link: Uint8Array): LinkRow | undefined {
  const bytes = state.get(patientLinkKey(link));
  return bytes === undefined ? undefined : decodeLinkRow(bytes);
}

export function applyLink(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  const handles = decodePayload(statement.payload, readLink);
  if (handles === undefined) return refused('payload');
  const { clinic } = sender;
  if (!equalBytes(statement.object, linkObject(handles, clinic))) return refused('object');
  const row = findLink(state, statement.object);
  if (row !== undefined && equalBytes(row.statement, id)) return ALREADY_APPLIED;
  if (handles.some((handle) => state.get(patientKey(handle)) === undefined)) return refused('unknown-patient');
  if (!handles.every((handle) => isAttached(state, handle, clinic))) return refused('not-attached');
  if (row?.linked) return KNOWN;
  if (statement.version !== (row?.version ?? 0) + 1) return refused('version');
  const { version } = statement;
  put(context, 'linked', { handles, clinic, linked: true, version, ended: row?.ended ?? 0, statement: id });
  return APPLIED;
}

export function applyUnlink(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  const payload = decodePayload(statement.payload, readUnlink);
  if (payload === undefined) return refused('payload');
  const { handles, clinic } = payload;
  if (!equalBytes(statement.object, linkObject(handles, clinic))) return refused('object');
  const row = findLink(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (statement.version < 1 || statement.version > row.version) return refused('version');
  if (statement.version <= row.ended) return ALREADY_APPLIED;
  // whoever made it, and every clinic that has the patient
  const may = clinic === sender.clinic || handles.some((handle) => isAttached(state, handle, sender.clinic));
  if (!may) return refused('not-attached');
  put(context, 'unlinked', { ...row, linked: false, ended: row.version, statement: id });
  return APPLIED;
}

function put({ state, statement, emit, sender }: StatementContext, type: string, row: LinkRow): void {
  state.set(patientLinkKey(statement.object), encodeLinkRow(row));
  const [one, other] = row.handles;
  emit(type, {
    link: toHex(statement.object),
    handle: toHex(one),
    other: toHex(other),
    clinic: row.clinic,
    by: sender.clinic,
    version: row.version,
  });
}
