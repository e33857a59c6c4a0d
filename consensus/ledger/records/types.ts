// Payloads of the records family (PROTOCOL 7.5): salted commitments under the writing clinic's pseudonym of the patient.
import { concatBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { authorBytes } from '../authors.ts';
import { RECORDS_AMEND } from '../kinds.ts';
import { readEntries } from '../lists.ts';
import { childId, SALT_BYTES } from '../objects.ts';
import type { Author } from '../types.ts';

export const RECORD_ENTRY_BYTES = SALT_BYTES + 32 + 32;

export interface RecordEntry {
  readonly salt: Uint8Array;
  /** The clinic's pseudonym key for the patient, 32 bytes. */
  readonly subject: Uint8Array;
  /** Salted commitment to the content, 32 bytes. */
  readonly commitment: Uint8Array;
}

export const AMENDMENTS = ['addendum', 'correction', 'entered-in-error'] as const;
export type AmendmentType = (typeof AMENDMENTS)[number];

interface Amended {
  readonly record: Uint8Array;
  /** Salted commitment to why, 32 bytes. */
  readonly reason: Uint8Array;
}

/** An addendum stands beside the record; the others make its next version. */
export type Amendment =
  | (Amended & { readonly type: 'addendum'; readonly salt: Uint8Array; readonly commitment: Uint8Array })
  | (Amended & { readonly type: 'correction'; readonly commitment: Uint8Array })
  | (Amended & { readonly type: 'entered-in-error' });

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

export function encodeAmend(amendment: Amendment): Uint8Array {
  const out = new Writer(113).u8(AMENDMENTS.indexOf(amendment.type) + 1);
  out.fixed(amendment.record, 32).fixed(amendment.reason, 32);
  if (amendment.type === 'addendum') out.fixed(amendment.salt, SALT_BYTES);
  if (amendment.type !== 'entered-in-error') out.fixed(amendment.commitment, 32);
  return out.finish();
}

export function readAmend(input: Reader): Amendment {
  const type = AMENDMENTS[input.u8() - 1];
  if (type === undefined) throw new CodecError({ code: 'codec.value', field: 'amendment' });
  const about = { record: input.fixed(32), reason: input.fixed(32) };
  if (type === 'entered-in-error') return { type, ...about };
  if (type === 'correction') return { type, ...about, commitment: input.fixed(32) };
  return { type, ...about, salt: input.fixed(SALT_BYTES), commitment: input.fixed(32) };
}

/** Object id of an addendum: an author adds as many as it likes (PROTOCOL 7.5.4). */
export function addendumObject(record: Uint8Array, author: Author, salt: Uint8Array): Uint8Array {
  return childId(record, RECORDS_AMEND, concatBytes(authorBytes(author), salt));
}
