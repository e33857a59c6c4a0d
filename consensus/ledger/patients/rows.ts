// State rows of patients: who registered a handle first, and which clinics hold the patient (PROTOCOL 7.4).
import { Reader } from '../../../common/codec/reader.ts';
import { readFlag } from '../object-row.ts';
import { rowWriter } from '../row-writer.ts';
import type { ClinicNumber } from '../types.ts';

export interface PatientRow {
  /** Who registered first, in which block and statement. */
  readonly clinic: ClinicNumber;
  readonly height: number;
  readonly statement: Uint8Array;
}

/** A clinic's attachment to a patient. */
export interface PatientClinicRow {
  readonly attached: boolean;
  readonly version: number;
  /** Highest version that a detach ended; 0 while none did. */
  readonly ended: number;
  /** `issued` of the last statement that changed the row, ms. */
  readonly changed: number;
  /** Id of that statement. */
  readonly statement: Uint8Array;
}

export function encodePatientRow(row: PatientRow): Uint8Array {
  return rowWriter().u16(row.clinic).u64(row.height).fixed(row.statement, 32).finish();
}

export function decodePatientRow(bytes: Uint8Array): PatientRow {
  const input = new Reader(bytes);
  const row = { clinic: input.u16(), height: input.u64(), statement: input.fixed(32) };
  input.end();
  return row;
}

export function encodePatientClinicRow(row: PatientClinicRow): Uint8Array {
  return rowWriter()
    .u8(row.attached ? 1 : 0)
    .u32(row.version)
    .u32(row.ended)
    .u64(row.changed)
    .fixed(row.statement, 32)
    .finish();
}

export function decodePatientClinicRow(bytes: Uint8Array): PatientClinicRow {
  const input = new Reader(bytes);
  const row = {
    attached: readFlag(input),
    version: input.u32(),
    ended: input.u32(),
    changed: input.u64(),
    statement: input.fixed(32),
  };
  input.end();
  return row;
}
