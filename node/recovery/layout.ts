// Keys of rows in the database of key rows that belong to its recovery. None is of a chart.
import { concatBytes } from '../../common/bytes.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

/** One byte each, never used for anything else again. */
const TABLES = {
  /** How often category keys were made here: what an older copy of the database has less of. */
  mark: 0x20,
  /** There while keys are being brought back. */
  recovering: 0x21,
  /** clinic: it has given back what it keeps. */
  answered: 0x22,
} as const;

export const MARK_KEY = Uint8Array.of(TABLES.mark);
export const RECOVERING_KEY = Uint8Array.of(TABLES.recovering);
export const ANSWERED_PREFIX = Uint8Array.of(TABLES.answered);

export function answeredKey(clinic: ClinicNumber): Uint8Array {
  return concatBytes(ANSWERED_PREFIX, clinicBytes(clinic));
}
