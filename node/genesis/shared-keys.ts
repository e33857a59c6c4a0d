// The network's shared keys on their way to a founder: sealed to its encryption key, bound to this genesis and clinic.

import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Writer } from '../../common/codec/writer.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import { hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { oprfPublicKey } from '../../common/crypto/oprf.ts';
import { tagPrefix } from '../../common/crypto/tagged-hash.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { FIRST_THREAT_EPOCH, threatKeyHash } from '../../consensus/ledger/threats/key-epoch/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { decodeSharedKeys, encodeSharedKeys, type SharedKeys } from '../keystore/contents.ts';
import { GenesisError } from './errors.ts';
import type { SealedSharedKeys } from './genesis-file.ts';

/** What the chain states of the threat keys of these epochs; undefined for one that it does not know. */
export type ThreatKeyHashes = (epochs: readonly number[]) => Promise<readonly (Uint8Array | undefined)[]>;

/** For every founder, base64 of `enc 32 | ciphertext`. */
export async function sealSharedKeys(genesis: Genesis, shared: SharedKeys): Promise<SealedSharedKeys> {
  const sealed: Record<string, string> = {};
  for (const { number, encryptionKey } of genesis.clinics) {
    const bytes = await sealSharedKeysTo(genesis, number, encryptionKey, shared);
    sealed[number] = Buffer.from(bytes).toString('base64');
  }
  return sealed;
}

/** For one clinic: `enc 32 | ciphertext`. */
export function sealSharedKeysTo(
  genesis: Genesis,
  clinic: ClinicNumber,
  encryptionKey: Uint8Array,
  shared: SharedKeys,
): Promise<Uint8Array> {
  return hpkeSeal(encryptionKey, sealInfo(genesis, clinic), encodeSharedKeys(shared));
}

/** A founder's, from the genesis file. */
export async function openSharedKeys(
  genesis: Genesis,
  sealed: SealedSharedKeys,
  clinic: ClinicNumber,
  encryptionSecret: Uint8Array,
): Promise<SharedKeys> {
  const text = Object.hasOwn(sealed, clinic) ? sealed[clinic] : undefined;
  if (text === undefined) throw new GenesisError({ code: 'genesis.sealed', clinic, reason: 'absent' });
  const first: ThreatKeyHashes = async (epochs) =>
    epochs.map((epoch) => (epoch === FIRST_THREAT_EPOCH ? genesis.threatKeyHash : undefined));
  return openSharedKeysFor(genesis, new Uint8Array(Buffer.from(text, 'base64')), clinic, encryptionSecret, first);
}

/**
 * Opens them with the clinic's X25519 secret key and compares them with what genesis and chain commit to. Threat keys that
 * this chain does not state are left out: they may be those of a branch.
 */
export async function openSharedKeysFor(
  genesis: Genesis,
  bytes: Uint8Array,
  clinic: ClinicNumber,
  encryptionSecret: Uint8Array,
  hashes: ThreatKeyHashes,
): Promise<SharedKeys> {
  const refuse = (reason: string) => new GenesisError({ code: 'genesis.sealed', clinic, reason });
  let shared: SharedKeys;
  try {
    shared = decodeSharedKeys(await hpkeOpen(encryptionSecret, sealInfo(genesis, clinic), bytes));
  } catch (error) {
    if (error instanceof CryptoError) throw refuse('does not open: altered, or sealed to another key');
    if (error instanceof CodecError) throw refuse(error.message);
    throw error;
  }
  const { identifierKey } = shared;
  const stated = await hashes(shared.threatKeys.map(({ epoch }) => epoch));
  const threatKeys = shared.threatKeys.filter(({ key }, at) => {
    const hash = stated[at];
    return hash !== undefined && equalBytes(threatKeyHash(key), hash);
  });
  if (threatKeys.length === 0) throw refuse('no threat key that the network states');
  if (identifierKey !== undefined && !isKeyOf(identifierKey, genesis.identifierKey))
    throw refuse('another identifier key than genesis says');
  return { ...shared, threatKeys };
}

function isKeyOf(secretKey: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return equalBytes(oprfPublicKey(secretKey), publicKey);
  } catch {
    return false;
  }
}

function sealInfo(genesis: Genesis, clinic: ClinicNumber): Uint8Array {
  return concatBytes(tagPrefix('wardmesh/shared-keys/1'), genesisId(genesis), new Writer(2).u16(clinic).finish());
}
