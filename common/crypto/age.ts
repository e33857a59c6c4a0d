// The age format, version 1 (age-encryption.org/v1): one file for one passphrase or for a few X25519 recipients, read and
// written as a stream. For files that people must be able to open without Wardmesh. Owns the format; `age` itself is the judge.
import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { bech32 } from '@scure/base';
import { encryptionKeyPair, equalSecret, hkdfSha256, hmacSha256, randomBytes, scryptKdf } from '#crypto';
import { concatBytes, EMPTY_BYTES, fromHex } from '../bytes.ts';
import { CryptoError } from './errors.ts';

export type AgeRecipient =
  | { readonly type: 'passphrase'; readonly passphrase: string; readonly log2N?: number }
  /** `age1...` */
  | { readonly type: 'key'; readonly recipients: readonly string[] };

export type AgeIdentity =
  | { readonly type: 'passphrase'; readonly passphrase: string }
  /** `AGE-SECRET-KEY-1...` */
  | { readonly type: 'key'; readonly identity: string };

/** 128 MiB and half a second. */
const STANDARD_LOG2_N = 17;
/** A file may not ask for more: 256 MiB. */
const MAX_LOG2_N = 18;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_STANZAS = 32;

const VERSION_LINE = 'age-encryption.org/v1';
const FILE_KEY_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const ZERO_NONCE = new Uint8Array(12);
const X25519_PRIVATE = fromHex('302e020100300506032b656e04220420');
const X25519_PUBLIC = fromHex('302a300506032b656e032100');

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const SCRYPT_LABEL = text(`${VERSION_LINE}/scrypt`);
const X25519_LABEL = text(`${VERSION_LINE}/X25519`);
const HEADER_INFO = text('header');
const PAYLOAD_INFO = text('payload');

