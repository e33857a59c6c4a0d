// Raw state keys (PROTOCOL 6.1): a table byte, then the id. Numbers of retired tables are never used again.
// Rows are laid out by the families' rows.ts.
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import { clinicBytes, clinicRoleBytes, clinicSlotBytes } from './objects.ts';
import type { ClinicNumber, OrganisationNumber } from './types.ts';

export const TABLES = {
  /** Sending key: next sequence. */
  sender: 0x01,
  /** One row: the member set in force. */
  set: 0x02,
  /** One row: the highest justified and finalised checkpoints, and which changes are about to bite. */
  finality: 0x03,
  /** epoch u64: a checkpoint of this chain. */
  checkpoint: 0x04,
  organisation: 0x10,
  clinic: 0x11,
  /** n u32: the n-th approved change of the members. */
  change: 0x12,
  /** Of members or parameters. */
  proposal: 0x13,
  /** proposal | clinic. */
  approval: 0x14,
  /** One row: how many changes were approved. */
  counters: 0x15,
  /** Public key of a clinic, present or past: whose. */
  memberKey: 0x16,
  /** One row: the features that were activated and from which height. */
  feature: 0x20,
  account: 0x30,
  /** Public key of a person: account and life of the key. */
  accountKey: 0x31,
  /** account | clinic | role. */
  accountRole: 0x32,
  /** account: its latest recovery. */
  accountRecovery: 0x33,
  /** Handle: who registered first. */
  patient: 0x40,
  /** handle | clinic: which clinics hold the patient. */
  patientClinic: 0x41,
  /** Object of a link: two handles that a clinic takes for one patient. */
  patientLink: 0x42,
  /** Handle: the first registration was a mistake. */
  retraction: 0x43,
  takeOver: 0x44,
  /** Child object: a witness, an acknowledgement or an objection. */
  takeOverPart: 0x45,
  /** Handle: who took over. */
  authority: 0x46,
  /** handle | clinic: whose account that clinic says it is. */
  patientAccount: 0x47,
  /** handle | clinic | slot u8: that somebody acts for the patient there, and until when. */
  patientRepresentative: 0x48,
  record: 0x50,
  addendum: 0x51,
  consent: 0x60,
  erasure: 0x70,
  /** clinic | subject: whether it is held or erased. */
  subject: 0x71,
  hold: 0x72,
  /** erasure | clinic: who shredded. */
  shred: 0x73,
  /** Clinic: up to where its access events are anchored. */
  anchors: 0x80,
  /** clinic | number u64 of the first event: an anchor. */
  anchor: 0x81,
  threat: 0xa0,
  /** epoch u32: the threat key of an epoch, by its hash. */
  threatEpoch: 0xa8,
  /** One row: the epoch that began last. */
  newestThreatEpoch: 0xa9,
  threatSignature: 0xac,
  /** organisation u16, 0 for the network: how many signatures are not retired, and how many have a row. */
  signatureCount: 0xad,
  /** number u32: a retired signature, in the order in which their rows go. */
  retiredSignature: 0xae,
  /** One row: the first that is there and the next. */
  retiredSignatures: 0xaf,
  /** Organisation: how its reports fared, and its quotas. */
  threatOrganisation: 0xa1,
  /** key epoch u32 | tag: who reports it, who disputes it, who is barred. */
  threatTag: 0xa2,
  /** One row: reports in force, and up to when the expired are gone. */
  threats: 0xa3,
  /** step u64: the first of the reports that end in those ten minutes. */
  threatExpiry: 0xa4,
  wallet: 0xc0,
  transfer: 0xc1,
  /** purpose u8: its ceremony, running or the last. */
  ceremony: 0xd0,
  /** purpose u8 | generation u32: who holds shares of what. */
  keyGeneration: 0xd1,
  /** ceremony | clinic: what it deals in the run under way. */
  ceremonyCommit: 0xd2,
  /** ceremony | holder | dealer: a complaint in the run under way. */
  complaint: 0xd3,
} as const;

export function senderKey(publicKey: Uint8Array): Uint8Array {
  return rawKey(TABLES.sender, publicKey);
}

export const SET_KEY = rawKey(TABLES.set, EMPTY_BYTES);
export const FINALITY_KEY = rawKey(TABLES.finality, EMPTY_BYTES);
export const COUNTERS_KEY = rawKey(TABLES.counters, EMPTY_BYTES);
export const FEATURES_KEY = rawKey(TABLES.feature, EMPTY_BYTES);
export const NEWEST_THREAT_EPOCH_KEY = rawKey(TABLES.newestThreatEpoch, EMPTY_BYTES);
export const RETIRED_SIGNATURES_KEY = rawKey(TABLES.retiredSignatures, EMPTY_BYTES);
export const THREATS_KEY = rawKey(TABLES.threats, EMPTY_BYTES);

export function checkpointKey(epoch: number): Uint8Array {
  return rawKey(TABLES.checkpoint, new Writer(8).u64(epoch).finish());
}

export function organisationKey(organisation: OrganisationNumber): Uint8Array {
  return rawKey(TABLES.organisation, clinicBytes(organisation));
}

export function clinicKey(clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.clinic, clinicBytes(clinic));
}

/** Changes are numbered from 1. */
export function changeKey(number: number): Uint8Array {
  return rawKey(TABLES.change, new Writer(4).u32(number).finish());
}

export function proposalKey(proposal: Uint8Array): Uint8Array {
  return rawKey(TABLES.proposal, proposal);
}

