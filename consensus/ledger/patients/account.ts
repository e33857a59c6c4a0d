// A clinic says which account is that of a patient whose document it checked (PROTOCOL 7.4.15): as a commitment that only those
// who know the identifier can try, so that the chain joins no account to a patient.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { StatementContext } from '../context.ts';
import { PATIENTS_ACCOUNT } from '../kinds.ts';
import { childId, clinicBytes } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { rowWriter } from '../row-writer.ts';
import { patientAccountKey } from '../tables.ts';
import type { ClinicNumber, Outcome, StateReader } from '../types.ts';
import { isAttached } from './read.ts';

export interface PatientAccountPayload {
  readonly handle: Uint8Array;
  /** Zeros: no account any more. */
  readonly commitment: Uint8Array;
}

export interface PatientAccountRow {
  readonly commitment: Uint8Array;
  readonly version: number;
  /** Id of the statement that changed the row last. */
  readonly statement: Uint8Array;
}

export function encodePatientAccount({ handle, commitment }: PatientAccountPayload): Uint8Array {
  return new Writer(64).fixed(handle, 32).fixed(commitment, 32).finish();
}

export function readPatientAccount(input: Reader): PatientAccountPayload {
  return { handle: input.fixed(32), commitment: input.fixed(32) };
}

export function patientAccountObject(handle: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return childId(handle, PATIENTS_ACCOUNT, clinicBytes(clinic));
}

export function encodePatientAccountRow({ commitment, version, statement }: PatientAccountRow): Uint8Array {
  return rowWriter().fixed(commitment, 32).u32(version).fixed(statement, 32).finish();
}

export function decodePatientAccountRow(bytes: Uint8Array): PatientAccountRow {
  const input = new Reader(bytes);
  const row = { commitment: input.fixed(32), version: input.u32(), statement: input.fixed(32) };
  input.end();
  return row;
}

export function findPatientAccount(
  state: StateReader,
  handle: Uint8Array,
  clinic: ClinicNumber,
): PatientAccountRow | undefined {
  const bytes = state.get(patientAccountKey(handle, clinic));
  return bytes === undefined ? undefined : decodePatientAccountRow(bytes);
}

export function applyPatientAccount(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  const payload = decodePayload(statement.payload, readPatientAccount);
  if (payload === undefined) return refused('payload');
  const { handle, commitment } = payload;
  if (!equalBytes(statement.object, patientAccountObject(handle, sender.clinic))) return refused('object');
  const row = findPatientAccount(state, handle, sender.clinic);
  if (row !== undefined && equalBytes(row.statement, id)) return ALREADY_APPLIED;
  if (statement.version !== (row?.version ?? 0) + 1) return refused('version');
  // Taking it back stays possible after a detach.
  const named = commitment.some((byte) => byte !== 0);
  if (named && !isAttached(state, handle, sender.clinic)) return refused('not-attached');
  const next = { commitment, version: statement.version, statement: id };
  state.set(patientAccountKey(handle, sender.clinic), encodePatientAccountRow(next));
  context.emit(named ? 'account-named' : 'account-unnamed', { handle: toHex(handle), clinic: sender.clinic });
  return APPLIED;
}
