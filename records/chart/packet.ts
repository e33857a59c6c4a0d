// A key packet: a category key sealed to one clinic's encryption key, bound to network, chart, category, epoch, grant, purpose
// and end, so that it serves for nothing else. Custodians keep packets and hand them over on a ticket; only the clinic that it
// is for opens one. Owns bytes, sealing and the signature of the clinic whose chart it is.
import { signEd25519, verifyEd25519 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import {
  HPKE_OVERHEAD,
  HYBRID_OVERHEAD,
  hpkeOpen,
  hpkeSeal,
  hybridOpen,
  hybridSeal,
} from '../../common/crypto/hpke.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category } from '../category.ts';
import { type RowSigner, signerKey } from './key-row.ts';

export const CATEGORY_KEY_BYTES = 32;
/** RFC 9180 base mode with HKDF-SHA256 and AES-256-GCM; by DHKEM(X25519, HKDF-SHA256) where no hybrid key is known yet. */
export const SUITE_X25519 = 1;
/** By X-Wing: opens for nobody who breaks ML-KEM-768 or X25519 alone. */
export const SUITE_HYBRID = 2;
const NAME_BYTES = 2 + 32 + 1 + 4 + 2 + 32 + 32 + 1 + 8;
/** A packet never is longer. */
export const MAX_PACKET_BYTES = NAME_BYTES + 1 + CATEGORY_KEY_BYTES + HYBRID_OVERHEAD + 32 + 64;

/** No consent object: by what the clinic is to the chart (custodian of its consents, branch of the organisation). */
export const NO_GRANT: Uint8Array = new Uint8Array(32);

export interface PacketName {
  /** Whose chart it is. */
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  readonly category: Category;
  readonly epoch: number;
  /** Whom it is for, and under which of its keys. */
  readonly grantee: ClinicNumber;
  readonly granteeKey: Uint8Array;
  /** The consent object that it was made for, or `NO_GRANT`. */
  readonly grant: Uint8Array;
  /** Code of the purpose; 0 for none but keeping. */
  readonly purpose: number;
  /** ms; handed over until then. */
  readonly ends: number;
}

export interface Packet extends PacketName {
  readonly suite: number;
  readonly sealed: Uint8Array;
  /** Node key that signed it. */
  readonly signer: Uint8Array;
  readonly signature: Uint8Array;
}

/** `hybridKey`: the grantee's, of X-Wing, that goes with its key in the name; without one to the latter alone. */
export async function makePacket(
  name: PacketName,
  categoryKey: Uint8Array,
  signer: RowSigner,
  hybridKey?: Uint8Array,
): Promise<Packet> {
  const bound = nameBytes(name);
  const suite = hybridKey === undefined ? SUITE_X25519 : SUITE_HYBRID;
  const info = infoOf(signer.genesisId, suite, bound);
  const sealed =
    hybridKey === undefined
      ? await hpkeSeal(name.granteeKey, info, categoryKey)
      : await hybridSeal(hybridKey, info, categoryKey);
  const signature = signEd25519(signer.seed, signedBytes(signer.genesisId, suite, bound, sealed));
  return { ...name, suite, sealed, signer: signerKey(signer), signature };
}

/** What a grantee opens packets with: the secrets that belong to one of its keys on the chain. */
export interface OpeningKey {
  /** X25519. */
  readonly encryption: Uint8Array;
  /** Seed of X-Wing. */
  readonly hybrid: Uint8Array;
}

/** The category key, with whichever of the grantee's keys it was sealed to. Throws CryptoError `crypto.open`. */
export async function openPacket(
  packet: Packet,
  genesisId: Uint8Array,
  keys: readonly OpeningKey[],
): Promise<Uint8Array> {
  const info = infoOf(genesisId, packet.suite, nameBytes(packet));
  for (const { encryption, hybrid } of keys) {
    const opened =
      packet.suite === SUITE_HYBRID
        ? hybridOpen(hybrid, info, packet.sealed)
        : hpkeOpen(encryption, info, packet.sealed);
    const key = await opened.catch(() => undefined);
    if (key?.length === CATEGORY_KEY_BYTES) return key;
  }
  throw new CryptoError({ code: 'crypto.open' });
}

/** Whether its signer made the packet; whose key that is, the chain says. */
export function verifyPacket(packet: Packet, genesisId: Uint8Array): Promise<boolean> {
  const message = signedBytes(genesisId, packet.suite, nameBytes(packet), packet.sealed);
  return verifyEd25519(packet.signer, message, packet.signature);
}

/** A packet that somebody else made for a chart of this signer, as its own from now on. */
export function adoptPacket(packet: Packet, signer: RowSigner): Packet {
  const bytes = signedBytes(signer.genesisId, packet.suite, nameBytes(packet), packet.sealed);
  return { ...packet, signer: signerKey(signer), signature: signEd25519(signer.seed, bytes) };
}

export function encodePacket(packet: Packet): Uint8Array {
  const name = nameBytes(packet);
  const out = new Writer(MAX_PACKET_BYTES).fixed(name, name.length).u8(packet.suite);
  return out
    .fixed(packet.sealed, sealedBytes(packet.suite))
    .fixed(packet.signer, 32)
    .fixed(packet.signature, 64)
    .finish();
}

/** Throws CodecError. The signature is not checked. */
export function decodePacket(bytes: Uint8Array): Packet {
  const input = new Reader(bytes);
  const clinic = input.u16();
  const chart = input.fixed(32);
  const category = CATEGORIES[input.u8() - 1];
  if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'packet.category' });
  const epoch = input.u32();
  const grantee = input.u16();
  const granteeKey = input.fixed(32);
  const grant = input.fixed(32);
  const purpose = input.u8();
  const ends = input.u64();
  const suite = input.u8();
  const sealed = input.fixed(sealedBytes(suite));
  const signer = input.fixed(32);
  const signature = input.fixed(64);
  input.end();
  return {
    clinic,
    chart,
    category,
    epoch,
    grantee,
    granteeKey,
    grant,
    purpose,
    ends,
    suite,
    sealed,
    signer,
    signature,
  };
}

function sealedBytes(suite: number): number {
  if (suite === SUITE_X25519) return CATEGORY_KEY_BYTES + HPKE_OVERHEAD;
  if (suite === SUITE_HYBRID) return CATEGORY_KEY_BYTES + HYBRID_OVERHEAD;
  throw new CodecError({ code: 'codec.value', field: 'packet.suite' });
}

function nameBytes(name: PacketName): Uint8Array {
  const out = new Writer(NAME_BYTES)
    .u16(name.clinic)
    .fixed(name.chart, 32)
    .u8(CATEGORIES.indexOf(name.category) + 1);
  out.u32(name.epoch).u16(name.grantee).fixed(name.granteeKey, 32).fixed(name.grant, 32);
  return out.u8(name.purpose).u64(name.ends).finish();
}

function infoOf(genesisId: Uint8Array, suite: number, name: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/packet/1', genesisId, Uint8Array.of(suite), name);
}

function signedBytes(genesisId: Uint8Array, suite: number, name: Uint8Array, sealed: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/packet-signature/1', genesisId, Uint8Array.of(suite), name, sealed);
}