export function approvalKey(proposal: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.approval, proposal, clinicBytes(clinic));
}

export function memberKeyKey(publicKey: Uint8Array): Uint8Array {
  return rawKey(TABLES.memberKey, publicKey);
}

export function accountKey(account: Uint8Array): Uint8Array {
  return rawKey(TABLES.account, account);
}

export function personKey(publicKey: Uint8Array): Uint8Array {
  return rawKey(TABLES.accountKey, publicKey);
}

export function roleKey(account: Uint8Array, clinic: ClinicNumber, role: number): Uint8Array {
  return rawKey(TABLES.accountRole, account, clinicRoleBytes(clinic, role));
}

export function recoveryKey(account: Uint8Array): Uint8Array {
  return rawKey(TABLES.accountRecovery, account);
}

export function patientKey(handle: Uint8Array): Uint8Array {
  return rawKey(TABLES.patient, handle);
}

export function patientClinicKey(handle: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.patientClinic, handle, clinicBytes(clinic));
}

export function recordKey(record: Uint8Array): Uint8Array {
  return rawKey(TABLES.record, record);
}

export function patientLinkKey(link: Uint8Array): Uint8Array {
  return rawKey(TABLES.patientLink, link);
}

export function patientAccountKey(handle: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.patientAccount, handle, clinicBytes(clinic));
}

export function patientRepresentativeKey(handle: Uint8Array, clinic: ClinicNumber, slot: number): Uint8Array {
  return rawKey(TABLES.patientRepresentative, handle, clinicSlotBytes(clinic, slot));
}

export function retractionKey(handle: Uint8Array): Uint8Array {
  return rawKey(TABLES.retraction, handle);
}

export function takeOverKey(takeOver: Uint8Array): Uint8Array {
  return rawKey(TABLES.takeOver, takeOver);
}

export function takeOverPartKey(part: Uint8Array): Uint8Array {
  return rawKey(TABLES.takeOverPart, part);
}

export function authorityKey(handle: Uint8Array): Uint8Array {
  return rawKey(TABLES.authority, handle);
}

export function addendumKey(addendum: Uint8Array): Uint8Array {
  return rawKey(TABLES.addendum, addendum);
}

export function consentKey(consent: Uint8Array): Uint8Array {
  return rawKey(TABLES.consent, consent);
}

export function erasureKey(erasure: Uint8Array): Uint8Array {
  return rawKey(TABLES.erasure, erasure);
}

export function subjectKey(clinic: ClinicNumber, subject: Uint8Array): Uint8Array {
  return rawKey(TABLES.subject, clinicBytes(clinic), subject);
}

export function holdKey(hold: Uint8Array): Uint8Array {
  return rawKey(TABLES.hold, hold);
}

export function shredKey(erasure: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.shred, erasure, clinicBytes(clinic));
}

export function anchorsKey(clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.anchors, clinicBytes(clinic));
}

export function anchorKey(clinic: ClinicNumber, first: number): Uint8Array {
  return rawKey(TABLES.anchor, clinicBytes(clinic), new Writer(8).u64(first).finish());
}

export function threatKey(report: Uint8Array): Uint8Array {
  return rawKey(TABLES.threat, report);
}

export function threatEpochKey(epoch: number): Uint8Array {
  return rawKey(TABLES.threatEpoch, new Writer(4).u32(epoch).finish());
}

export function threatSignatureKey(signature: Uint8Array): Uint8Array {
  return rawKey(TABLES.threatSignature, signature);
}

export function signatureCountKey(organisation: OrganisationNumber): Uint8Array {
  return rawKey(TABLES.signatureCount, clinicBytes(organisation));
}

export function retiredSignatureKey(number: number): Uint8Array {
  return rawKey(TABLES.retiredSignature, new Writer(4).u32(number).finish());
}

export function threatOrganisationKey(organisation: OrganisationNumber): Uint8Array {
  return rawKey(TABLES.threatOrganisation, clinicBytes(organisation));
}

export function threatTagKey(keyEpoch: number, tag: Uint8Array): Uint8Array {
  return rawKey(TABLES.threatTag, new Writer(4).u32(keyEpoch).finish(), tag);
}

/** Steps of ten minutes since 1970. */
export function threatExpiryKey(step: number): Uint8Array {
  return rawKey(TABLES.threatExpiry, new Writer(8).u64(step).finish());
}

export function walletKey(clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.wallet, clinicBytes(clinic));
}

export function transferKey(transfer: Uint8Array): Uint8Array {
  return rawKey(TABLES.transfer, transfer);
}

export function ceremonyKey(purpose: number): Uint8Array {
  return rawKey(TABLES.ceremony, Uint8Array.of(purpose));
}

export function keyGenerationKey(purpose: number, generation: number): Uint8Array {
  return rawKey(TABLES.keyGeneration, new Writer(5).u8(purpose).u32(generation).finish());
}

export function ceremonyCommitKey(ceremony: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.ceremonyCommit, ceremony, clinicBytes(clinic));
}

export function complaintKey(ceremony: Uint8Array, holder: ClinicNumber, dealer: ClinicNumber): Uint8Array {
  return rawKey(TABLES.complaint, ceremony, new Writer(4).u16(holder).u16(dealer).finish());
}

function rawKey(table: number, id: Uint8Array, rest: Uint8Array = EMPTY_BYTES): Uint8Array {
  const key = new Uint8Array(1 + id.length + rest.length);
  key[0] = table;
  key.set(id, 1);
  key.set(rest, 1 + id.length);
  return key;
}
