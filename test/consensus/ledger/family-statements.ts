// Statements of the families records, consent, keys, audit and of links, for tests of the ledger.
import { type AnchorEntry, encodeAnchors } from '../../../consensus/ledger/audit/types.ts';
import { encodeCommit } from '../../../consensus/ledger/consent/types.ts';
import {
  encodeEraseApprove,
  encodeEraseRequest,
  encodeHold,
  encodeShredAck,
  eraseApprovalObject,
  inOrder,
  shredAckObject,
} from '../../../consensus/ledger/keys/types.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { objectId } from '../../../consensus/ledger/objects.ts';
import { encodeLink, encodeUnlink, linkObject, pairOf } from '../../../consensus/ledger/patients/links/types.ts';
import {
  type AmendmentType,
  addendumObject,
  encodeAmend,
  encodeRecords,
} from '../../../consensus/ledger/records/types.ts';
import type { Author, Statement } from '../../../consensus/ledger/types.ts';
import { byClinic, named, type Person, START, salt, statement } from './fixture.ts';

type Fields = Partial<Statement>;

export const recordOf = (author: Author, name: string): Uint8Array => objectId(kinds.RECORDS_ADD, author, salt(name));

export function addRecord(author: Author, name: string, fields: Fields = {}): Statement {
  const payload = encodeRecords([{ salt: salt(name), subject: named('subject'), commitment: named(name) }]);
  return statement({ kind: kinds.RECORDS_ADD, author, payload, ...fields });
}

export function amend(
  author: Author,
  record: Uint8Array,
  type: AmendmentType,
  version: number,
  name = 'amended',
  fields: Fields = {},
): Statement {
  const about = { record, reason: named(`reason ${name}`), commitment: named(name), salt: salt(name) };
  const object = type === 'addendum' ? addendumObject(record, author, salt(name)) : record;
  const payload = encodeAmend({ ...about, type });
  return statement({ kind: kinds.RECORDS_AMEND, author, object, version, payload, ...fields });
}

export const consentOf = (author: Author, name: string): Uint8Array =>
  objectId(kinds.CONSENT_COMMIT, author, salt(name));

export function commit(author: Author, name: string, ends: number, fields: Fields = {}): Statement {
  const payload = encodeCommit({ salt: salt(name), commitment: named(name), ends });
  const object = consentOf(author, name);
  const attachment = named(`terms ${name}`);
  return statement({ kind: kinds.CONSENT_COMMIT, author, object, version: 1, payload, attachment, ...fields });
}

export function revokeConsent(author: Author, name: string, fields: Fields = {}): Statement {
  return statement({ kind: kinds.CONSENT_REVOKE, author, object: consentOf(author, name), version: 1, ...fields });
}

export const subjects = (...names: string[]): Uint8Array[] => inOrder(names.map((name) => named(`subject ${name}`)));

export const erasureOf = (clinic: number, name: string): Uint8Array =>
  objectId(kinds.KEYS_ERASE_REQUEST, byClinic(clinic), salt(name));

export function eraseRequest(clinic: number, name: string, about: Uint8Array[], fields: Fields = {}): Statement {
  const payload = encodeEraseRequest({ salt: salt(name), subjects: about });
  const object = erasureOf(clinic, name);
  return statement({
    kind: kinds.KEYS_ERASE_REQUEST,
    author: byClinic(clinic),
    object,
    version: 1,
    payload,
    ...fields,
  });
}

export function eraseApprove(erasure: Uint8Array, by: Person, account: Uint8Array, fields: Fields = {}): Statement {
  const object = eraseApprovalObject(erasure, account);
  const payload = encodeEraseApprove(erasure);
  return statement({ kind: kinds.KEYS_ERASE_APPROVE, author: by.author, object, version: 1, payload, ...fields });
}

export const holdOf = (clinic: number, name: string): Uint8Array =>
  objectId(kinds.KEYS_HOLD, byClinic(clinic), salt(name));

export function hold(clinic: number, name: string, about: Uint8Array[], fields: Fields = {}): Statement {
  const payload = encodeHold({ salt: salt(name), reason: named('court'), subjects: about });
  const object = holdOf(clinic, name);
  return statement({ kind: kinds.KEYS_HOLD, author: byClinic(clinic), object, version: 1, payload, ...fields });
}

export function release(by: number, of: Uint8Array, fields: Fields = {}): Statement {
  return statement({ kind: kinds.KEYS_RELEASE, author: byClinic(by), object: of, version: 1, ...fields });
}

export function shredAck(clinic: number, erasure: Uint8Array, removed = 3, fields: Fields = {}): Statement {
  const object = shredAckObject(erasure, clinic);
  const payload = encodeShredAck({ erasure, removed });
  return statement({
    kind: kinds.KEYS_SHRED_ACK,
    author: byClinic(clinic),
    object,
    version: 1,
    payload,
    ...fields,
  });
}

export function anchor(clinic: number, entries: readonly AnchorEntry[], fields: Fields = {}): Statement {
  return statement({
    kind: kinds.AUDIT_ANCHOR,
    author: byClinic(clinic),
    payload: encodeAnchors(entries),
    ...fields,
  });
}

export function link(clinic: number, one: Uint8Array, other: Uint8Array, version: number, issued = START): Statement {
  const handles = pairOf(one, other);
  const object = linkObject(handles, clinic);
  const payload = encodeLink(handles);
  return statement({ kind: kinds.PATIENTS_LINK, author: byClinic(clinic), object, version, payload, issued });
}

export function unlink(
  by: number,
  clinic: number,
  one: Uint8Array,
  other: Uint8Array,
  version: number,
  issued = START,
): Statement {
  const handles = pairOf(one, other);
  const object = linkObject(handles, clinic);
  const payload = encodeUnlink({ handles, clinic });
  return statement({ kind: kinds.PATIENTS_UNLINK, author: byClinic(by), object, version, payload, issued });
}
