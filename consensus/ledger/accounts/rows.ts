// State rows of accounts, their keys and roles (PROTOCOL 7.3).
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { type ObjectRow, readObject, writeObject } from '../object-row.ts';
import { rowWriter } from '../row-writer.ts';
import type { ClinicNumber, OrganisationNumber } from '../types.ts';

/** Not `live` means suspended: out at every clinic. */
export interface AccountRow extends ObjectRow {
  /** Through whom the account was created; only this organisation suspends it. */
  readonly organisation: OrganisationNumber;
  readonly clinic: ClinicNumber;
  readonly profile: Uint8Array;
}

export type KeyStatus = 'live' | 'rotated' | 'compromised';
const KEY_STATUSES: readonly KeyStatus[] = ['live', 'rotated', 'compromised'];

export interface KeyRow extends ObjectRow {
  readonly account: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly status: KeyStatus;
  /** `issued` of the revocation, ms; 0 while the key is live. */
  readonly revokedAt: number;
  /** Until when what was signed before `revokedAt` still counts, ms; 0 while the key is live. */
  readonly endsAt: number;
}

export interface RoleRow extends ObjectRow {
  /** ms; the role is live before it. */
  readonly end: number;
}

export function encodeAccountRow(row: AccountRow): Uint8Array {
  return writeObject(rowWriter(), row).u16(row.organisation).u16(row.clinic).fixed(row.profile, 32).finish();
}

export function decodeAccountRow(bytes: Uint8Array): AccountRow {
  const input = new Reader(bytes);
  const row = { ...readObject(input), organisation: input.u16(), clinic: input.u16(), profile: input.fixed(32) };
  input.end();
  return row;
}

export function encodeKeyRow(row: KeyRow): Uint8Array {
  return writeObject(rowWriter(), row)
    .fixed(row.account, 32)
    .fixed(row.encryptionKey, 32)
    .u8(KEY_STATUSES.indexOf(row.status) + 1)
    .u64(row.revokedAt)
    .u64(row.endsAt)
    .finish();
}

export function decodeKeyRow(bytes: Uint8Array): KeyRow {
  const input = new Reader(bytes);
  const object = readObject(input);
  const account = input.fixed(32);
  const encryptionKey = input.fixed(32);
  const status = KEY_STATUSES[input.u8() - 1];
  if (status === undefined) throw new CodecError({ code: 'codec.value', field: 'key.status' });
  const row = { ...object, account, encryptionKey, status, revokedAt: input.u64(), endsAt: input.u64() };
  input.end();
  return row;
}

export function encodeRoleRow(row: RoleRow): Uint8Array {
  return writeObject(rowWriter(), row).u64(row.end).finish();
}

export function decodeRoleRow(bytes: Uint8Array): RoleRow {
  const input = new Reader(bytes);
  const row = { ...readObject(input), end: input.u64() };
  input.end();
  return row;
}
