// What the branches of one organisation say to each other about persons, and what is deposited elsewhere: bytes only
// (PROTOCOL 8.17, 8.18). Parts travel sealed to the clinic that is to read them.
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { HPKE_OVERHEAD, hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { decodePart, MAX_PART_BYTES } from '../../identity/people/part-codec.ts';
import type { Part, UserId } from '../../identity/people/types.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';

/** Parts in one message. */
export const MAX_PARTS = 256;
/** Beyond this a message is full; one part always fits. */
export const MESSAGE_BYTES = 512 * 1024;
const MAX_PLAIN_BYTES = MESSAGE_BYTES + MAX_PART_BYTES + 1024;
/** Sessions of one person in one answer. */
export const MAX_LISTED = 64;
const MAX_TEXT = 200;

export const PEOPLE: ProtocolOptions = {
  protocol: '/wardmesh/people/1',
  maxRequestBytes: MAX_PLAIN_BYTES + HPKE_OVERHEAD + 1,
  maxChunkBytes: MAX_PLAIN_BYTES + HPKE_OVERHEAD,
  maxChunks: 4096,
  rate: 50,
  burst: 500,
};

/** A deposit, sealed to the clinics of one organisation: a vault of 64 KiB with what belongs to it. */
export const MAX_DEPOSIT_BYTES = 256 * 1024;

export const VAULT: ProtocolOptions = {
  protocol: '/wardmesh/vault/1',
  maxRequestBytes: 32 + MAX_DEPOSIT_BYTES,
  maxChunkBytes: 32 + MAX_DEPOSIT_BYTES,
  maxChunks: 1024,
  rate: 20,
  burst: 200,
};

/** `ended`: sessions that began before `before`, all but `except`; `session`: that one alone. */
export interface Ending {
  readonly user: UserId;
  readonly session: string | undefined;
  readonly before: number;
  readonly except: string | undefined;
}

export interface ListedSession {
  readonly id: string;
  readonly device: string;
  readonly address: string;
  readonly began: number;
  readonly lastActive: number;
  readonly endsAt: number;
}

export type PeopleRequest =
  /** Everything after a number of an epoch of the asked clinic; and the secrets that the asker knows. */
  | {
      readonly type: 'pull';
      readonly epoch: Uint8Array;
      readonly after: number;
      readonly secrets: readonly OrganisationSecret[];
    }
  /** New parts; none: there is more than fits, ask. */
  | { readonly type: 'push'; readonly parts: readonly Uint8Array[] }
  | { readonly type: 'end'; readonly ending: Ending }
  | { readonly type: 'sessions'; readonly user: UserId };

const PULL = 1;
const PUSH = 2;
const END = 3;
const SESSIONS = 4;
const NONE = new Uint8Array(16);

/** `type u8 | ...`; sealed as a whole. */
export function encodeRequest(request: PeopleRequest): Uint8Array {
  const out = new Writer(256);
  switch (request.type) {
    case 'pull':
      return writeSecrets(out.u8(PULL).fixed(request.epoch, 16).u64(request.after), request.secrets).finish();
    case 'push':
      return writeParts(out.u8(PUSH), request.parts).finish();
    case 'end': {
      const { user, session, before, except } = request.ending;
      out.u8(END).fixed(fromHex(user), 16).fixed(optional(session), 16);
      return out.u64(Math.floor(before)).fixed(optional(except), 16).finish();
    }
    case 'sessions':
      return out.u8(SESSIONS).fixed(fromHex(request.user), 16).finish();
  }
}

/** Throws CodecError. Parts are not decoded. */
export function decodeRequest(bytes: Uint8Array): PeopleRequest {
  const input = new Reader(bytes);
  const type = input.u8();
  const request = readRequest(type, input);
  input.end();
  return request;
}

function readRequest(type: number, input: Reader): PeopleRequest {
  if (type === PULL) return { type: 'pull', epoch: input.fixed(16), after: input.u64(), secrets: readSecrets(input) };
  if (type === PUSH) return { type: 'push', parts: readParts(input) };
  if (type === SESSIONS) return { type: 'sessions', user: toHex(input.fixed(16)) };
  if (type !== END) throw new CodecError({ code: 'codec.value', field: 'people.type' });
  const user = toHex(input.fixed(16));
  const session = given(input.fixed(16));
  const before = input.u64();
  return { type: 'end', ending: { user, session, before, except: given(input.fixed(16)) } };
}

/** Of the organisation (organisation-secrets.ts). */
export interface OrganisationSecret {
  /** ms. */
  readonly made: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** `epoch 16 | through u64 | secrets | parts`. */
export interface PullChunk {
  readonly epoch: Uint8Array;
  readonly through: number;
  readonly secrets: readonly OrganisationSecret[];
  readonly parts: readonly Uint8Array[];
}

export function encodePullChunk({ epoch, through, secrets, parts }: PullChunk): Uint8Array {
  return writeParts(writeSecrets(new Writer(1024).fixed(epoch, 16).u64(through), secrets), parts).finish();
}

export function decodePullChunk(bytes: Uint8Array): PullChunk {
  const input = new Reader(bytes);
  const chunk = {
    epoch: input.fixed(16),
    through: input.u64(),
    secrets: readSecrets(input),
    parts: readParts(input),
  };
  input.end();
  return chunk;
}

export function encodeSessions(sessions: readonly ListedSession[]): Uint8Array {
  const listed = sessions.slice(0, MAX_LISTED);
  const out = new Writer(256).u8(listed.length);
  for (const { id, device, address, began, lastActive, endsAt } of listed) {
    out
      .fixed(fromHex(id), 16)
      .text16(shortened(device), 4 * MAX_TEXT)
      .text16(shortened(address), 4 * MAX_TEXT);
    out.u64(began).u64(lastActive).u64(endsAt);
  }
  return out.finish();
}

export function decodeSessions(bytes: Uint8Array): ListedSession[] {
  const input = new Reader(bytes);
  const count = input.u8();
  if (count > MAX_LISTED) throw new CodecError({ code: 'codec.range', field: 'count' });
  const sessions = Array.from({ length: count }, () => ({
    id: toHex(input.fixed(16)),
    device: input.text16(4 * MAX_TEXT),
    address: input.text16(4 * MAX_TEXT),
    began: input.u64(),
    lastActive: input.u64(),
    endsAt: input.u64(),
  }));
  input.end();
  return sessions;
}

/** Parts that are malformed or of a later version are left out: one of them must not hold up the others. */
export function decodeParts(encoded: readonly Uint8Array[]): Part[] {
  return encoded.flatMap((bytes) => {
    try {
      return [decodePart(bytes)];
    } catch {
      return [];
    }
  });
}

export type VaultRequest =
  /** Empty `sealed` takes the deposit away. */
  | { readonly type: 'put'; readonly user: UserId; readonly time: number; readonly sealed: Uint8Array }
  /** All deposits of the asker's organisation after a user; from the first when that is zeros. */
  | { readonly type: 'list'; readonly after: UserId };

/** `1 | user 16 | time u64 | sealed` or `2 | after 16`. */
export function encodeVaultRequest(request: VaultRequest): Uint8Array {
  if (request.type === 'list') return new Writer(17).u8(2).fixed(fromHex(request.after), 16).finish();
  const { user, time, sealed } = request;
  return new Writer(32 + sealed.length).u8(1).fixed(fromHex(user), 16).u64(time).fixed(sealed, sealed.length).finish();
}

export function decodeVaultRequest(bytes: Uint8Array): VaultRequest {
  const input = new Reader(bytes);
  const type = input.u8();
  const user = toHex(input.fixed(16));
  if (type === 2) {
    input.end();
    return { type: 'list', after: user };
  }
  if (type !== 1) throw new CodecError({ code: 'codec.value', field: 'vault.type' });
  const request = { type: 'put', user, time: input.u64(), sealed: input.fixed(input.left) } as const;
  if (request.sealed.length > MAX_DEPOSIT_BYTES) throw new CodecError({ code: 'codec.range', field: 'sealed' });
  return request;
}

/** `user 16 | sealed`. */
export function encodeDeposit(user: UserId, sealed: Uint8Array): Uint8Array {
  return concatBytes(fromHex(user), sealed);
}

export function decodeDeposit(bytes: Uint8Array): { user: UserId; sealed: Uint8Array } {
  const input = new Reader(bytes);
  return { user: toHex(input.fixed(16)), sealed: input.fixed(input.left) };
}

/** Binds a message to the network, to who says it to whom, and to its direction. */
export interface Envelope {
  readonly genesisId: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly use: 'request' | 'answer';
}

export function sealMessage(publicKey: Uint8Array, envelope: Envelope, message: Uint8Array): Promise<Uint8Array> {
  return hpkeSeal(publicKey, infoOf(envelope), message);
}

/** With whichever of this clinic's keys it was sealed to: keys change. Throws CryptoError `crypto.open`. */
export async function openMessage(
  secretKeys: readonly Uint8Array[],
  envelope: Envelope,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  for (const key of secretKeys.slice(1)) {
    const opened = await hpkeOpen(key, infoOf(envelope), sealed).catch(() => undefined);
    if (opened !== undefined) return opened;
  }
  return hpkeOpen(secretKeys[0], infoOf(envelope), sealed);
}

function infoOf({ genesisId, from, to, use }: Envelope): Uint8Array {
  const tag = new TextEncoder().encode(`wardmesh/people/1/${use}`);
  return concatBytes(tag, new Writer(36).fixed(genesisId, 32).u16(from).u16(to).finish());
}

/** `count u16 | count x (length u32, part)`. */
export function writeParts(out: Writer, parts: readonly Uint8Array[]): Writer {
  out.u16(parts.length);
  for (const part of parts) out.u32(part.length).fixed(part, part.length);
  return out;
}

export function readParts(input: Reader): Uint8Array[] {
  const count = input.u16();
  if (count > MAX_PARTS) throw new CodecError({ code: 'codec.range', field: 'count' });
  return Array.from({ length: count }, () => {
    const length = input.u32();
    if (length > MAX_PART_BYTES) throw new CodecError({ code: 'codec.range', field: 'part' });
    return input.fixed(length);
  });
}

/** `count u8 | count x (made u64, secret 32)`. */
export function writeSecrets(out: Writer, secrets: readonly OrganisationSecret[]): Writer {
  out.u8(secrets.length);
  for (const { made, secret } of secrets) out.u64(made).fixed(secret, 32);
  return out;
}

export function readSecrets(input: Reader): OrganisationSecret[] {
  const count = input.u8();
  return Array.from({ length: count }, () => ({ made: input.u64(), secret: input.fixed(32) }));
}

function optional(id: string | undefined): Uint8Array {
  return id === undefined ? NONE : fromHex(id);
}

function given(bytes: Uint8Array): string | undefined {
  return bytes.every((byte) => byte === 0) ? undefined : toHex(bytes);
}

function shortened(text: string): string {
  return text.toWellFormed().slice(0, MAX_TEXT).toWellFormed().normalize('NFC');
}
