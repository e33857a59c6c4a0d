// An emergency as the clinic that opens it asks the others for help: who, which patient, why, since when and until when, and
// when a second factor was shown. Signed by that clinic, named on the chain by a commitment. Owns bytes, names and the
// signature; who helps decides in node/emergency/.
import { signEd25519, verifyEd25519 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { ROLES, type Role, roleByte } from '../../consensus/ledger/accounts/types.ts';
import { CONSENT_COMMIT } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

/** In the order of their bytes, from 1. */
export const EMERGENCY_REASONS = ['unconscious', 'life-threat', 'covering', 'confirm-identity', 'other'] as const;
export type EmergencyReason = (typeof EMERGENCY_REASONS)[number];

/** Bytes of the words that say why. */
export const MAX_EMERGENCY_TEXT = 2_000;
export const MAX_EMERGENCY_REQUEST_BYTES = 512 + MAX_EMERGENCY_TEXT;

export interface EmergencyRequest {
  /** Of the statement on the chain: the emergency's name follows from it. */
  readonly salt: Uint8Array;
  /** Where it is opened; its node key signs. */
  readonly clinic: ClinicNumber;
  readonly account: Uint8Array;
  readonly role: Role;
  /** The patient as the chain names it. */
  readonly handle: Uint8Array;
  readonly reason: EmergencyReason;
  readonly text: string;
  /** When the person last showed a second factor, ms. */
  readonly factorAt: number;
  readonly opened: number;
  readonly ends: number;
}

export interface SignedEmergency {
  readonly request: EmergencyRequest;
  readonly signature: Uint8Array;
}

/** Names the emergency, and the consent object of it on the chain: 32 bytes. */
export function emergencyObject({ clinic, salt }: Pick<EmergencyRequest, 'clinic' | 'salt'>): Uint8Array {
  return objectId(CONSENT_COMMIT, { type: 'clinic', clinic }, salt);
}

/** What the chain is told of it; says nothing without the salt. */
export function emergencyCommitment(request: EmergencyRequest): Uint8Array {
  return taggedHash('wardmesh/emergency-commitment/1', request.salt, encodeRequest(request));
}

export function signEmergency(request: EmergencyRequest, genesisId: Uint8Array, seed: Uint8Array): SignedEmergency {
  return { request, signature: signEd25519(seed, signedBytes(genesisId, encodeRequest(request))) };
}

export function verifyEmergency(
  { request, signature }: SignedEmergency,
  genesisId: Uint8Array,
  nodeKey: Uint8Array,
): Promise<boolean> {
  return verifyEd25519(nodeKey, signedBytes(genesisId, encodeRequest(request)), signature);
}

export function encodeEmergency({ request, signature }: SignedEmergency): Uint8Array {
  const bytes = encodeRequest(request);
  return new Writer(bytes.length + 64).fixed(bytes, bytes.length).fixed(signature, 64).finish();
}

/** Throws CodecError. Nothing is checked but its form. */
export function decodeEmergency(bytes: Uint8Array): SignedEmergency {
  const input = new Reader(bytes);
  const signed = readEmergency(input);
  input.end();
  return signed;
}

export function readEmergency(input: Reader): SignedEmergency {
  const salt = input.fixed(SALT_BYTES);
  const clinic = input.u16();
  const account = input.fixed(32);
  const role = ROLES[input.u8() - 1];
  const handle = input.fixed(32);
  const reason = EMERGENCY_REASONS[input.u8() - 1];
  if (role === undefined || reason === undefined) throw new CodecError({ code: 'codec.value', field: 'emergency' });
  const text = input.text16(MAX_EMERGENCY_TEXT);
  const [factorAt, opened, ends] = [input.u64(), input.u64(), input.u64()];
  const request = { salt, clinic, account, role, handle, reason, text, factorAt, opened, ends };
  return { request, signature: input.fixed(64) };
}

function encodeRequest(request: EmergencyRequest): Uint8Array {
  const { salt, clinic, account, role, handle, reason, text, factorAt, opened, ends } = request;
  return new Writer(512)
    .fixed(salt, SALT_BYTES)
    .u16(clinic)
    .fixed(account, 32)
    .u8(roleByte(role))
    .fixed(handle, 32)
    .u8(EMERGENCY_REASONS.indexOf(reason) + 1)
    .text16(text, MAX_EMERGENCY_TEXT)
    .u64(factorAt)
    .u64(opened)
    .u64(ends)
    .finish();
}

function signedBytes(genesisId: Uint8Array, request: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/emergency/1', genesisId, request);
}
