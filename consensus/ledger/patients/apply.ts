// Rules of the patients family (PROTOCOL 7.4). Registering claims nothing and gives no authority.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { StatementContext } from '../context.ts';
import { PATIENTS_ATTACH } from '../kinds.ts';
import { childId, clinicBytes } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, ATTACHED, KNOWN, listOutcome, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { patientClinicKey, patientKey, retractionKey } from '../tables.ts';
import type { EntryOutcome, Outcome } from '../types.ts';
import { encodeRetractionRow } from './links/rows.ts';
import { findAttachment, findRetraction } from './read.ts';
import { decodePatientRow, encodePatientClinicRow, encodePatientRow, type PatientClinicRow } from './rows.ts';
import { readHandle, readRegister } from './types.ts';

export function applyRegister(context: StatementContext): Outcome {
  const handles = decodePayload(context.statement.payload, readRegister);
  if (handles === undefined) return refused('payload');
  return listOutcome(handles.map((handle) => registerOne(context, handle)));
}

/** The object id of a clinic's attachment to a patient; attach and detach name it (PROTOCOL 7.4.3). */
export function attachmentObject(handle: Uint8Array, clinic: number): Uint8Array {
  return childId(handle, PATIENTS_ATTACH, clinicBytes(clinic));
}

function registerOne(context: StatementContext, handle: Uint8Array): EntryOutcome {
  const { state, header, statement, id, sender } = context;
  const first = state.get(patientKey(handle)) === undefined;
  const row = attachmentRow(context, handle);
  // PROTOCOL 7.4.2: only a registration made after the own detach brings the patient back
  if (row !== undefined && (row.attached || statement.issued <= row.changed)) return KNOWN;
  if (first) {
    state.set(patientKey(handle), encodePatientRow({ clinic: sender.clinic, height: header.height, statement: id }));
  }
  attach(context, handle, row);
  context.emit(first ? 'registered' : 'attached', {
    handle: toHex(handle),
    clinic: sender.clinic,
    height: header.height,
  });
  return first ? APPLIED : ATTACHED;
}

export function applyAttach(context: StatementContext): Outcome {
  const { state, statement, id, sender, header } = context;
  const handle = decodePayload(statement.payload, readHandle);
  if (handle === undefined) return refused('payload');
  if (!equalBytes(statement.object, attachmentObject(handle, sender.clinic))) return refused('object');
  if (state.get(patientKey(handle)) === undefined) return refused('unknown-patient');
  const row = attachmentRow(context, handle);
  if (row !== undefined && equalBytes(row.statement, id)) return ALREADY_APPLIED;
  if (row?.attached) return KNOWN;
  if (statement.version !== (row?.version ?? 0) + 1) return refused('version');
  attach(context, handle, row);
  context.emit('attached', { handle: toHex(handle), clinic: sender.clinic, height: header.height });
  return APPLIED;
}

export function applyDetach(context: StatementContext): Outcome {
  const { statement, sender } = context;
  const handle = decodePayload(statement.payload, readHandle);
  if (handle === undefined) return refused('payload');
  if (!equalBytes(statement.object, attachmentObject(handle, sender.clinic))) return refused('object');
  const row = attachmentRow(context, handle);
  if (row === undefined) return refused('unknown-object');
  if (statement.version < 1 || statement.version > row.version) return refused('version');
  // an earlier life of the attachment, or this one: it has ended (PROTOCOL 4.8)
  if (statement.version <= row.ended) return ALREADY_APPLIED;
  detach(context, handle, row);
  context.emit('detached', { handle: toHex(handle), clinic: sender.clinic });
  return APPLIED;
}

/** PROTOCOL 7.4.7: the clinic that was first says that it was a mistake. */
export function applyRetract(context: StatementContext): Outcome {
  const { state, statement, sender } = context;
  const handle = decodePayload(statement.payload, readHandle);
  if (handle === undefined) return refused('payload');
  if (!equalBytes(statement.object, attachmentObject(handle, sender.clinic))) return refused('object');
  const patient = state.get(patientKey(handle));
  const row = attachmentRow(context, handle);
  if (patient === undefined || row === undefined) return refused('unknown-object');
  if (decodePatientRow(patient).clinic !== sender.clinic) return refused('authority');
  if (statement.version < 1 || statement.version > row.version) return refused('version');
  // an earlier life of the attachment: what was attached since stays
  if (statement.version <= (findRetraction(state, handle)?.version ?? 0)) return ALREADY_APPLIED;
  if (row.attached && statement.version > row.ended) detach(context, handle, row);
  const live = !attachmentRow(context, handle)?.attached;
  state.set(retractionKey(handle), encodeRetractionRow({ live, version: statement.version }));
  context.emit('retracted', { handle: toHex(handle), clinic: sender.clinic });
  return APPLIED;
}

function detach({ state, statement, id, sender }: StatementContext, handle: Uint8Array, row: PatientClinicRow): void {
  const changed = Math.max(row.changed, statement.issued);
  const next = { attached: false, version: row.version, ended: row.version, changed, statement: id };
  state.set(patientClinicKey(handle, sender.clinic), encodePatientClinicRow(next));
}

function attachmentRow({ state, sender }: StatementContext, handle: Uint8Array): PatientClinicRow | undefined {
  return findAttachment(state, handle, sender.clinic);
}

function attach(context: StatementContext, handle: Uint8Array, row: PatientClinicRow | undefined): void {
  const { state, statement, id, sender } = context;
  const next = {
    attached: true,
    version: (row?.version ?? 0) + 1,
    ended: row?.ended ?? 0,
    changed: statement.issued,
    statement: id,
  };
  state.set(patientClinicKey(handle, sender.clinic), encodePatientClinicRow(next));
  const retraction = findRetraction(state, handle);
  if (retraction?.live) state.set(retractionKey(handle), encodeRetractionRow({ ...retraction, live: false }));
}
