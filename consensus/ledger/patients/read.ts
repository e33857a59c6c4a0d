// Questions about patients that several rules and services ask of the state.
import { patientClinicKey, retractionKey } from '../tables.ts';
import type { ClinicNumber, StateReader } from '../types.ts';
import { decodeRetractionRow, type RetractionRow } from './links/rows.ts';
import { decodePatientClinicRow, type PatientClinicRow } from './rows.ts';

export function findAttachment(
  state: StateReader,
  handle: Uint8Array,
  clinic: ClinicNumber,
): PatientClinicRow | undefined {
  const bytes = state.get(patientClinicKey(handle, clinic));
  return bytes === undefined ? undefined : decodePatientClinicRow(bytes);
}

export function isAttached(state: StateReader, handle: Uint8Array, clinic: ClinicNumber): boolean {
  return findAttachment(state, handle, clinic)?.attached === true;
}

export function findRetraction(state: StateReader, handle: Uint8Array): RetractionRow | undefined {
  const bytes = state.get(retractionKey(handle));
  return bytes === undefined ? undefined : decodeRetractionRow(bytes);
}
