// Raw state keys (PROTOCOL 6.1): a table byte, then the id. Numbers of retired tables are never used again.
// Rows are laid out by the families' rows.ts.
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { clinicBytes, clinicRoleBytes } from './objects.ts';
import type { ClinicNumber, OrganisationNumber } from './types.ts';

export const TABLES = {
  /** Sending key: next sequence. */
  sender: 0x01,
  organisation: 0x10,
  clinic: 0x11,
  account: 0x30,
  /** Public key of a person: account and life of the key. */
  accountKey: 0x31,
  /** account | clinic | role. */
  accountRole: 0x32,
  /** Handle: who registered first. */
  patient: 0x40,
  /** handle | clinic: which clinics hold the patient. */
  patientClinic: 0x41,
  record: 0x50,
  threat: 0xa0,
  wallet: 0xc0,
  transfer: 0xc1,
} as const;

export function senderKey(publicKey: Uint8Array): Uint8Array {
  return rawKey(TABLES.sender, publicKey);
}

export function organisationKey(organisation: OrganisationNumber): Uint8Array {
  return rawKey(TABLES.organisation, clinicBytes(organisation));
}

export function clinicKey(clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.clinic, clinicBytes(clinic));
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

export function patientKey(handle: Uint8Array): Uint8Array {
  return rawKey(TABLES.patient, handle);
}

export function patientClinicKey(handle: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.patientClinic, handle, clinicBytes(clinic));
}

export function recordKey(record: Uint8Array): Uint8Array {
  return rawKey(TABLES.record, record);
}

export function threatKey(report: Uint8Array): Uint8Array {
  return rawKey(TABLES.threat, report);
}

export function walletKey(clinic: ClinicNumber): Uint8Array {
  return rawKey(TABLES.wallet, clinicBytes(clinic));
}

export function transferKey(transfer: Uint8Array): Uint8Array {
  return rawKey(TABLES.transfer, transfer);
}

function rawKey(table: number, id: Uint8Array, rest: Uint8Array = EMPTY_BYTES): Uint8Array {
  const key = new Uint8Array(1 + id.length + rest.length);
  key[0] = table;
  key.set(id, 1);
  key.set(rest, 1 + id.length);
  return key;
}
