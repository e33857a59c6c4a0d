// `#crypto` on Node: node:crypto where it is faster or asynchronous, noble elsewhere. Same exports as primitives.browser.ts.
import nodeCrypto, {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  hash,
  type KeyObject,
  randomBytes as nodeRandomBytes,
  scrypt,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { concatBytes, EMPTY_BYTES, fromHex } from '../bytes.ts';
import { BoundedMap } from '../collections/bounded-map.ts';
import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Argon2Options,
  checkArgon2,
  checkScrypt,
  type Hasher,
  ML_KEM_PUBLIC_BYTES,
  ML_KEM_SEALED_BYTES,
  ML_KEM_SEED_BYTES,
  type ScryptOptions,
  scryptMemory,
} from './bounds.ts';
import { passesByteCheck } from './ed25519-encoding.ts';
import { CryptoError, checkLength } from './errors.ts';

export { isTorsionFreeKey } from './ed25519-torsion.ts';

// DER headers before the 32 raw bytes (RFC 8410).
const ED25519_PRIVATE = fromHex('302e020100300506032b657004220420');
const ED25519_PUBLIC = fromHex('302a300506032b6570032100');
const X25519_PRIVATE = fromHex('302e020100300506032b656e04220420');
const X25519_PUBLIC = fromHex('302a300506032b656e032100');
// Before the 64 bytes of a seed and the 1,184 of a public key (RFC 9935).
const ML_KEM_PRIVATE = fromHex('3054020100300b060960864801650304040204428040');
const ML_KEM_PUBLIC = fromHex('308204b2300b0609608648016503040402038204a100');

/** Made KeyObjects save a quarter of a verification; a member's key comes back in every block. */
const publicKeys = new BoundedMap<string, KeyObject>({ maxEntries: 1024 });

/**
 * Making a private KeyObject costs three signatures, a secret one more than sealing a row. Kept as long as the caller keeps
 * its bytes, and used only while they are the same: a wiped key never signs or seals with what it was.
 */
type KeptKeys = WeakMap<Uint8Array, { readonly bytes: Uint8Array; readonly key: KeyObject }>;
const signingKeys: KeptKeys = new WeakMap();
const aeadKeys: KeptKeys = new WeakMap();
const mlKemKeys: KeptKeys = new WeakMap();

/** Parts are joined here instead of in new memory: a block takes tens of thousands of hashes of a few hundred bytes. */
const joined = new Uint8Array(32 * 1024);

const HASH_BYTES = 32;
const HMAC_BLOCK_BYTES = 64;

/** SHA-256 of the concatenation of `parts`, 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return digestOf(hash('sha256', parts[0], 'binary'));
  let length = 0;
  for (const part of parts) {
    if (length + part.length <= joined.length) joined.set(part, length);
    length += part.length;
  }
  if (length <= joined.length) return digestOf(hash('sha256', joined.subarray(0, length), 'binary'));
  const hasher = createHash('sha256');
  for (const part of parts) hasher.update(part);
  return digestOf(hasher.digest('binary'));
}

/** SHA-256 of what comes in parts. */
export function sha256Hasher(): Hasher {
  const hasher = createHash('sha256');
  return {
    update: (part) => void hasher.update(part),
    digest: () => digestOf(hasher.digest('binary')),
  };
}

/** By way of a string: the engine keeps arrays this short among its objects, a Buffer's memory is allocated and freed apart. */
function digestOf(text: string): Uint8Array {
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

/** Constant-time equality for secrets; lengths are not secret. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Bytes from the system's generator. */
export function randomBytes(length: number): Uint8Array {
  return new Uint8Array(nodeRandomBytes(length));
}

/** RFC 2104, of two plain hashes: the engine's own takes keys as KeyObjects, and making one costs five times as much. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  const short = key.length > HMAC_BLOCK_BYTES ? sha256(key) : key;
  const inner = new Uint8Array(HMAC_BLOCK_BYTES).fill(0x36);
  const outer = new Uint8Array(HMAC_BLOCK_BYTES).fill(0x5c);
  for (let i = 0; i < short.length; i++) {
    inner[i] ^= short[i];
    outer[i] ^= short[i];
  }
  return sha256(outer, sha256(inner, data));
}

/** RFC 5869; at most 8160 bytes. */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!(length >= 0 && length <= 255 * HASH_BYTES)) throw new RangeError('more than HKDF gives');
  const key = hmacSha256(salt, secret);
  const out = new Uint8Array(length);
  let block: Uint8Array = EMPTY_BYTES;
  for (let at = 0; at < length; at += HASH_BYTES) {
    block = hmacSha256(key, concatBytes(block, info, Uint8Array.of(at / HASH_BYTES + 1)));
    out.set(block.subarray(0, length - at), at);
  }
  return out;
}

