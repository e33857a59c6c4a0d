// State rows of consents (PROTOCOL 7.6.3): what every custodian asks before it releases anything.
import { Reader } from '../../../common/codec/reader.ts';
import { readAuthor, writeAuthor } from '../authors.ts';
import { type ObjectRow, readObject, writeObject } from '../object-row.ts';
import { rowWriter } from '../row-writer.ts';
import type { Author } from '../types.ts';

/** Not `live` means revoked; one that is past its end stays live here and is over for whoever looks at the clock. */
export interface ConsentRow extends ObjectRow {
  /** Who alone may revoke it. */
  readonly author: Author;
  readonly commitment: Uint8Array;
  /** Commitment to the attachment with the sealed terms. */
  readonly terms: Uint8Array;
  readonly ends: number;
  /** Timestamps of the blocks that have its `commit` and its `revoke`, ms; the latter 0 while it was not taken back. */
  readonly given: number;
  readonly ended: number;
}

export function encodeConsentRow(row: ConsentRow): Uint8Array {
  const out = writeObject(rowWriter(), row);
  writeAuthor(out, row.author);
  return out.fixed(row.commitment, 32).fixed(row.terms, 32).u64(row.ends).u64(row.given).u64(row.ended).finish();
}

export function decodeConsentRow(bytes: Uint8Array): ConsentRow {
  const input = new Reader(bytes);
  const row = {
    ...readObject(input),
    author: readAuthor(input),
    commitment: input.fixed(32),
    terms: input.fixed(32),
    ends: input.u64(),
    given: input.u64(),
    ended: input.u64(),
  };
  input.end();
  return row;
}

/** Whether the consent counts at `time`, ms. */
export function isInForce({ live, ends }: ConsentRow, time: number): boolean {
  return live && time < ends;
}
