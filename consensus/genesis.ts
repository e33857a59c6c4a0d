// The genesis document as a value: who founds the network, with which parameters (PROTOCOL 3).
// Its hash is part of every signed preimage. File and JSON forms live in node/genesis/.

import { CodecError } from '../common/codec/errors.ts';
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import { taggedHash } from '../common/crypto/tagged-hash.ts';
import {
  type ClinicRecord,
  MAX_MEMBER_NAME_BYTES,
  readClinicRecord,
  writeClinicRecord,
} from './ledger/members/record.ts';
import type { ClinicNumber, OrganisationNumber } from './ledger/types.ts';
import {
  EMERGENCY_OPEN,
  EMERGENCY_REVIEW,
  type Params,
  RECOVERY_DELAY,
  TAKE_OVER_DELAY,
  TAKE_OVER_LONGEST,
} from './params.ts';

export interface FounderOrganisation {
  readonly number: OrganisationNumber;
  readonly name: string;
}

export interface FounderClinic extends ClinicRecord {
  readonly number: ClinicNumber;
  readonly organisation: OrganisationNumber;
}

/** What a quorum of governance keys counts: each clinic, or each organisation once (PROTOCOL 7.1.5). */
export const GOVERNANCE_MODES = ['clinic', 'organisation'] as const;
export type GovernanceMode = (typeof GOVERNANCE_MODES)[number];

export interface Genesis {
  readonly network: string;
  /** ms since 1970; the timestamp of block 0. */
  readonly created: number;
  readonly params: Params;
  readonly governance: GovernanceMode;
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

/**
 * Version 1 counts each clinic; a document that counts otherwise says so, in version 2; one whose recoveries take another
 * time than 72 h says both, in version 3; one whose take-overs take other times than 72 h and 14 days says all, in version 4;
 * one whose emergencies are open for another time than 2 h, or reviewed within another than 72 h, in version 5. What a document
 * can say in an earlier version it says there.
 */
const COUNTS_CLINICS = 1;
const SAYS_WHAT_COUNTS = 2;
const SAYS_RECOVERY_DELAY = 3;
const SAYS_TAKE_OVER = 4;
const SAYS_EMERGENCY = 5;

/** Canonical bytes (PROTOCOL 3.1). */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const { params, governance } = genesis;
  const version = versionOf(genesis);
  const out = new Writer(2048)
    .u16(version)
    .text16(genesis.network, MAX_MEMBER_NAME_BYTES)
    .u64(genesis.created)
    .u32(params.blockInterval)
    .u256(params.startTarget)
    .u256(params.easiestTarget)
    .u256(params.hardestTarget)
    .u64(params.statementMaxAge)
    .u64(params.keyGrace)
    .u64(params.threatMaxLife);
  if (version >= SAYS_WHAT_COUNTS) out.u8(GOVERNANCE_MODES.indexOf(governance) + 1);
  if (version >= SAYS_RECOVERY_DELAY) out.u64(params.recoveryDelay);
  if (version >= SAYS_TAKE_OVER) out.u64(params.takeOverDelay).u64(params.takeOverLongest);
  if (version >= SAYS_EMERGENCY) out.u64(params.emergencyOpen).u64(params.emergencyReview);
  out
    .text16(genesis.country, 2)
    .text16(genesis.idType, 32)
    .fixed(genesis.threatKeyHash, 32)
    .fixed(genesis.identifierKey, 32)
    .u16(genesis.organisations.length);
  for (const { number, name } of genesis.organisations) out.u16(number).text16(name, MAX_MEMBER_NAME_BYTES);
  out.u16(genesis.clinics.length);
  for (const clinic of genesis.clinics) writeClinicRecord(out.u16(clinic.number).u16(clinic.organisation), clinic);
  return out.finish();
}

/** Throws CodecError. Whether the values make sense is checked where the document is read for the first time. */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  const input = new Reader(bytes);
  const version = input.u16();
  if (version < COUNTS_CLINICS || version > SAYS_EMERGENCY) {
    throw new CodecError({ code: 'codec.value', field: 'genesis.version' });
  }
  const network = input.text16(MAX_MEMBER_NAME_BYTES);
  const created = input.u64();
  const said = {
    blockInterval: input.u32(),
    startTarget: input.u256(),
    easiestTarget: input.u256(),
    hardestTarget: input.u256(),
    statementMaxAge: input.u64(),
    keyGrace: input.u64(),
    threatMaxLife: input.u64(),
  };
  const governance = version === COUNTS_CLINICS ? 'clinic' : GOVERNANCE_MODES[input.u8() - 1];
  if (governance === undefined) throw new CodecError({ code: 'codec.value', field: 'genesis.governance' });
  const recoveryDelay = version >= SAYS_RECOVERY_DELAY ? input.u64() : RECOVERY_DELAY;
  const [takeOverDelay, takeOverLongest] =
    version >= SAYS_TAKE_OVER ? [input.u64(), input.u64()] : [TAKE_OVER_DELAY, TAKE_OVER_LONGEST];
  const [emergencyOpen, emergencyReview] =
    version === SAYS_EMERGENCY ? [input.u64(), input.u64()] : [EMERGENCY_OPEN, EMERGENCY_REVIEW];
  const emergency = { emergencyOpen, emergencyReview };
  const params = { ...said, recoveryDelay, takeOverDelay, takeOverLongest, ...emergency };
  if (version !== versionOf({ params, governance })) {
    throw new CodecError({ code: 'codec.value', field: 'genesis.version' });
  }
  const country = input.text16(2);
  const idType = input.text16(32);
  const threatKeyHash = input.fixed(32);
  const identifierKey = input.fixed(32);
  const organisations: FounderOrganisation[] = [];
  for (let left = input.u16(); left > 0; left--) {
    organisations.push({ number: input.u16(), name: input.text16(MAX_MEMBER_NAME_BYTES) });
  }
  const clinics: FounderClinic[] = [];
  for (let left = input.u16(); left > 0; left--) {
    clinics.push({ number: input.u16(), organisation: input.u16(), ...readClinicRecord(input) });
  }
  input.end();
  const about = { network, created, params, governance, country, idType };
  return { ...about, threatKeyHash, identifierKey, organisations, clinics };
}

/** The genesis hash, 32 bytes. */
export function genesisId(genesis: Genesis): Uint8Array {
  return taggedHash('wardmesh/genesis/1', encodeGenesis(genesis));
}

function versionOf({ params, governance }: Pick<Genesis, 'params' | 'governance'>): number {
  const { takeOverDelay, takeOverLongest, emergencyOpen, emergencyReview } = params;
  if (emergencyOpen !== EMERGENCY_OPEN || emergencyReview !== EMERGENCY_REVIEW) return SAYS_EMERGENCY;
  if (takeOverDelay !== TAKE_OVER_DELAY || takeOverLongest !== TAKE_OVER_LONGEST) return SAYS_TAKE_OVER;
  if (params.recoveryDelay !== RECOVERY_DELAY) return SAYS_RECOVERY_DELAY;
  return governance === 'clinic' ? COUNTS_CLINICS : SAYS_WHAT_COUNTS;
}