/** RFC 7914, off the main thread. */
export async function scryptKdf(secret: Uint8Array, salt: Uint8Array, options: ScryptOptions): Promise<Uint8Array> {
  const { N, r, p, length } = checkScrypt(options);
  const maxmem = scryptMemory(options);
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, length, { N, r, p, maxmem }, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    );
  });
}

/** RFC 9106, version 1.3; off the main thread where Node has it (from 24.7). */
export async function argon2idKdf(secret: Uint8Array, salt: Uint8Array, options: Argon2Options): Promise<Uint8Array> {
  const { memoryKiB: memory, passes, lanes: parallelism, length: tagLength } = checkArgon2(options, salt);
  if (nodeCrypto.argon2 === undefined) {
    return argon2idAsync(secret, salt, { m: memory, t: passes, p: parallelism, dkLen: tagLength });
  }
  const parameters = { message: secret, nonce: salt, memory, passes, parallelism, tagLength };
  return new Promise((resolve, reject) => {
    nodeCrypto.argon2('argon2id', parameters, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    );
  });
}

/** Ed25519; the seed is the secret key (32 bytes), random by default. */
export function signingKeyPair(seed: Uint8Array = randomBytes(32)): { seed: Uint8Array; publicKey: Uint8Array } {
  return { seed: seed.slice(), publicKey: rawPublicKey(privateKey(ED25519_PRIVATE, seed)) };
}

/** Signature of 64 bytes. */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, signingKey(seed)));
}

/** Verdicts by key, message and signature, where many nodes share a process. */
let verdicts: BoundedMap<string, boolean> | undefined;

/**
 * From now on a signature is verified once for all who ask, on the thread that asks: for simulations, whose nodes all see
 * the same, and in which nothing may depend on which thread is first.
 */
export function shareVerdicts(maxEntries: number): void {
  verdicts = new BoundedMap({ maxEntries });
}

/** PROTOCOL 2.2 on the libuv pool; false for anything that is not a valid signature of a well-formed key. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!passesByteCheck(publicKey, signature)) return false;
  if (verdicts !== undefined) return sharedVerdict(verdicts, publicKey, message, signature);
  const key = verifyingKey(publicKey);
  return new Promise((resolve, reject) => {
    verify(null, message, key, signature, (error, valid) => (error === null ? resolve(valid) : reject(error)));
  });
}

/** As `verifyEd25519`, on the calling thread (about 90 us). */
export function verifyEd25519Sync(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!passesByteCheck(publicKey, signature)) return false;
  if (verdicts !== undefined) return sharedVerdict(verdicts, publicKey, message, signature);
  return verify(null, message, verifyingKey(publicKey), signature);
}

function sharedVerdict(
  known: BoundedMap<string, boolean>,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const name = String.fromCharCode(...signature, ...publicKey, ...message);
  const verdict = known.get(name) ?? verify(null, message, verifyingKey(publicKey), signature);
  known.set(name, verdict);
  return verdict;
}

/** X25519; the secret key is the seed (32 bytes), random by default. */
export function encryptionKeyPair(seed: Uint8Array = randomBytes(32)): {
  secretKey: Uint8Array;
  publicKey: Uint8Array;
} {
  return { secretKey: seed.slice(), publicKey: rawPublicKey(privateKey(X25519_PRIVATE, seed)) };
}

/** Raw X25519. Throws `crypto.input` for a public key whose result says nothing of the secret. */
export function x25519Shared(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  checkLength(publicKey, 32, 'publicKey');
  const key = Buffer.from(concatBytes(X25519_PUBLIC, publicKey));
  const to = createPublicKey({ key, format: 'der', type: 'spki' });
  try {
    return new Uint8Array(diffieHellman({ privateKey: privateKey(X25519_PRIVATE, secretKey), publicKey: to }));
  } catch {
    throw new CryptoError({ code: 'crypto.input', field: 'publicKey' });
  }
}

