// Payloads, roles and object ids of the accounts family (PROTOCOL 7.3).
import { equalBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';
import { ACCOUNTS_ADD_KEY, ACCOUNTS_SET_ROLE } from '../kinds.ts';
import { childId, clinicRoleBytes, SALT_BYTES } from '../objects.ts';
import type { ClinicNumber } from '../types.ts';

const NO_KEY = new Uint8Array(32);

/** By role byte minus 1. */
export const ROLES = [
  'admin',
  'doctor',
  'nurse',
  'reception',
  'patient',
  'researcher',
  'auditor',
  'privacy-officer',
] as const;
export type Role = (typeof ROLES)[number];

export function roleByte(role: Role): number {
  return ROLES.indexOf(role) + 1;
}

export interface CreatePayload {
  readonly salt: Uint8Array;
  /** X25519 key of the first device. */
  readonly encryptionKey: Uint8Array;
  /** Salted commitment to the person's profile. */
  readonly profile: Uint8Array;
  /** Ed25519 key that the recovery words derive. */
  readonly recoveryKey: Uint8Array | undefined;
}

export interface AddKeyPayload {
  /** Ed25519 and X25519 keys of the new device. */
  readonly key: Uint8Array;
  readonly encryptionKey: Uint8Array;
  /** The new key's signature over `keyPossessionMessage`. */
  readonly proof: Uint8Array;
}

export type RevokeReason = 'rotated' | 'compromised';
const REVOKE_REASONS: readonly RevokeReason[] = ['rotated', 'compromised'];

export interface RevokeKeyPayload {
  readonly key: Uint8Array;
  readonly reason: RevokeReason;
}

export interface SetRolePayload {
  readonly account: Uint8Array;
  readonly role: Role;
  /** ms since 1970; the role is live before it. */
  readonly end: number;
}

export function encodeCreate(payload: CreatePayload): Uint8Array {
  const { salt, encryptionKey, profile, recoveryKey } = payload;
  const out = new Writer(112).fixed(salt, SALT_BYTES).fixed(encryptionKey, 32).fixed(profile, 32);
  return (recoveryKey === undefined ? out : out.fixed(recoveryKey, 32)).finish();
}

export function readCreate(input: Reader): CreatePayload {
  const salt = input.fixed(SALT_BYTES);
  const keys = { encryptionKey: input.fixed(32), profile: input.fixed(32) };
  // Absent in statements of 0.1.0, which outboxes still send.
  return { salt, ...keys, recoveryKey: input.left === 0 ? undefined : input.fixed(32) };
}

export const ADD_KEY_BYTES = 128;

export function encodeAddKey(payload: AddKeyPayload): Uint8Array {
  return new Writer(ADD_KEY_BYTES)
    .fixed(payload.key, 32)
    .fixed(payload.encryptionKey, 32)
    .fixed(payload.proof, 64)
    .finish();
}

export function readAddKey(input: Reader): AddKeyPayload {
  return { key: input.fixed(32), encryptionKey: input.fixed(32), proof: input.fixed(64) };
}

export function encodeRevokeKey(payload: RevokeKeyPayload): Uint8Array {
  return new Writer(33)
    .fixed(payload.key, 32)
    .u8(REVOKE_REASONS.indexOf(payload.reason) + 1)
    .finish();
}

export function readRevokeKey(input: Reader): RevokeKeyPayload {
  return { key: input.fixed(32), reason: readName(input, REVOKE_REASONS, 'reason') };
}

export function encodeSetRole(payload: SetRolePayload): Uint8Array {
  return new Writer(41).fixed(payload.account, 32).u8(roleByte(payload.role)).u64(payload.end).finish();
}

export function readSetRole(input: Reader): SetRolePayload {
  return { account: input.fixed(32), role: readName(input, ROLES, 'role'), end: input.u64() };
}

/** Whether a `set-role` only takes away: its end had passed when it was made (PROTOCOL 7.3.5). */
export function isEnd({ end }: SetRolePayload, issued: number): boolean {
  return end <= issued;
}

/** `accounts.suspend` says all in its object: the payload is empty. */
export function readSuspend(input: Reader): true {
  input.end();
  return true;
}

/** Object id of a device key: of the first one too (PROTOCOL 7.3.3). */
export function keyObject(account: Uint8Array, key: Uint8Array): Uint8Array {
  return childId(account, ACCOUNTS_ADD_KEY, key);
}

/** Object id of a role that a clinic gives (PROTOCOL 7.3.5). */
export function roleObject(account: Uint8Array, clinic: ClinicNumber, role: Role): Uint8Array {
  return childId(account, ACCOUNTS_SET_ROLE, clinicRoleBytes(clinic, roleByte(role)));
}

/** What a new key signs to show that its holder asked for it, 32 bytes. */
export function keyPossessionMessage(genesisId: Uint8Array, account: Uint8Array, key: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/key-possession/1', genesisId, account, key);
}

/** Zeros, which are no key, when there is none. */
export function writeOptionalKey(out: Writer, key: Uint8Array | undefined): Writer {
  return out.fixed(key ?? NO_KEY, 32);
}

export function readOptionalKey(input: Reader): Uint8Array | undefined {
  const key = input.fixed(32);
  return equalBytes(key, NO_KEY) ? undefined : key;
}

function readName<T extends string>(input: Reader, names: readonly T[], field: string): T {
  const name = names[input.u8() - 1];
  if (name === undefined) throw new CodecError({ code: 'codec.value', field });
  return name;
}
