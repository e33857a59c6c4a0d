// The keys that clinics have or had (PROTOCOL 7.1.4): one key has one use and one holder, for ever, so that what it signed
// never changes its author.
import { toHex } from '../../../common/bytes.ts';
import { clinicBytes } from '../objects.ts';
import type { Overlay } from '../overlay.ts';
import { memberKeyKey } from '../tables.ts';
import type { ClinicNumber, StateReader } from '../types.ts';
import { CLINIC_KEYS, type ClinicRecord } from './record.ts';

export function claimKeys(state: Overlay, clinic: ClinicNumber, record: Partial<ClinicRecord>): void {
  for (const key of keysOf(record)) state.set(memberKeyKey(key), clinicBytes(clinic));
}

/** Whether each key is new and used once. */
export function areFree(state: StateReader, record: Partial<ClinicRecord>): boolean {
  const keys = keysOf(record);
  const distinct = new Set(keys.map(toHex)).size;
  return distinct === keys.length && keys.every((key) => state.get(memberKeyKey(key)) === undefined);
}

function keysOf(record: Partial<ClinicRecord>): Uint8Array[] {
  return CLINIC_KEYS.flatMap((name) => record[name] ?? []);
}
