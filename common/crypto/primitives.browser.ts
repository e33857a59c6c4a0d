// `#crypto` in browsers: noble and the browser's generator. Same exports as primitives.node.ts.
import { gcm } from '@noble/ciphers/aes.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { bytesToBigInt, concatBytes, equalBytes } from '../bytes.ts';
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
} from './bounds.ts';
import { passesByteCheck } from './ed25519-encoding.ts';
import { CryptoError, checkLength } from './errors.ts';

export { isTorsionFreeKey } from './ed25519-torsion.ts';

const ML_KEM_MODULUS = 3329;
/** The most that getRandomValues gives at once. */
const RANDOM_CHUNK = 65_536;

/** SHA-256 of the concatenation of `parts`, 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha256(parts.length === 1 ? parts[0] : concatBytes(...parts));
}

/** SHA-256 of what comes in parts. */
export function sha256Hasher(): Hasher {
  const hasher = nobleSha256.create();
  return { update: (part) => void hasher.update(part), digest: () => hasher.digest() };
}

/** Constant-time equality for secrets; lengths are not secret. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** Bytes from the system's generator. */
export function randomBytes(length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += RANDOM_CHUNK) {
    globalThis.crypto.getRandomValues(out.subarray(at, Math.min(length, at + RANDOM_CHUNK)));
  }
  return out;
}

export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, data);
}

/** RFC 5869; at most 8160 bytes. */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return hkdf(nobleSha256, secret, salt, info, length);
}

/** RFC 7914, in slices that leave the page responsive. */
export async function scryptKdf(secret: Uint8Array, salt: Uint8Array, options: ScryptOptions): Promise<Uint8Array> {
  const { N, r, p, length } = checkScrypt(options);
  return scryptAsync(secret, salt, { N, r, p, dkLen: length });
}

/** RFC 9106, version 1.3. For a worker: it takes the processor for as long as it runs, in slices. */
export async function argon2idKdf(secret: Uint8Array, salt: Uint8Array, options: Argon2Options): Promise<Uint8Array> {
  const { memoryKiB, passes, lanes, length } = checkArgon2(options, salt);
  return argon2idAsync(secret, salt, { m: memoryKiB, t: passes, p: lanes, dkLen: length });
}

/** Ed25519; the seed is the secret key (32 bytes), random by default. */
export function signingKeyPair(seed: Uint8Array = randomBytes(32)): { seed: Uint8Array; publicKey: Uint8Array } {
  checkLength(seed, 32, 'seed');
  return { seed: seed.slice(), publicKey: ed25519.getPublicKey(seed) };
}

/** Signature of 64 bytes. */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  checkLength(seed, 32, 'seed');
  return ed25519.sign(message, seed);
}

/** PROTOCOL 2.2; false for anything that is not a valid signature of a well-formed key. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verifyEd25519Sync(publicKey, message, signature);
}

/** Nobody simulates a network in a page. */
export function shareVerdicts(): void {}

/** As `verifyEd25519`. noble's own `verify` multiplies by the cofactor, which our rule does not. */
export function verifyEd25519Sync(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!passesByteCheck(publicKey, signature)) return false;
  const { Point } = ed25519;
  let key: InstanceType<typeof Point>;
  try {
    key = Point.fromBytes(publicKey);
  } catch {
    return false;
  }
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % Point.Fn.ORDER;
  return equalBytes(Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k)).toBytes(), r);
}

/** X25519; the secret key is the seed (32 bytes), random by default. */
export function encryptionKeyPair(seed: Uint8Array = randomBytes(32)): {
  secretKey: Uint8Array;
  publicKey: Uint8Array;
} {
  checkLength(seed, 32, 'seed');
  return { secretKey: seed.slice(), publicKey: x25519.getPublicKey(seed) };
}

/** Raw X25519. Throws `crypto.input` for a public key whose result says nothing of the secret. */
export function x25519Shared(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  checkLength(secretKey, 32, 'seed');
  checkLength(publicKey, 32, 'publicKey');
  try {
    return x25519.getSharedSecret(secretKey, publicKey);
  } catch {
    throw new CryptoError({ code: 'crypto.input', field: 'publicKey' });
  }
}

/** ML-KEM-768 (FIPS 203): the public key of a seed of 64 bytes, 1,184 bytes. */
export function mlKemPublicKey(seed: Uint8Array): Uint8Array {
  checkLength(seed, ML_KEM_SEED_BYTES, 'seed');
  return ml_kem768.keygen(seed).publicKey;
}

/** A shared secret of 32 bytes, and 1,088 bytes for the holder of the seed. Throws `crypto.input` for what is no key. */
export function mlKemEncapsulate(publicKey: Uint8Array): { readonly shared: Uint8Array; readonly sealed: Uint8Array } {
  checkLength(publicKey, ML_KEM_PUBLIC_BYTES, 'publicKey');
  if (!hasGoodCoefficients(publicKey)) throw new CryptoError({ code: 'crypto.input', field: 'publicKey' });
  try {
    const { sharedSecret, cipherText } = ml_kem768.encapsulate(publicKey);
    return { shared: sharedSecret, sealed: cipherText };
  } catch {
    throw new CryptoError({ code: 'crypto.input', field: 'publicKey' });
  }
}

/** Something that nobody knows for altered bytes, as the standard has it. */
export function mlKemDecapsulate(seed: Uint8Array, sealed: Uint8Array): Uint8Array {
  checkLength(seed, ML_KEM_SEED_BYTES, 'seed');
  checkLength(sealed, ML_KEM_SEALED_BYTES, 'sealed');
  return ml_kem768.decapsulate(sealed, ml_kem768.keygen(seed).secretKey);
}

/** AES-256-GCM: ciphertext, then the tag of 16 bytes. Never use a nonce twice under one key. */
export function aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  checkLength(key, AEAD_KEY_BYTES, 'key');
  checkLength(nonce, AEAD_NONCE_BYTES, 'nonce');
  return gcm(key, nonce, aad).encrypt(plaintext);
}

/** The plaintext; throws `crypto.open` when anything was altered. */
export function aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  checkLength(key, AEAD_KEY_BYTES, 'key');
  checkLength(nonce, AEAD_NONCE_BYTES, 'nonce');
  if (sealed.length < AEAD_TAG_BYTES) throw new CryptoError({ code: 'crypto.open' });
  try {
    return gcm(key, nonce, aad).decrypt(sealed);
  } catch {
    throw new CryptoError({ code: 'crypto.open' });
  }
}

/** FIPS 203 7.2, which noble leaves out: each of the 768 coefficients of 12 bits below the modulus. */
function hasGoodCoefficients(publicKey: Uint8Array): boolean {
  for (let at = 0; at < ML_KEM_PUBLIC_BYTES - 32; at += 3) {
    const [a, b, c] = publicKey.subarray(at, at + 3);
    if ((a | ((b & 15) << 8)) >= ML_KEM_MODULUS || ((b >> 4) | (c << 4)) >= ML_KEM_MODULUS) return false;
  }
  return true;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytesToBigInt(bytes.toReversed());
}