interface Stanza {
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

export async function* encryptAge(
  recipient: AgeRecipient,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const fileKey = randomBytes(FILE_KEY_BYTES);
  const stanzas = await wrap(recipient, fileKey);
  const head = `${VERSION_LINE}\n${stanzas.map(formatStanza).join('')}---`;
  const mac = base64(hmacSha256(hkdfSha256(fileKey, EMPTY_BYTES, HEADER_INFO, 32), text(head)));
  const nonce = randomBytes(16);
  yield concatBytes(text(`${head} ${mac}\n`), nonce);
  const key = hkdfSha256(fileKey, nonce, PAYLOAD_INFO, 32);
  yield* chunks(source, CHUNK_BYTES, (bytes, number, last) => seal(key, chunkNonce(number, last), bytes));
}

/** Throws CryptoError `crypto.open` for a wrong key and for anything altered, cut short or added. */
export async function* decryptAge(
  identity: AgeIdentity,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const parts = source[Symbol.asyncIterator]();
  const { header, rest } = await readHeader(parts);
  const fileKey = await unwrap(identity, header.stanzas);
  const mac = hmacSha256(hkdfSha256(fileKey, EMPTY_BYTES, HEADER_INFO, 32), header.authenticated);
  if (!equalSecret(mac, header.mac)) throw refused();
  const { nonce, left } = await takeNonce(rest, parts);
  const key = hkdfSha256(fileKey, nonce, PAYLOAD_INFO, 32);
  const payload = { [Symbol.asyncIterator]: () => withFirst(left, parts) };
  yield* chunks(payload, CHUNK_BYTES + TAG_BYTES, (bytes, number, last) => {
    // Only an empty file has an empty last chunk.
    if (bytes.length === TAG_BYTES && number > 0) throw refused();
    return unseal(key, chunkNonce(number, last), bytes);
  });
}

/** A new key pair in age's own spelling. */
export function newAgeKey(): { readonly identity: string; readonly recipient: string } {
  const { secretKey, publicKey } = encryptionKeyPair();
  return {
    identity: bech32.encode('age-secret-key-', bech32.toWords(secretKey), false).toUpperCase(),
    recipient: bech32.encode('age', bech32.toWords(publicKey), false),
  };
}

async function wrap(recipient: AgeRecipient, fileKey: Uint8Array): Promise<Stanza[]> {
  if (recipient.type === 'passphrase') {
    const salt = randomBytes(16);
    const log2N = recipient.log2N ?? STANDARD_LOG2_N;
    const key = await passphraseKey(recipient.passphrase, salt, log2N);
    return [{ args: ['scrypt', base64(salt), String(log2N)], body: seal(key, ZERO_NONCE, fileKey) }];
  }
  return recipient.recipients.map((name) => {
    const theirs = keyOf(name, 'age');
    const { secretKey, publicKey } = encryptionKeyPair();
    const key = sharedKey(agree(secretKey, theirs), publicKey, theirs);
    return { args: ['X25519', base64(publicKey)], body: seal(key, ZERO_NONCE, fileKey) };
  });
}

async function unwrap(identity: AgeIdentity, stanzas: readonly Stanza[]): Promise<Uint8Array> {
  for (const { args, body } of stanzas) {
    const [type, first, second] = args;
    let key: Uint8Array | undefined;
    if (type === 'scrypt' && identity.type === 'passphrase' && stanzas.length === 1 && args.length === 3) {
      const log2N = /^[1-9]\d?$/.test(second) ? Number(second) : MAX_LOG2_N + 1;
      if (log2N > MAX_LOG2_N) throw refused();
      key = await passphraseKey(identity.passphrase, unbase64(first, 16), log2N);
    } else if (type === 'X25519' && identity.type === 'key' && args.length === 2) {
      const secret = keyOf(identity.identity.toLowerCase(), 'age-secret-key-');
      const share = unbase64(first, 32);
      key = sharedKey(agree(secret, share), share, encryptionKeyPair(secret).publicKey);
    }
    if (key === undefined || body.length !== FILE_KEY_BYTES + TAG_BYTES) continue;
    try {
      return unseal(key, ZERO_NONCE, body);
    } catch {
      // For another recipient.
    }
  }
  throw refused();
}

/** One spelling of a passphrase, as for a keystore. */
function passphraseKey(passphrase: string, salt: Uint8Array, log2N: number): Promise<Uint8Array> {
  const secret = text(passphrase.normalize('NFKC'));
  return scryptKdf(secret, concatBytes(SCRYPT_LABEL, salt), { N: 2 ** log2N, r: 8, p: 1, length: 32 });
}

function sharedKey(shared: Uint8Array, share: Uint8Array, recipient: Uint8Array): Uint8Array {
  if (shared.every((byte) => byte === 0)) throw refused();
  return hkdfSha256(shared, concatBytes(share, recipient), X25519_LABEL, 32);
}

function agree(secret: Uint8Array, theirs: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({
    key: Buffer.from(concatBytes(X25519_PRIVATE, secret)),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey({
    key: Buffer.from(concatBytes(X25519_PUBLIC, theirs)),
    format: 'der',
    type: 'spki',
  });
  try {
    return new Uint8Array(diffieHellman({ privateKey, publicKey }));
  } catch {
    throw refused();
  }
}

function keyOf(name: string, prefix: string): Uint8Array {
  try {
    const decoded = bech32.decode(name as `${string}1${string}`, false);
    const key = bech32.fromWords(decoded.words);
    if (decoded.prefix === prefix && key.length === 32) return key;
  } catch {
    // Said below.
  }
  throw new CryptoError({ code: 'crypto.input', field: prefix });
}

function formatStanza({ args, body }: Stanza): string {
  const encoded = base64(body);
  const lines: string[] = encoded.match(/.{1,64}/g) ?? [];
  // The last line is shorter than a full one, if need be empty.
  if (lines.length === 0 || lines[lines.length - 1].length === 64) lines.push('');
  return `-> ${args.join(' ')}\n${lines.join('\n')}\n`;
}

interface Header {
  readonly stanzas: readonly Stanza[];
  readonly authenticated: Uint8Array;
  readonly mac: Uint8Array;
}

async function readHeader(parts: AsyncIterator<Uint8Array>): Promise<{ header: Header; rest: Uint8Array }> {
  let held = EMPTY_BYTES;
  for (;;) {
    const found = /\n--- ([A-Za-z0-9+/]{43})\n/.exec(
      Buffer.from(held.subarray(0, MAX_HEADER_BYTES)).toString('latin1'),
    );
    if (found !== null) {
      const authenticated = held.slice(0, found.index + 4);
      const stanzas = parseStanzas(Buffer.from(held.subarray(0, found.index + 1)).toString('latin1'));
      const rest = held.slice(found.index + found[0].length);
      return { header: { stanzas, authenticated, mac: unbase64(found[1], 32) }, rest };
    }
    const next = held.length > MAX_HEADER_BYTES ? undefined : await parts.next();
    if (next === undefined || next.done === true) throw refused();
    held = concatBytes(held, next.value);
  }
}

function parseStanzas(head: string): Stanza[] {
  const lines = head.split('\n');
  if (lines.shift() !== VERSION_LINE || lines.pop() !== '') throw refused();
  const stanzas: Stanza[] = [];
  while (lines.length > 0) {
    const args = (lines.shift() as string).split(' ');
    if (args.shift() !== '->' || args.length === 0 || stanzas.length >= MAX_STANZAS) throw refused();
    let body = '';
    let line: string | undefined;
    do {
      line = lines.shift();
      if (line === undefined || line.length > 64) throw refused();
      body += line;
    } while (line.length === 64);
    stanzas.push({ args, body: unbase64(body) });
  }
  return stanzas;
}

async function takeNonce(
  rest: Uint8Array,
  parts: AsyncIterator<Uint8Array>,
): Promise<{ nonce: Uint8Array; left: Uint8Array }> {
  let held = rest;
  while (held.length < 16) {
    const next = await parts.next();
    if (next.done === true) throw refused();
    held = concatBytes(held, next.value);
  }
  return { nonce: held.slice(0, 16), left: held.slice(16) };
}

async function* withFirst(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Cuts a stream into chunks of one size; the last may be shorter, and is known as the last. */
async function* chunks(
  source: AsyncIterable<Uint8Array>,
  size: number,
  work: (bytes: Uint8Array, number: number, last: boolean) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  for await (const part of source) {
    held.push(part);
    length += part.length;
    // More than a chunk: the one at hand is not the last.
    if (length <= size) continue;
    const all = concatBytes(...held);
    let at = 0;
    for (; length - at > size; at += size) yield work(all.subarray(at, at + size), number++, false);
    held = [all.slice(at)];
    length -= at;
  }
  yield work(concatBytes(...held), number, true);
}

function chunkNonce(number: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint32(3, Math.floor(number / 0x1_0000_0000));
  view.setUint32(7, number >>> 0);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

function unseal(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < TAG_BYTES) throw refused();
  const at = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(at));
  try {
    return concatBytes(decipher.update(sealed.subarray(0, at)), decipher.final());
  } catch {
    throw refused();
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** The one spelling of the bytes, without padding. */
function unbase64(value: string, length?: number): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(value, 'base64'));
  if (base64(bytes) !== value || (length !== undefined && bytes.length !== length)) throw refused();
  return bytes;
}

function refused(): CryptoError {
  return new CryptoError({ code: 'crypto.open' });
}
