// State rows of erasures and holds (PROTOCOL 7.7.7). The row of a subject is what a custodian asks before it serves.
import { equalBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { type ObjectRow, readObject, writeObject } from '../object-row.ts';
import { rowWriter } from '../row-writer.ts';
import type { ClinicNumber } from '../types.ts';
import { readSubjects, writeSubjects } from './types.ts';

/** Persons who must approve an erasure. */
export const ERASE_APPROVALS = 2;
const NOTHING = new Uint8Array(32);

export interface EraseApproval {
  readonly account: Uint8Array;
  readonly statement: Uint8Array;
}

export interface ErasureRow extends ObjectRow {
  /** Whose pseudonyms the subjects are. */
  readonly clinic: ClinicNumber;
  readonly subjects: readonly Uint8Array[];
  readonly approvals: readonly EraseApproval[];
  /** Timestamp of the block that approved it, ms; 0 before. */
  readonly approved: number;
}

export interface SubjectRow {
  /** Live holds. */
  readonly holds: number;
  /** The erasure that was approved last; undefined while none was. */
  readonly erasure: Uint8Array | undefined;
}

/** Not `live` when it was released. */
export interface HoldRow extends ObjectRow {
  readonly clinic: ClinicNumber;
  readonly reason: Uint8Array;
  readonly subjects: readonly Uint8Array[];
}

export interface ShredRow {
  readonly statement: Uint8Array;
  readonly removed: number;
  /** Timestamp of its block, ms. */
  readonly time: number;
}

export function encodeErasureRow(row: ErasureRow): Uint8Array {
  const out = writeSubjects(writeObject(rowWriter(), row).u16(row.clinic), row.subjects).u8(row.approvals.length);
  for (const { account, statement } of row.approvals) out.fixed(account, 32).fixed(statement, 32);
  return out.u64(row.approved).finish();
}

export function decodeErasureRow(bytes: Uint8Array): ErasureRow {
  const input = new Reader(bytes);
  const about = { ...readObject(input), clinic: input.u16(), subjects: readSubjects(input) };
  const count = input.u8();
  if (count > ERASE_APPROVALS) throw new CodecError({ code: 'codec.value', field: 'erasure.approvals' });
  const approvals = Array.from({ length: count }, () => ({ account: input.fixed(32), statement: input.fixed(32) }));
  const row = { ...about, approvals, approved: input.u64() };
  input.end();
  return row;
}

export function encodeSubjectRow({ holds, erasure }: SubjectRow): Uint8Array {
  return rowWriter()
    .u32(holds)
    .fixed(erasure ?? NOTHING, 32)
    .finish();
}

export function decodeSubjectRow(bytes: Uint8Array): SubjectRow {
  const input = new Reader(bytes);
  const holds = input.u32();
  const erasure = input.fixed(32);
  input.end();
  return { holds, erasure: equalBytes(erasure, NOTHING) ? undefined : erasure };
}

export function encodeHoldRow(row: HoldRow): Uint8Array {
  const out = writeObject(rowWriter(), row).u16(row.clinic).fixed(row.reason, 32);
  return writeSubjects(out, row.subjects).finish();
}

export function decodeHoldRow(bytes: Uint8Array): HoldRow {
  const input = new Reader(bytes);
  const about = { ...readObject(input), clinic: input.u16(), reason: input.fixed(32) };
  const row = { ...about, subjects: readSubjects(input) };
  input.end();
  return row;
}

export function encodeShredRow({ statement, removed, time }: ShredRow): Uint8Array {
  return rowWriter().fixed(statement, 32).u32(removed).u64(time).finish();
}

export function decodeShredRow(bytes: Uint8Array): ShredRow {
  const input = new Reader(bytes);
  const row = { statement: input.fixed(32), removed: input.u32(), time: input.u64() };
  input.end();
  return row;
}
