// What a keystore holds, and its bytes: fixed layout, one encoding per value. Owns no encryption and no file.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';

/** 32 bytes each. */
export interface ClinicSeeds {
  /** Ed25519. */
  readonly governance: Uint8Array;
  readonly node: Uint8Array;
  readonly gateway: Uint8Array;
  readonly vote: Uint8Array;
  /** X25519 secret key. */
  readonly encryption: Uint8Array;
}

/** A network threat key; epochs ascend. */
export interface EpochKey {
  readonly epoch: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What all members of a network hold in common. */
export interface SharedKeys {
  readonly threatKeys: readonly EpochKey[];
  /** Secret key of the identifier OPRF, 32 bytes; whole with every member in this form (t = 1). */
  readonly identifierKey: Uint8Array;
}

export type KeyRole = keyof ClinicSeeds;

/** A key of this clinic that the member set in force does not name: one that is to come, or one that was. */
export interface SpareKey {
  readonly role: KeyRole;
  readonly state: 'next' | 'former';
  /** When it was made, or went out of force, ms since 1970. */
  readonly since: number;
  readonly seed: Uint8Array;
}

export interface KeystoreContents {
  readonly seeds: ClinicSeeds;
  /** At most MAX_SPARE_KEYS. */
  readonly spares: readonly SpareKey[];
  /** For databases of this clinic alone, 32 bytes. */
  readonly storageKey: Uint8Array;
  /** Undefined until the clinic belongs to a network. */
  readonly shared: SharedKeys | undefined;
}

export const MAX_THREAT_KEYS = 64;
/** A next and two former ones of each role: one may be named again when a branch is undone. */
export const MAX_SPARE_KEYS = 15;

/** Version 1 had no spare keys. */
const FIRST_VERSION = 1;
const CONTENTS_VERSION = 2;
const KEY_BYTES = 32;
export const KEY_ROLES = ['governance', 'node', 'gateway', 'vote', 'encryption'] as const satisfies readonly KeyRole[];
const SPARE_STATES = ['next', 'former'] as const satisfies readonly SpareKey['state'][];

export function encodeContents({ seeds, storageKey, shared, spares }: KeystoreContents): Uint8Array {
  const out = new Writer(512).u8(CONTENTS_VERSION);
  for (const name of KEY_ROLES) out.fixed(seeds[name], KEY_BYTES);
  out.fixed(storageKey, KEY_BYTES).u8(shared === undefined ? 0 : 1);
  if (shared !== undefined) writeSharedKeys(out, shared);
  checkSpares(spares.length);
  out.u8(spares.length);
  for (const { role, state, since, seed } of spares) {
    out.u8(KEY_ROLES.indexOf(role) + 1).u8(SPARE_STATES.indexOf(state) + 1);
    out.u64(since).fixed(seed, KEY_BYTES);
  }
  return out.finish();
}

export function decodeContents(bytes: Uint8Array): KeystoreContents {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version < FIRST_VERSION || version > CONTENTS_VERSION) {
    throw new CodecError({ code: 'codec.value', field: 'contents.version' });
  }
  const seeds = {
    governance: reader.fixed(KEY_BYTES),
    node: reader.fixed(KEY_BYTES),
    gateway: reader.fixed(KEY_BYTES),
    vote: reader.fixed(KEY_BYTES),
    encryption: reader.fixed(KEY_BYTES),
  };
  const storageKey = reader.fixed(KEY_BYTES);
  const present = reader.u8();
  if (present > 1) throw new CodecError({ code: 'codec.value', field: 'contents.shared' });
  const shared = present === 1 ? readSharedKeys(reader) : undefined;
  const spares = version === FIRST_VERSION ? [] : readSpares(reader);
  reader.end();
  return { seeds, storageKey, shared, spares };
}

/** `count u8 (1..64) | count x (epoch u32 | key 32) | identifier key 32`. */
export function encodeSharedKeys(shared: SharedKeys): Uint8Array {
  return writeSharedKeys(new Writer(128), shared).finish();
}

export function decodeSharedKeys(bytes: Uint8Array): SharedKeys {
  const reader = new Reader(bytes);
  const shared = readSharedKeys(reader);
  reader.end();
  return shared;
}

function writeSharedKeys(out: Writer, { threatKeys, identifierKey }: SharedKeys): Writer {
  checkCount(threatKeys.length);
  out.u8(threatKeys.length);
  let last = 0;
  for (const { epoch, key } of threatKeys) {
    checkEpoch(epoch, last);
    last = epoch;
    out.u32(epoch).fixed(key, KEY_BYTES);
  }
  return out.fixed(identifierKey, KEY_BYTES);
}

function readSharedKeys(reader: Reader): SharedKeys {
  const count = reader.u8();
  checkCount(count);
  const threatKeys: EpochKey[] = [];
  for (let i = 0; i < count; i++) {
    const epoch = reader.u32();
    checkEpoch(epoch, threatKeys.at(-1)?.epoch ?? 0);
    threatKeys.push({ epoch, key: reader.fixed(KEY_BYTES) });
  }
  return { threatKeys, identifierKey: reader.fixed(KEY_BYTES) };
}

function readSpares(reader: Reader): SpareKey[] {
  const count = reader.u8();
  checkSpares(count);
  return Array.from({ length: count }, () => ({
    role: oneOf(KEY_ROLES, reader.u8(), 'spare.role'),
    state: oneOf(SPARE_STATES, reader.u8(), 'spare.state'),
    since: reader.u64(),
    seed: reader.fixed(KEY_BYTES),
  }));
}

/** By its byte, from 1. */
function oneOf<T>(values: readonly T[], byte: number, field: string): T {
  const value = values[byte - 1];
  if (value === undefined) throw new CodecError({ code: 'codec.value', field });
  return value;
}

function checkSpares(count: number): void {
  if (count <= MAX_SPARE_KEYS) return;
  throw new CodecError({ code: 'codec.length', field: 'spares', length: count, limit: MAX_SPARE_KEYS });
}

function checkCount(count: number): void {
  if (count < 1 || count > MAX_THREAT_KEYS) {
    throw new CodecError({ code: 'codec.length', field: 'threatKeys', length: count, limit: MAX_THREAT_KEYS });
  }
}

/** Epochs begin at 1 and ascend. */
function checkEpoch(epoch: number, last: number): void {
  if (epoch <= last) throw new CodecError({ code: 'codec.value', field: 'threatKeys.epoch' });
}
