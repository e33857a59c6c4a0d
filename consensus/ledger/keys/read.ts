// Questions about erasures and holds that rules, custodians and certificates ask of the state.
import { erasureKey, holdKey, shredKey, subjectKey } from '../tables.ts';
import type { ClinicNumber, StateReader } from '../types.ts';
import {
  decodeErasureRow,
  decodeHoldRow,
  decodeShredRow,
  decodeSubjectRow,
  type ErasureRow,
  type HoldRow,
  type ShredRow,
  type SubjectRow,
} from './rows.ts';

export function findErasure(state: StateReader, erasure: Uint8Array): ErasureRow | undefined {
  const bytes = state.get(erasureKey(erasure));
  return bytes === undefined ? undefined : decodeErasureRow(bytes);
}

/** Of a pseudonym of this clinic; nobody else can hold or erase by it. */
export function findSubject(state: StateReader, clinic: ClinicNumber, subject: Uint8Array): SubjectRow | undefined {
  const bytes = state.get(subjectKey(clinic, subject));
  return bytes === undefined ? undefined : decodeSubjectRow(bytes);
}

export function findHold(state: StateReader, hold: Uint8Array): HoldRow | undefined {
  const bytes = state.get(holdKey(hold));
  return bytes === undefined ? undefined : decodeHoldRow(bytes);
}

export function findShred(state: StateReader, erasure: Uint8Array, clinic: ClinicNumber): ShredRow | undefined {
  const bytes = state.get(shredKey(erasure, clinic));
  return bytes === undefined ? undefined : decodeShredRow(bytes);
}
