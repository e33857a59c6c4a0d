// What a keystore holds, and its bytes: fixed layout, one encoding per value. Owns no encryption and no file.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { PURPOSES, type Purpose } from '../../consensus/ledger/ceremony/purpose.ts';

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
  /** Secret key of the identifier OPRF, 32 bytes, whole with every member; undefined once the members hold shares of it. */
  readonly identifierKey: Uint8Array | undefined;
}

/** What this clinic has of a key that the members made together; it counts once the chain names its ceremony and attempt. */
export interface HeldShare {
  readonly purpose: Purpose;
  readonly generation: number;
  readonly ceremony: Uint8Array;
  readonly attempt: number;
  /** A scalar of 32 bytes. */
  readonly secret: Uint8Array;
}

/** What this clinic deals in one run of a ceremony: everything follows from the seed. */
export interface Dealing {
  readonly ceremony: Uint8Array;
  readonly attempt: number;
  readonly seed: Uint8Array;
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
  /** At most MAX_HELD_SHARES. */
  readonly shares: readonly HeldShare[];
  /** At most MAX_DEALINGS. */
  readonly dealings: readonly Dealing[];
}

export const MAX_THREAT_KEYS = 64;
/** Two generations of each purpose, and those of runs that a branch may still make. */
export const MAX_HELD_SHARES = 16;
export const MAX_DEALINGS = 8;
/** A next and two former ones of each role: one may be named again when a branch is undone. */
export const MAX_SPARE_KEYS = 15;

/** Version 1 had no spare keys, version 2 no shares and always the whole identifier key. */
const FIRST_VERSION = 1;
const NO_SHARES = 2;
const CONTENTS_VERSION = 3;
const KEY_BYTES = 32;
export const KEY_ROLES = ['governance', 'node', 'gateway', 'vote', 'encryption'] as const satisfies readonly KeyRole[];
const SPARE_STATES = ['next', 'former'] as const satisfies readonly SpareKey['state'][];

export function encodeContents(contents: KeystoreContents): Uint8Array {
  const { seeds, storageKey, shared, spares, shares, dealings } = contents;
  const out = new Writer(512).u8(CONTENTS_VERSION);
  for (const name of KEY_ROLES) out.fixed(seeds[name], KEY_BYTES);
  out.fixed(storageKey, KEY_BYTES).u8(shared === undefined ? 0 : 1);
  if (shared !== undefined) {
    writeThreatKeys(out, shared).u8(shared.identifierKey === undefined ? 0 : 1);
    if (shared.identifierKey !== undefined) out.fixed(shared.identifierKey, KEY_BYTES);
  }
  checkSpares(spares.length);
  out.u8(spares.length);
  for (const { role, state, since, seed } of spares) {
    out.u8(KEY_ROLES.indexOf(role) + 1).u8(SPARE_STATES.indexOf(state) + 1);
    out.u64(since).fixed(seed, KEY_BYTES);
  }
  checkMost(shares.length, MAX_HELD_SHARES, 'shares');
  out.u8(shares.length);
  for (const { purpose, generation, ceremony, attempt, secret } of shares) {
    out
      .u8(PURPOSES.indexOf(purpose) + 1)
      .u32(generation)
      .fixed(ceremony, 32)
      .u8(attempt)
      .fixed(secret, KEY_BYTES);
  }
  checkMost(dealings.length, MAX_DEALINGS, 'dealings');
  out.u8(dealings.length);
  for (const { ceremony, attempt, seed } of dealings) out.fixed(ceremony, 32).u8(attempt).fixed(seed, KEY_BYTES);
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
  const shared = isPresent(reader, 'contents.shared') ? readShared(reader, version) : undefined;
  const spares = version === FIRST_VERSION ? [] : readSpares(reader);
  const held = version > NO_SHARES;
  const shares = held ? readShares(reader) : [];
  const dealings = held ? readDealings(reader) : [];
  reader.end();
  return { seeds, storageKey, shared, spares, shares, dealings };
}

/** `count u8 (1..64) | count x (epoch u32 | key 32)`, and `identifier key 32` while the members have it whole. */
export function encodeSharedKeys(shared: SharedKeys): Uint8Array {
  const out = writeThreatKeys(new Writer(128), shared);
  if (shared.identifierKey !== undefined) out.fixed(shared.identifierKey, KEY_BYTES);
  return out.finish();
}

export function decodeSharedKeys(bytes: Uint8Array): SharedKeys {
  const reader = new Reader(bytes);
  const threatKeys = readThreatKeys(reader);
  const identifierKey = reader.left === 0 ? undefined : reader.fixed(KEY_BYTES);
  reader.end();
  return { threatKeys, identifierKey };
}

function writeThreatKeys(out: Writer, { threatKeys }: SharedKeys): Writer {
  checkCount(threatKeys.length);
  out.u8(threatKeys.length);
  let last = 0;
  for (const { epoch, key } of threatKeys) {
    checkEpoch(epoch, last);
    last = epoch;
    out.u32(epoch).fixed(key, KEY_BYTES);
  }
  return out;
}

function readShared(reader: Reader, version: number): SharedKeys {
  const threatKeys = readThreatKeys(reader);
  const whole = version <= NO_SHARES || isPresent(reader, 'contents.identifierKey');
  return { threatKeys, identifierKey: whole ? reader.fixed(KEY_BYTES) : undefined };
}

function readThreatKeys(reader: Reader): EpochKey[] {
  const count = reader.u8();
  checkCount(count);
  const threatKeys: EpochKey[] = [];
  for (let i = 0; i < count; i++) {
    const epoch = reader.u32();
    checkEpoch(epoch, threatKeys.at(-1)?.epoch ?? 0);
    threatKeys.push({ epoch, key: reader.fixed(KEY_BYTES) });
  }
  return threatKeys;
}

function readShares(reader: Reader): HeldShare[] {
  const count = reader.u8();
  checkMost(count, MAX_HELD_SHARES, 'shares');
  return Array.from({ length: count }, () => ({
    purpose: oneOf(PURPOSES, reader.u8(), 'share.purpose'),
    generation: reader.u32(),
    ceremony: reader.fixed(32),
    attempt: reader.u8(),
    secret: reader.fixed(KEY_BYTES),
  }));
}

function readDealings(reader: Reader): Dealing[] {
  const count = reader.u8();
  checkMost(count, MAX_DEALINGS, 'dealings');
  return Array.from({ length: count }, () => ({
    ceremony: reader.fixed(32),
    attempt: reader.u8(),
    seed: reader.fixed(KEY_BYTES),
  }));
}

function isPresent(reader: Reader, field: string): boolean {
  const present = reader.u8();
  if (present > 1) throw new CodecError({ code: 'codec.value', field });
  return present === 1;
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
  checkMost(count, MAX_SPARE_KEYS, 'spares');
}

function checkMost(length: number, limit: number, field: string): void {
  if (length > limit) throw new CodecError({ code: 'codec.length', field, length, limit });
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
