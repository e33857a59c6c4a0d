// A clinic's X-Wing key: too large for the chain, so the clinic says it to whoever asks, bound by its node key to the encryption
// key that the chain names. Owns bytes, signature and how the secret follows from what the keystore holds.
import { hkdfSha256, signEd25519, verifyEd25519 } from '#crypto';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { X_WING_PUBLIC_BYTES, X_WING_SEED_BYTES, xWingPublicKey } from '../../common/crypto/x-wing.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type RowSigner, signerKey } from './key-row.ts';
import type { OpeningKey } from './packet.ts';

export const HYBRID_KEY_BYTES = 2 + 32 + X_WING_PUBLIC_BYTES + 32 + 64;

export interface HybridKey {
  readonly clinic: ClinicNumber;
  /** The key on the chain that it goes with, and out of force with. */
  readonly encryptionKey: Uint8Array;
  /** Of X-Wing. */
  readonly publicKey: Uint8Array;
  /** Node key that signed it. */
  readonly signer: Uint8Array;
  readonly signature: Uint8Array;
}

const INFO = new TextEncoder().encode('wardmesh/hybrid/1');

/**
 * The storage key keeps it from whoever works out the X25519 secret from the chain; that secret makes another one with each
 * change of keys.
 */
export function openingKey(encryption: Uint8Array, storageKey: Uint8Array): OpeningKey {
  return { encryption, hybrid: hkdfSha256(storageKey, encryption, INFO, X_WING_SEED_BYTES) };
}

export function makeHybridKey(
  clinic: ClinicNumber,
  encryptionKey: Uint8Array,
  { hybrid }: OpeningKey,
  signer: RowSigner,
): HybridKey {
  const said = { clinic, encryptionKey, publicKey: xWingPublicKey(hybrid) };
  const signature = signEd25519(signer.seed, signedBytes(signer.genesisId, said));
  return { ...said, signer: signerKey(signer), signature };
}

/** Whether its signer said so; whose key that is, the chain says. */
export function verifyHybridKey(key: HybridKey, genesisId: Uint8Array): Promise<boolean> {
  return verifyEd25519(key.signer, signedBytes(genesisId, key), key.signature);
}

export function encodeHybridKey(key: HybridKey): Uint8Array {
  const name = nameBytes(key);
  const out = new Writer(HYBRID_KEY_BYTES).fixed(name, name.length);
  return out.fixed(key.signer, 32).fixed(key.signature, 64).finish();
}

/** Throws CodecError. The signature is not checked. */
export function decodeHybridKey(bytes: Uint8Array): HybridKey {
  const input = new Reader(bytes);
  const said = { clinic: input.u16(), encryptionKey: input.fixed(32), publicKey: input.fixed(X_WING_PUBLIC_BYTES) };
  const key = { ...said, signer: input.fixed(32), signature: input.fixed(64) };
  input.end();
  return key;
}

type Said = Pick<HybridKey, 'clinic' | 'encryptionKey' | 'publicKey'>;

function nameBytes({ clinic, encryptionKey, publicKey }: Said): Uint8Array {
  const out = new Writer(HYBRID_KEY_BYTES).u16(clinic).fixed(encryptionKey, 32);
  return out.fixed(publicKey, X_WING_PUBLIC_BYTES).finish();
}

function signedBytes(genesisId: Uint8Array, said: Said): Uint8Array {
  return taggedHash('wardmesh/hybrid-key/1', genesisId, nameBytes(said));
}
