// Category keys of a patient's vault as the clinic keeps them for her: sealed under a key that never leaves her browsers. Owns
// bytes and sealing.
import { aeadOpen, aeadSeal, randomBytes } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from '../../common/crypto/bounds.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type Category, categoryByte } from '../category.ts';
import { CATEGORY_KEY_BYTES } from '../chart/packet.ts';

export interface VaultKeyName {
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  readonly category: Category;
  readonly epoch: number;
}

export const SEALED_VAULT_KEY_BYTES = AEAD_NONCE_BYTES + CATEGORY_KEY_BYTES + AEAD_TAG_BYTES;

/** `ring`: 32 bytes. */
export function sealVaultKey(ring: Uint8Array, name: VaultKeyName, categoryKey: Uint8Array): Uint8Array {
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  return concatBytes(nonce, aeadSeal(ring, nonce, categoryKey, nameBytes(name)));
}

/** Throws CryptoError `crypto.open`. */
export function openVaultKey(ring: Uint8Array, name: VaultKeyName, sealed: Uint8Array): Uint8Array {
  const nonce = sealed.subarray(0, AEAD_NONCE_BYTES);
  return aeadOpen(ring, nonce, sealed.subarray(AEAD_NONCE_BYTES), nameBytes(name));
}

function nameBytes({ clinic, chart, category, epoch }: VaultKeyName): Uint8Array {
  return new Writer(39).u16(clinic).fixed(chart, 32).u8(categoryByte(category)).u32(epoch).finish();
}