/** ML-KEM-768 (FIPS 203): the public key of a seed of 64 bytes, 1,184 bytes. */
export function mlKemPublicKey(seed: Uint8Array): Uint8Array {
  const key = createPublicKey(mlKemPrivate(seed)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(key.subarray(-ML_KEM_PUBLIC_BYTES));
}

/** A shared secret of 32 bytes, and 1,088 bytes for the holder of the seed. Throws `crypto.input` for what is no key. */
export function mlKemEncapsulate(publicKey: Uint8Array): { readonly shared: Uint8Array; readonly sealed: Uint8Array } {
  checkLength(publicKey, ML_KEM_PUBLIC_BYTES, 'publicKey');
  try {
    const key = Buffer.from(concatBytes(ML_KEM_PUBLIC, publicKey));
    const { sharedKey, ciphertext } = encapsulate(createPublicKey({ key, format: 'der', type: 'spki' }));
    return { shared: new Uint8Array(sharedKey), sealed: new Uint8Array(ciphertext) };
  } catch {
    throw new CryptoError({ code: 'crypto.input', field: 'publicKey' });
  }
}

/** Something that nobody knows for altered bytes, as the standard has it. */
export function mlKemDecapsulate(seed: Uint8Array, sealed: Uint8Array): Uint8Array {
  checkLength(sealed, ML_KEM_SEALED_BYTES, 'sealed');
  return new Uint8Array(decapsulate(mlKemPrivate(seed), sealed));
}

/** AES-256-GCM: ciphertext, then the tag of 16 bytes. Never use a nonce twice under one key. */
export function aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  checkLength(key, AEAD_KEY_BYTES, 'key');
  checkLength(nonce, AEAD_NONCE_BYTES, 'nonce');
  const cipher = createCipheriv('aes-256-gcm', kept(aeadKeys, key, createSecretKey), nonce);
  cipher.setAAD(aad);
  return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

/** The plaintext; throws `crypto.open` when anything was altered. */
export function aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  checkLength(key, AEAD_KEY_BYTES, 'key');
  checkLength(nonce, AEAD_NONCE_BYTES, 'nonce');
  const end = sealed.length - AEAD_TAG_BYTES;
  if (end < 0) throw new CryptoError({ code: 'crypto.open' });
  const secret = kept(aeadKeys, key, createSecretKey);
  const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: AEAD_TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  const head = decipher.update(sealed.subarray(0, end));
  try {
    return concatBytes(head, decipher.final());
  } catch {
    throw new CryptoError({ code: 'crypto.open' });
  }
}

function privateKey(header: Uint8Array, seed: Uint8Array): KeyObject {
  checkLength(seed, 32, 'seed');
  return createPrivateKey({ key: Buffer.from(concatBytes(header, seed)), format: 'der', type: 'pkcs8' });
}

function mlKemPrivate(seed: Uint8Array): KeyObject {
  checkLength(seed, ML_KEM_SEED_BYTES, 'seed');
  return kept(mlKemKeys, seed, (bytes) =>
    createPrivateKey({ key: Buffer.from(concatBytes(ML_KEM_PRIVATE, bytes)), format: 'der', type: 'pkcs8' }),
  );
}

function signingKey(seed: Uint8Array): KeyObject {
  return kept(signingKeys, seed, (bytes) => privateKey(ED25519_PRIVATE, bytes));
}

function kept(keys: KeptKeys, bytes: Uint8Array, make: (bytes: Uint8Array) => KeyObject): KeyObject {
  const known = keys.get(bytes);
  if (known !== undefined && equalSecret(known.bytes, bytes)) return known.key;
  const key = make(bytes);
  keys.set(bytes, { bytes: bytes.slice(), key });
  return key;
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}

function verifyingKey(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, 32).toString('latin1');
  const known = publicKeys.touch(name);
  if (known !== undefined) return known;
  const der = Buffer.from(concatBytes(ED25519_PUBLIC, publicKey));
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  publicKeys.set(name, key);
  return key;
}
