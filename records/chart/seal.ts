// Sealing under a category key: one derived key for data keys, another for manifests, each bound to the row that it stands
// in. Owns no row.
import { aeadOpen, aeadSeal, hkdfSha256, randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from '../../common/crypto/bounds.ts';

export type SealUse = 'data-key' | 'manifest' | 'terms' | 'facts' | 'words';

/** What sealing adds to a plaintext. */
export const SEAL_BYTES = AEAD_NONCE_BYTES + AEAD_TAG_BYTES;

/** `nonce 12 | ciphertext and tag`. */
export function sealUnder(key: Uint8Array, use: SealUse, bound: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  return concatBytes(nonce, aeadSeal(keyFor(key, use), nonce, plaintext, bound));
}

/** Throws CryptoError `crypto.open`. */
export function openUnder(key: Uint8Array, use: SealUse, bound: Uint8Array, sealed: Uint8Array): Uint8Array {
  const nonce = sealed.subarray(0, AEAD_NONCE_BYTES);
  return aeadOpen(keyFor(key, use), nonce, sealed.subarray(AEAD_NONCE_BYTES), bound);
}

function keyFor(key: Uint8Array, use: SealUse): Uint8Array {
  return hkdfSha256(key, EMPTY_BYTES, new TextEncoder().encode(`wardmesh/category-key/1|${use}`), 32);
}
