// The genesis document as a value: who founds the network, with which parameters (PROTOCOL 3).
// Its hash is part of every signed preimage. File and JSON forms live in node/genesis/.

import { Writer } from '../common/codec/writer.ts';
import { taggedHash } from '../common/crypto/tagged-hash.ts';
import type { ClinicNumber, OrganisationNumber } from './ledger/types.ts';
import type { Params } from './params.ts';

export interface FounderOrganisation {
  readonly number: OrganisationNumber;
  readonly name: string;
}

export interface FounderClinic {
  readonly number: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly name: string;
  /** Ed25519 public keys, 32 bytes each. */
  readonly governanceKey: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly gatewayKey: Uint8Array;
  readonly voteKey: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly encryptionKey: Uint8Array;
  /** Multiaddresses without the peer id. */
  readonly addresses: readonly string[];
  /** The clinic's own networks in CIDR form: never blocked. */
  readonly networks: readonly string[];
}

export interface Genesis {
  readonly network: string;
  /** ms since 1970; the timestamp of block 0. */
  readonly created: number;
  readonly params: Params;
  /** Defaults for identity numbers typed without them: ISO 3166-1 alpha-2 and a document type. */
  readonly country: string;
  readonly idType: string;
  /** SHA-256 commitment to the first network threat key (epoch 1), 32 bytes. */
  readonly threatKeyHash: Uint8Array;
  /** ristretto255 public key of the identifier OPRF, 32 bytes; t = 1 in this form. */
  readonly identifierKey: Uint8Array;
  readonly organisations: readonly FounderOrganisation[];
  readonly clinics: readonly FounderClinic[];
}

export const GENESIS_VERSION = 1;
const MAX_NAME = 200;
const MAX_ADDRESS = 200;

/** Canonical bytes (PROTOCOL 3.1). */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const { params } = genesis;
  const out = new Writer(2048)
    .u16(GENESIS_VERSION)
    .text16(genesis.network, MAX_NAME)
    .u64(genesis.created)
    .u32(params.blockInterval)
    .u256(params.startTarget)
    .u256(params.easiestTarget)
    .u256(params.hardestTarget)
    .u64(params.statementMaxAge)
    .u64(params.keyGrace)
    .u64(params.threatMaxLife)
    .text16(genesis.country, 2)
    .text16(genesis.idType, 32)
    .fixed(genesis.threatKeyHash, 32)
    .fixed(genesis.identifierKey, 32)
    .u16(genesis.organisations.length);
  for (const organisation of genesis.organisations) out.u16(organisation.number).text16(organisation.name, MAX_NAME);
  out.u16(genesis.clinics.length);
  for (const clinic of genesis.clinics) {
    out.u16(clinic.number).u16(clinic.organisation).text16(clinic.name, MAX_NAME);
    for (const key of [clinic.governanceKey, clinic.nodeKey, clinic.gatewayKey, clinic.voteKey, clinic.encryptionKey]) {
      out.fixed(key, 32);
    }
    out.u8(clinic.addresses.length);
    for (const address of clinic.addresses) out.text16(address, MAX_ADDRESS);
    out.u8(clinic.networks.length);
    for (const network of clinic.networks) out.text16(network, MAX_ADDRESS);
  }
  return out.finish();
}

/** The genesis hash, 32 bytes. */
export function genesisId(genesis: Genesis): Uint8Array {
  return taggedHash('wardmesh/genesis/1', encodeGenesis(genesis));
}
