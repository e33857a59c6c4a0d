// What a clinic writes, signs and keeps before it releases or refuses anything of a patient (PROTOCOL 12). Patient and records
// stand as tags under a key of the clinic, so that an event can be shown without saying whom it is about. Owns the bytes.
import { signEd25519, verifyEd25519 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

/** By byte, from 1. */
export const ACCESS_ACTIONS = [
  'write',
  'amend',
  'list',
  'read',
  'blob',
  'grant',
  'deny',
  'revoke',
  'request',
  'emergency-open',
  'emergency-help',
  'emergency-close',
  'emergency-review',
  'erase',
  'log-read',
  'represent',
  'represent-end',
] as const;
export type AccessAction = (typeof ACCESS_ACTIONS)[number];
/** By byte, from 1. */
export const ACCESS_OUTCOMES = ['permitted', 'refused'] as const;
export type AccessOutcome = (typeof ACCESS_OUTCOMES)[number];

export const AUDIT_TAG_BYTES = 16;
/** As many as a ticket names. */
export const MAX_EVENT_RECORDS = 256;
export const MAX_EVENT_BYTES = 512 + AUDIT_TAG_BYTES * MAX_EVENT_RECORDS;
const MAX_WORD_BYTES = 64;
/** The second names an application; whoever is none is written as before. */
const PLAIN = 1;
const BY_APPLICATION = 2;
const NOTHING = new Uint8Array(32);

export interface AccessEvent {
  /** Of this clinic's events, ascending. */
  readonly number: number;
  /** ms. */
  readonly time: number;
  readonly action: AccessAction;
  readonly outcome: AccessOutcome;
  /** The decision's code. */
  readonly reason: string;
  /** Undefined: no person; the application, or without one the clinic itself. */
  readonly account: Uint8Array | undefined;
  /** `applicationId` of what read or wrote. */
  readonly application: Uint8Array | undefined;
  readonly roles: readonly Role[];
  /** Where the person is. */
  readonly clinic: ClinicNumber;
  /** Whose chart it is about. */
  readonly writer: ClinicNumber;
  readonly patient: Uint8Array;
  readonly records: readonly Uint8Array[];
  readonly purpose: string;
  /** The consent that it stands on. */
  readonly grant: Uint8Array | undefined;
  /** Hash of the ticket that asked for it. */
  readonly ticket: Uint8Array | undefined;
}

export interface SignedEvent {
  readonly bytes: Uint8Array;
  /** Node key of the clinic as it was then. */
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeEvent(event: AccessEvent): Uint8Array {
  const { roles, records } = event;
  if (records.length > MAX_EVENT_RECORDS) throw new CodecError({ code: 'codec.range', field: 'event.records' });
  const out = new Writer(256)
    .u8(event.application === undefined ? PLAIN : BY_APPLICATION)
    .u64(event.number)
    .u64(event.time)
    .u8(ACCESS_ACTIONS.indexOf(event.action) + 1)
    .u8(ACCESS_OUTCOMES.indexOf(event.outcome) + 1)
    .text16(event.reason, MAX_WORD_BYTES)
    .fixed(event.account ?? NOTHING, 32)
    .u16(roles.reduce((bits, role) => bits | (1 << ROLES.indexOf(role)), 0))
    .u16(event.clinic)
    .u16(event.writer)
    .fixed(event.patient, AUDIT_TAG_BYTES)
    .text16(event.purpose, MAX_WORD_BYTES)
    .fixed(event.grant ?? NOTHING, 32)
    .fixed(event.ticket ?? NOTHING, 32)
    .u16(records.length);
  for (const record of records) out.fixed(record, AUDIT_TAG_BYTES);
  return (event.application === undefined ? out : out.fixed(event.application, 32)).finish();
}

/** Throws CodecError. */
export function decodeEvent(bytes: Uint8Array): AccessEvent {
  const input = new Reader(bytes);
  const version = input.u8();
  if (version !== PLAIN && version !== BY_APPLICATION) throw wrong('event.version');
  const [number, time] = [input.u64(), input.u64()];
  const action = named(ACCESS_ACTIONS, input.u8(), 'event.action');
  const outcome = named(ACCESS_OUTCOMES, input.u8(), 'event.outcome');
  const reason = input.text16(MAX_WORD_BYTES);
  const account = optional(input.fixed(32));
  const bits = input.u16();
  if (bits >>> ROLES.length !== 0) throw wrong('event.roles');
  const roles = ROLES.filter((_, index) => (bits & (1 << index)) !== 0);
  const [clinic, writer] = [input.u16(), input.u16()];
  const patient = input.fixed(AUDIT_TAG_BYTES);
  const purpose = input.text16(MAX_WORD_BYTES);
  const [grant, ticket] = [optional(input.fixed(32)), optional(input.fixed(32))];
  const count = input.u16();
  if (count > MAX_EVENT_RECORDS) {
    throw new CodecError({ code: 'codec.length', field: 'event.records', length: count, limit: MAX_EVENT_RECORDS });
  }
  const records = Array.from({ length: count }, () => input.fixed(AUDIT_TAG_BYTES));
  const application = version === BY_APPLICATION ? input.fixed(32) : undefined;
  input.end();
  const who = { account, application, roles, clinic, writer };
  return { number, time, action, outcome, reason, ...who, patient, records, purpose, grant, ticket };
}

export function signEvent(
  bytes: Uint8Array,
  genesisId: Uint8Array,
  clinic: ClinicNumber,
  key: { readonly seed: Uint8Array; readonly publicKey: Uint8Array },
): SignedEvent {
  const signature = signEd25519(key.seed, signedMessage(genesisId, clinic, bytes));
  return { bytes, publicKey: key.publicKey, signature };
}

/** Whether the key signed it for this clinic; whose key it is, is for who knows the members. */
export function isSigned(event: SignedEvent, genesisId: Uint8Array, clinic: ClinicNumber): Promise<boolean> {
  return verifyEd25519(event.publicKey, signedMessage(genesisId, clinic, event.bytes), event.signature);
}

/** What stands in the Merkle tree of an anchor. */
export function eventLeaf({ bytes, publicKey, signature }: SignedEvent): Uint8Array {
  return taggedHash('wardmesh/record-access-leaf/1', bytes, publicKey, signature);
}

/** By which an event names the ticket that asked; over its bytes with the signature. */
export function ticketHash(ticket: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/ticket-hash/1', ticket);
}

export function writeSigned(out: Writer, { bytes, publicKey, signature }: SignedEvent): Writer {
  return out.bytes16(bytes, MAX_EVENT_BYTES).fixed(publicKey, 32).fixed(signature, 64);
}

export function readSigned(input: Reader): SignedEvent {
  return { bytes: input.bytes16(MAX_EVENT_BYTES), publicKey: input.fixed(32), signature: input.fixed(64) };
}

function signedMessage(genesisId: Uint8Array, clinic: ClinicNumber, bytes: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/record-access/1', genesisId, new Writer(2).u16(clinic).finish(), bytes);
}

function optional(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.every((byte) => byte === 0) ? undefined : bytes;
}

function named<T extends string>(names: readonly T[], byte: number, field: string): T {
  const name = names[byte - 1];
  if (name === undefined) throw wrong(field);
  return name;
}

function wrong(field: string): CodecError {
  return new CodecError({ code: 'codec.value', field });
}
