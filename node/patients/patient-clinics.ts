// The clinics that the chain has, or had, a patient at. Owns how such a row is read.
import { decodePatientClinicRow, type PatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { HANDLE_BYTES } from '../../consensus/ledger/patients/types.ts';
import { TABLES } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { ChainStore } from '../store/ports.ts';

/** Of one patient. */
const MAX_PATIENT_CLINICS = 1_000;

export interface PatientClinic extends PatientClinicRow {
  readonly clinic: ClinicNumber;
}

export async function patientClinics(
  chain: Pick<ChainStore, 'stateRange'>,
  handle: Uint8Array,
): Promise<PatientClinic[]> {
  const rows = await chain.stateRange(TABLES.patientClinic, handle, undefined, MAX_PATIENT_CLINICS);
  const at = 1 + HANDLE_BYTES;
  return rows.map(([key, value]) => ({ clinic: (key[at] << 8) | key[at + 1], ...decodePatientClinicRow(value) }));
}
