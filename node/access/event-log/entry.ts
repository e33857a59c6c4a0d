// One entry of the event log: who did or was refused what, as bytes that name the entry before (PROTOCOL 13).
// Never a parameter: what a call was about stands as a keyed tag.
import { clippedText } from '../../../common/codec/clipped.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';
import { ROLES, type Role } from '../../../consensus/ledger/accounts/types.ts';

/** By byte. `node`: the log about itself. */
const KINDS = ['node', 'open', 'operator', 'session', 'application'] as const;
export type ActorKind = (typeof KINDS)[number];
/** By byte. */
const OUTCOMES = ['permitted', 'refused'] as const;
export type EventOutcome = (typeof OUTCOMES)[number];

export interface EventEntry {
  readonly number: number;
  /** ms; never before that of the entry before. */
  readonly time: number;
  /** Hash of the entry before, 32 bytes; zeros before the first. */
  readonly previous: Uint8Array;
  readonly kind: ActorKind;
  /** User or API key; empty for others. */
  readonly actor: Uint8Array;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly method: string;
  readonly outcome: EventOutcome;
  /** Empty when all went well. */
  readonly code: string;
  /** Keyed tag of what it was about, 16 bytes; empty when about nothing. */
  readonly object: Uint8Array;
  readonly address: string;
  /** How many alike this entry stands for. */
  readonly times: number;
}

export const TAG_BYTES = 16;
const MAX_ACTOR_BYTES = 16;
const MAX_NAME_BYTES = 400;
const MAX_WORD_BYTES = 64;
const VERSION = 1;

export function encodeEntry(entry: EventEntry): Uint8Array {
  const roles = entry.roles.reduce(
    (bits, role) => (ROLES.includes(role) ? bits | (1 << ROLES.indexOf(role)) : bits),
    0,
  );
  return new Writer(192)
    .u8(VERSION)
    .u64(entry.number)
    .u64(entry.time)
    .fixed(entry.previous, 32)
    .u8(KINDS.indexOf(entry.kind))
    .bytes16(entry.actor, MAX_ACTOR_BYTES)
    .text16(clippedText(entry.name, MAX_NAME_BYTES), MAX_NAME_BYTES)
    .u16(roles)
    .text16(clippedText(entry.method, MAX_WORD_BYTES), MAX_WORD_BYTES)
    .u8(OUTCOMES.indexOf(entry.outcome))
    .text16(clippedText(entry.code, MAX_WORD_BYTES), MAX_WORD_BYTES)
    .bytes16(entry.object, TAG_BYTES)
    .text16(clippedText(entry.address, MAX_WORD_BYTES), MAX_WORD_BYTES)
    .u32(entry.times)
    .finish();
}

/** Throws CodecError. */
export function decodeEntry(bytes: Uint8Array): EventEntry {
  const input = new Reader(bytes);
  if (input.u8() !== VERSION) throw new CodecError({ code: 'codec.value', field: 'event version' });
  const number = input.u64();
  const time = input.u64();
  const previous = input.fixed(32);
  const kind = named(KINDS, input.u8(), 'event actor');
  const actor = input.bytes16(MAX_ACTOR_BYTES);
  const name = input.text16(MAX_NAME_BYTES);
  const bits = input.u16();
  if (bits >>> ROLES.length !== 0) throw new CodecError({ code: 'codec.value', field: 'event roles' });
  const roles = ROLES.filter((_role, index) => (bits & (1 << index)) !== 0);
  const method = input.text16(MAX_WORD_BYTES);
  const outcome = named(OUTCOMES, input.u8(), 'event outcome');
  const code = input.text16(MAX_WORD_BYTES);
  const object = input.bytes16(TAG_BYTES);
  const address = input.text16(MAX_WORD_BYTES);
  const times = input.u32();
  input.end();
  return { number, time, previous, kind, actor, name, roles, method, outcome, code, object, address, times };
}

export function entryHash(bytes: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/access-event/1', bytes);
}

/** What the clinic signs for all entries up to this one. */
export function signedHead(genesisId: Uint8Array, clinic: number, number: number, head: Uint8Array): Uint8Array {
  const what = new Writer(12).u32(clinic).u64(number).finish();
  return taggedHash('wardmesh/access-head/1', genesisId, what, head);
}

function named<T extends string>(names: readonly T[], byte: number, field: string): T {
  const name = names[byte];
  if (name === undefined) throw new CodecError({ code: 'codec.value', field });
  return name;
}
