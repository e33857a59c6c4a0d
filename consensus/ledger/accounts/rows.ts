// State rows of accounts, their keys and roles (PROTOCOL 7.3).
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { MAX_ACCOUNT_KEYS } from '../../limits.ts';
import { type ObjectRow, readObject, writeObject } from '../object-row.ts';
import { rowWriter } from '../row-writer.ts';
import type { ClinicNumber, OrganisationNumber } from '../types.ts';
import { readOptionalKey, writeOptionalKey } from './types.ts';

/** Not `live` means suspended: out at every clinic. */
export interface AccountRow extends ObjectRow {
  /** Through whom the account was created; only this organisation suspends it. */
  readonly organisation: OrganisationNumber;
  readonly clinic: ClinicNumber;
  readonly profile: Uint8Array;
  readonly recoveryKey: Uint8Array | undefined;
  /** Public keys of its devices, in the order of their coming; ended ones until their room is needed. */
  readonly keys: readonly Uint8Array[];
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
  /** The highest version that was ended: naming it again ends nothing that was given since. */
  readonly ended: number;
}

export function encodeAccountRow(row: AccountRow): Uint8Array {
  const { organisation, clinic, profile, recoveryKey, keys } = row;
  const out = writeObject(rowWriter(), row).u16(organisation).u16(clinic).fixed(profile, 32);
  writeOptionalKey(out, recoveryKey).u8(keys.length);
  for (const key of keys) out.fixed(key, 32);
  return out.finish();
}

export function decodeAccountRow(bytes: Uint8Array): AccountRow {
  const input = new Reader(bytes);
  const object = readObject(input);
  const owner = { organisation: input.u16(), clinic: input.u16(), profile: input.fixed(32) };
  const recoveryKey = readOptionalKey(input);
  const count = input.u8();
  if (count > MAX_ACCOUNT_KEYS) {
    throw new CodecError({ code: 'codec.length', field: 'account.keys', length: count, limit: MAX_ACCOUNT_KEYS });
  }
  const keys = Array.from({ length: count }, () => input.fixed(32));
  input.end();
  return { ...object, ...owner, recoveryKey, keys };
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
  return writeObject(rowWriter(), row).u64(row.end).u32(row.ended).finish();
}

export function decodeRoleRow(bytes: Uint8Array): RoleRow {
  const input = new Reader(bytes);
  const row = { ...readObject(input), end: input.u64(), ended: input.u32() };
  input.end();
  return row;
}
