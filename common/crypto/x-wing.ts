// X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 together, so that what was sealed opens for nobody who breaks
// one of them. As a KEM for HPKE (0x647a); a secret key is its seed of 32 bytes.
import type { KemInterface, RecipientContextParams, SenderContextParams } from '@hpke/core';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { encryptionKeyPair, mlKemDecapsulate, mlKemEncapsulate, mlKemPublicKey, x25519Shared } from '#crypto';
import { concatBytes } from '../bytes.ts';
import { ML_KEM_PUBLIC_BYTES, ML_KEM_SEALED_BYTES, ML_KEM_SEED_BYTES } from './bounds.ts';
import { checkLength } from './errors.ts';

export const X_WING_SEED_BYTES = 32;
export const X_WING_PUBLIC_BYTES = ML_KEM_PUBLIC_BYTES + 32;
export const X_WING_SEALED_BYTES = ML_KEM_SEALED_BYTES + 32;

const LABEL = new TextEncoder().encode('\\.//^\\');

export function xWingPublicKey(seed: Uint8Array): Uint8Array {
  const { mlKem, x25519 } = expanded(seed);
  return concatBytes(mlKemPublicKey(mlKem), x25519.publicKey);
}

/** Throws `crypto.input` for what is no public key. */
export function xWingEncapsulate(publicKey: Uint8Array): { readonly shared: Uint8Array; readonly sealed: Uint8Array } {
  checkLength(publicKey, X_WING_PUBLIC_BYTES, 'publicKey');
  const to = publicKey.subarray(ML_KEM_PUBLIC_BYTES);
  const { shared, sealed } = mlKemEncapsulate(publicKey.subarray(0, ML_KEM_PUBLIC_BYTES));
  const once = encryptionKeyPair();
  const combined = combine(shared, x25519Shared(once.secretKey, to), once.publicKey, to);
  return { shared: combined, sealed: concatBytes(sealed, once.publicKey) };
}

/** Throws `crypto.input`; something that nobody knows for most of what was altered. */
export function xWingDecapsulate(seed: Uint8Array, sealed: Uint8Array): Uint8Array {
  checkLength(sealed, X_WING_SEALED_BYTES, 'sealed');
  const { mlKem, x25519 } = expanded(seed);
  const from = sealed.subarray(ML_KEM_SEALED_BYTES);
  const shared = mlKemDecapsulate(mlKem, sealed.subarray(0, ML_KEM_SEALED_BYTES));
  return combine(shared, x25519Shared(x25519.secretKey, from), from, x25519.publicKey);
}

function expanded(seed: Uint8Array) {
  checkLength(seed, X_WING_SEED_BYTES, 'seed');
  const bytes = shake256(seed, { dkLen: ML_KEM_SEED_BYTES + 32 });
  return { mlKem: bytes.subarray(0, ML_KEM_SEED_BYTES), x25519: encryptionKeyPair(bytes.slice(ML_KEM_SEED_BYTES)) };
}

function combine(mlKem: Uint8Array, x25519: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  return sha3_256(concatBytes(mlKem, x25519, from, to, LABEL));
}

/** Keys are bytes here: HPKE hands them through as it was given them. */
type Key = { readonly bytes: Uint8Array };

function keyOf(bytes: ArrayBufferLike | ArrayBufferView): CryptoKey {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
  return { bytes: new Uint8Array(buffer, byteOffset, byteLength).slice() } as unknown as CryptoKey;
}

function bytesOf(key: CryptoKey | CryptoKeyPair): Uint8Array {
  return (key as unknown as Key).bytes;
}

function notForThis(): never {
  throw new TypeError('keys of this kind are bytes, made outside');
}

export const xWingKem: KemInterface = {
  id: 0x647a,
  secretSize: 32,
  encSize: X_WING_SEALED_BYTES,
  publicKeySize: X_WING_PUBLIC_BYTES,
  privateKeySize: X_WING_SEED_BYTES,
  serializePublicKey: async (key) => bytesOf(key).slice().buffer as ArrayBuffer,
  deserializePublicKey: async (bytes) => keyOf(bytes),
  serializePrivateKey: async (key) => bytesOf(key).slice().buffer as ArrayBuffer,
  deserializePrivateKey: async (bytes) => keyOf(bytes),
  importKey: async () => notForThis(),
  generateKeyPair: async () => notForThis(),
  deriveKeyPair: async () => notForThis(),
  encap: async ({ recipientPublicKey }: SenderContextParams) => {
    const { shared, sealed } = xWingEncapsulate(bytesOf(recipientPublicKey));
    return { sharedSecret: shared.slice().buffer as ArrayBuffer, enc: sealed.slice().buffer as ArrayBuffer };
  },
  decap: async ({ recipientKey, enc }: RecipientContextParams) => {
    const sealed = enc instanceof ArrayBuffer ? new Uint8Array(enc) : new Uint8Array(enc as ArrayBufferLike);
    return xWingDecapsulate(bytesOf(recipientKey), sealed).slice().buffer as ArrayBuffer;
  },
};
