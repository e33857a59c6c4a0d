// State rows of records (PROTOCOL 7.5).
import { Reader } from '../../../common/codec/reader.ts';
import { type ObjectRow, readFlag, readObject, writeObject } from '../object-row.ts';
import { rowWriter } from '../row-writer.ts';
import type { ClinicNumber } from '../types.ts';

/** Not `live` means entered in error: hidden, and kept. */
export interface RecordRow extends ObjectRow {
  /** Whose pseudonym the subject is: the sender's clinic. */
  readonly clinic: ClinicNumber;
  readonly subject: Uint8Array;
  readonly commitment: Uint8Array;
  /** Account of the person who wrote it; undefined when the clinic did. */
  readonly account: Uint8Array | undefined;
}

export function encodeRecordRow(row: RecordRow): Uint8Array {
  const out = writeObject(rowWriter(), row).u16(row.clinic).fixed(row.subject, 32).fixed(row.commitment, 32);
  if (row.account === undefined) out.u8(0);
  else out.u8(1).fixed(row.account, 32);
  return out.finish();
}

export function decodeRecordRow(bytes: Uint8Array): RecordRow {
  const input = new Reader(bytes);
  const row = {
    ...readObject(input),
    clinic: input.u16(),
    subject: input.fixed(32),
    commitment: input.fixed(32),
    account: readFlag(input) ? input.fixed(32) : undefined,
  };
  input.end();
  return row;
}

export interface AddendumRow extends ObjectRow {
  readonly record: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly commitment: Uint8Array;
  readonly reason: Uint8Array;
  readonly account: Uint8Array | undefined;
}

export function encodeAddendumRow(row: AddendumRow): Uint8Array {
  const out = writeObject(rowWriter(), row).fixed(row.record, 32).u16(row.clinic);
  out.fixed(row.commitment, 32).fixed(row.reason, 32);
  if (row.account === undefined) out.u8(0);
  else out.u8(1).fixed(row.account, 32);
  return out.finish();
}

export function decodeAddendumRow(bytes: Uint8Array): AddendumRow {
  const input = new Reader(bytes);
  const row = {
    ...readObject(input),
    record: input.fixed(32),
    clinic: input.u16(),
    commitment: input.fixed(32),
    reason: input.fixed(32),
    account: readFlag(input) ? input.fixed(32) : undefined,
  };
  input.end();
  return row;
}
