// Public-key sealing: RFC 9180 base mode, HKDF-SHA256, AES-256-GCM, with DHKEM(X25519, HKDF-SHA256) or the hybrid X-Wing. One
// message per key encapsulation. Who may open what, and what `info` binds, is the caller's to say. Runs on Node and in browsers.
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { concatBytes } from '../bytes.ts';
import { AEAD_TAG_BYTES } from './bounds.ts';
import { CryptoError, checkLength } from './errors.ts';
import { X_WING_SEALED_BYTES, xWingKem } from './x-wing.ts';

const KEY_BYTES = 32;

/** Bytes that sealing adds: the encapsulated key and the tag. */
export const HPKE_OVERHEAD = KEY_BYTES + AEAD_TAG_BYTES;
export const HYBRID_OVERHEAD = X_WING_SEALED_BYTES + AEAD_TAG_BYTES;

// Each with a KDF of its own, which is told the suite.
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const hybrid = new CipherSuite({ kem: xWingKem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** `enc 32 | ciphertext and tag`, for the holder of the X25519 secret key; opens only under the same `info`. */
export function hpkeSeal(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  return seal(suite, publicKey, info, plaintext);
}

/** The plaintext; throws `crypto.open` for a wrong key, another `info` or altered bytes. */
export function hpkeOpen(secretKey: Uint8Array, info: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  return open(suite, secretKey, info, sealed);
}

/** `enc 1120 | ciphertext and tag`, for the holder of the X-Wing seed. */
export function hybridSeal(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  return seal(hybrid, publicKey, info, plaintext);
}

/** As `hpkeOpen`, with an X-Wing seed. */
export function hybridOpen(seed: Uint8Array, info: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  return open(hybrid, seed, info, sealed);
}

async function seal(
  by: CipherSuite,
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  checkLength(publicKey, by.kem.publicKeySize, 'publicKey');
  try {
    const recipientPublicKey = await by.kem.deserializePublicKey(buffer(publicKey));
    const { enc, ct } = await by.seal({ recipientPublicKey, info: buffer(info) }, buffer(plaintext));
    return concatBytes(new Uint8Array(enc), new Uint8Array(ct));
  } catch {
    throw new CryptoError({ code: 'crypto.input', field: 'publicKey' });
  }
}

async function open(by: CipherSuite, secretKey: Uint8Array, info: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  const { kem } = by;
  checkLength(secretKey, kem.privateKeySize, 'secretKey');
  if (sealed.length < kem.encSize + AEAD_TAG_BYTES) throw new CryptoError({ code: 'crypto.open' });
  try {
    const recipientKey = await kem.deserializePrivateKey(buffer(secretKey));
    const enc = buffer(sealed.subarray(0, kem.encSize));
    return new Uint8Array(
      await by.open({ recipientKey, enc, info: buffer(info) }, buffer(sealed.subarray(kem.encSize))),
    );
  } catch {
    throw new CryptoError({ code: 'crypto.open' });
  }
}

/** An exact copy: WebCrypto takes whole ArrayBuffers. */
function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
