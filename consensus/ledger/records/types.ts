// Payload of `records.add` (PROTOCOL 7.5): salted commitments under the writing clinic's pseudonym of the patient.
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { readEntries } from '../lists.ts';
import { SALT_BYTES } from '../objects.ts';

export const RECORD_ENTRY_BYTES = SALT_BYTES + 32 + 32;

export interface RecordEntry {
  readonly salt: Uint8Array;
  /** The clinic's pseudonym key for the patient, 32 bytes. */
  readonly subject: Uint8Array;
  /** Salted commitment to the content, 32 bytes. */
  readonly commitment: Uint8Array;
}

export function encodeRecords(entries: readonly RecordEntry[]): Uint8Array {
  const out = new Writer(RECORD_ENTRY_BYTES * entries.length);
  for (const { salt, subject, commitment } of entries) {
    out.fixed(salt, SALT_BYTES).fixed(subject, 32).fixed(commitment, 32);
  }
  return out.finish();
}

export function readRecords(input: Reader): RecordEntry[] {
  return readEntries(input, RECORD_ENTRY_BYTES, () => ({
    salt: input.fixed(SALT_BYTES),
    subject: input.fixed(32),
    commitment: input.fixed(32),
  }));
}
