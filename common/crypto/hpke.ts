// Public-key sealing: RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. One message per key
// encapsulation. Who may open what, and what `info` binds, is the caller's to say. Runs on Node and in browsers.
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { concatBytes } from '../bytes.ts';
import { AEAD_TAG_BYTES } from './bounds.ts';
import { CryptoError, checkLength } from './errors.ts';

const KEY_BYTES = 32;

/** Bytes that sealing adds: the encapsulated key and the tag. */
export const HPKE_OVERHEAD = KEY_BYTES + AEAD_TAG_BYTES;

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** `enc 32 | ciphertext and tag`, for the holder of the X25519 secret key; opens only under the same `info`. */
export async function hpkeSeal(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  checkLength(publicKey, KEY_BYTES, 'publicKey');
  try {
    const recipientPublicKey = await suite.kem.deserializePublicKey(buffer(publicKey));
    const { enc, ct } = await suite.seal({ recipientPublicKey, info: buffer(info) }, buffer(plaintext));
    return concatBytes(new Uint8Array(enc), new Uint8Array(ct));
  } catch {
    throw new CryptoError({ code: 'crypto.input', field: 'publicKey' });
  }
}

/** The plaintext; throws `crypto.open` for a wrong key, another `info` or altered bytes. */
export async function hpkeOpen(secretKey: Uint8Array, info: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  checkLength(secretKey, KEY_BYTES, 'secretKey');
  if (sealed.length < HPKE_OVERHEAD) throw new CryptoError({ code: 'crypto.open' });
  try {
    const recipientKey = await suite.kem.deserializePrivateKey(buffer(secretKey));
    const enc = buffer(sealed.subarray(0, KEY_BYTES));
    return new Uint8Array(
      await suite.open({ recipientKey, enc, info: buffer(info) }, buffer(sealed.subarray(KEY_BYTES))),
    );
  } catch {
    throw new CryptoError({ code: 'crypto.open' });
  }
}

/** An exact copy: WebCrypto takes whole ArrayBuffers. */
function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
