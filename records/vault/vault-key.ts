// A category key of a vault as it goes to clinics that keep the vault's rows: sealed by the patient, signed by the clinic at which
// the vault is, so that nobody gives that one back another. Owns bytes and the signature.
import { signEd25519, verifyEd25519 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { categoryByte, categoryOfByte } from '../category.ts';
import { type RowSigner, signerKey } from '../chart/key-row.ts';
import { SEALED_VAULT_KEY_BYTES, type VaultKeyName } from './ring.ts';

export interface UnsignedVaultKey extends VaultKeyName {
  /** The patient as the chain names it. */
  readonly handle: Uint8Array;
  /** Opens in the patient's browsers alone. */
  readonly sealed: Uint8Array;
}

export interface VaultKey extends UnsignedVaultKey {
  /** Node key that signed it. */
  readonly signer: Uint8Array;
  readonly signature: Uint8Array;
}

export function signVaultKey(key: UnsignedVaultKey, signer: RowSigner): VaultKey {
  const signature = signEd25519(signer.seed, signedBytes(signer.genesisId, key));
  return { ...key, signer: signerKey(signer), signature };
}

/** Whether its signer made it; whose key that is, the chain says. */
export function verifyVaultKey(key: VaultKey, genesisId: Uint8Array): Promise<boolean> {
  return verifyEd25519(key.signer, signedBytes(genesisId, key), key.signature);
}

export function encodeVaultKey(key: VaultKey): Uint8Array {
  const body = bodyBytes(key);
  return new Writer(256).fixed(body, body.length).fixed(key.signer, 32).fixed(key.signature, 64).finish();
}

/** Throws CodecError. The signature is not checked. */
export function decodeVaultKey(bytes: Uint8Array): VaultKey {
  const input = new Reader(bytes);
  const [clinic, chart, handle] = [input.u16(), input.fixed(32), input.fixed(32)];
  const category = categoryOfByte(input.u8());
  if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'vault-key.category' });
  const name = { clinic, chart, handle, category, epoch: input.u32() };
  const key = { ...name, sealed: input.fixed(SEALED_VAULT_KEY_BYTES), signer: input.fixed(32) };
  const signature = input.fixed(64);
  input.end();
  return { ...key, signature };
}

function bodyBytes({ clinic, chart, handle, category, epoch, sealed }: UnsignedVaultKey): Uint8Array {
  const out = new Writer(160).u16(clinic).fixed(chart, 32).fixed(handle, 32).u8(categoryByte(category)).u32(epoch);
  return out.fixed(sealed, SEALED_VAULT_KEY_BYTES).finish();
}

function signedBytes(genesisId: Uint8Array, key: UnsignedVaultKey): Uint8Array {
  return taggedHash('wardmesh/vault-key/1', genesisId, bodyBytes(key));
}
