// Decoded payloads of statements as JSON for the doors: bytes as hex, large integers as text.
// Owns the table of readers; layouts are the families' types.ts.
import { toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import {
  readRecoverFinish,
  readRecoverStart,
  readSetRecovery,
} from '../../consensus/ledger/accounts/recovery/types.ts';
import { readAddKey, readCreate, readRevokeKey, readSetRole } from '../../consensus/ledger/accounts/types.ts';
import { readAnchors } from '../../consensus/ledger/audit/types.ts';
import {
  readAnswer as readCeremonyAnswer,
  readBegin as readCeremonyBegin,
  readCommit as readCeremonyCommit,
  readResult as readCeremonyResult,
  readComplain,
} from '../../consensus/ledger/ceremony/types.ts';
import { readCommit } from '../../consensus/ledger/consent/types.ts';
import { readTransfer } from '../../consensus/ledger/credits/types.ts';
import { readEraseApprove, readEraseRequest, readHold, readShredAck } from '../../consensus/ledger/keys/types.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import { decodeChange } from '../../consensus/ledger/members/change.ts';
import { readApprove, readEvidence, readLeave, readPropose } from '../../consensus/ledger/members/types.ts';
import { readActivation } from '../../consensus/ledger/params/apply.ts';
import { readPatientAccount } from '../../consensus/ledger/patients/account.ts';
import { readLink, readUnlink } from '../../consensus/ledger/patients/links/types.ts';
import { readRepresentative } from '../../consensus/ledger/patients/representative.ts';
import { readOutvote, readStart, readTakeOver } from '../../consensus/ledger/patients/take-over/types.ts';
import { readHandle, readRegister } from '../../consensus/ledger/patients/types.ts';
import { readAmend, readRecords } from '../../consensus/ledger/records/types.ts';
import { readDispute } from '../../consensus/ledger/threats/dispute.ts';
import { readKey, readRetag } from '../../consensus/ledger/threats/key-epoch/types.ts';
import { readReinstate } from '../../consensus/ledger/threats/reinstate.ts';
import {
  readConfirmSignature,
  readProposeSignature,
  readRetireSignature,
} from '../../consensus/ledger/threats/signatures/types.ts';
import { readExtend, readReport, readRevoke } from '../../consensus/ledger/threats/types.ts';
import type { Statement } from '../../consensus/ledger/types.ts';

type PayloadReader = (reader: Reader) => unknown;

const READERS = new Map<number, PayloadReader>([
  [kinds.MEMBERS_PROPOSE, (reader) => proposed(reader, decodeChange)],
  [kinds.MEMBERS_APPROVE, readApprove],
  [kinds.MEMBERS_LEAVE, readLeave],
  [kinds.MEMBERS_EVIDENCE, readEvidence],
  [kinds.PARAMS_PROPOSE, (reader) => proposed(reader, decodeActivation)],
  [kinds.PARAMS_APPROVE, readApprove],
  [kinds.ACCOUNTS_CREATE, readCreate],
  [kinds.ACCOUNTS_ADD_KEY, readAddKey],
  [kinds.ACCOUNTS_REVOKE_KEY, readRevokeKey],
  [kinds.ACCOUNTS_SET_ROLE, readSetRole],
  [kinds.ACCOUNTS_SUSPEND, () => ({})],
  [kinds.ACCOUNTS_SET_RECOVERY, (reader) => ({ key: readSetRecovery(reader) ?? null })],
  [kinds.ACCOUNTS_RECOVER_START, readRecoverStart],
  [kinds.ACCOUNTS_RECOVER_VETO, () => ({})],
  [kinds.ACCOUNTS_RECOVER_FINISH, (reader) => ({ account: readRecoverFinish(reader) })],
  [kinds.PATIENTS_REGISTER, (reader) => ({ handles: readRegister(reader) })],
  [kinds.PATIENTS_ATTACH, (reader) => ({ handle: readHandle(reader) })],
  [kinds.PATIENTS_DETACH, (reader) => ({ handle: readHandle(reader) })],
  [kinds.PATIENTS_LINK, (reader) => ({ handles: readLink(reader) })],
  [kinds.PATIENTS_UNLINK, readUnlink],
  [kinds.PATIENTS_RETRACT, (reader) => ({ handle: readHandle(reader) })],
  [kinds.PATIENTS_ACCOUNT, readPatientAccount],
  [kinds.PATIENTS_REPRESENTATIVE, readRepresentative],
  [kinds.PATIENTS_TAKE_OVER_START, readStart],
  [kinds.PATIENTS_TAKE_OVER_WITNESS, (reader) => ({ takeOver: readTakeOver(reader) })],
  [kinds.PATIENTS_TAKE_OVER_ACKNOWLEDGE, (reader) => ({ takeOver: readTakeOver(reader) })],
  [kinds.PATIENTS_TAKE_OVER_OBJECT, (reader) => ({ takeOver: readTakeOver(reader) })],
  [kinds.PATIENTS_TAKE_OVER_FINISH, () => ({})],
  [kinds.PATIENTS_TAKE_OVER_WITHDRAW, (reader) => ({ takeOver: readTakeOver(reader) })],
  [kinds.PATIENTS_TAKE_OVER_OUTVOTE, readOutvote],
  [kinds.RECORDS_ADD, (reader) => ({ records: readRecords(reader) })],
  [kinds.RECORDS_AMEND, readAmend],
  [kinds.CONSENT_COMMIT, readCommit],
  [kinds.CONSENT_REVOKE, () => ({})],
  [kinds.KEYS_ERASE_REQUEST, readEraseRequest],
  [kinds.KEYS_ERASE_APPROVE, (reader) => ({ erasure: readEraseApprove(reader) })],
  [kinds.KEYS_HOLD, readHold],
  [kinds.KEYS_SHRED_ACK, readShredAck],
  [kinds.KEYS_RELEASE, () => ({})],
  [kinds.AUDIT_ANCHOR, (reader) => ({ anchors: readAnchors(reader) })],
  [kinds.THREATS_REPORT, readReport],
  [kinds.THREATS_EXTEND, (reader) => ({ expires: readExtend(reader) })],
  [kinds.THREATS_REVOKE, (reader) => ({ reason: readRevoke(reader) })],
  [kinds.THREATS_DISPUTE, (reader) => ({ reason: readDispute(reader) })],
  [kinds.THREATS_REINSTATE, (reader) => ({ organisation: readReinstate(reader) })],
  [kinds.THREATS_KEY, readKey],
  [kinds.THREATS_RETAG, readRetag],
  [kinds.THREATS_SIGNATURE_PROPOSE, (reader) => ({ definition: readProposeSignature(reader) })],
  [kinds.THREATS_SIGNATURE_CONFIRM, readConfirmSignature],
  [kinds.THREATS_SIGNATURE_RETIRE, (reader) => ({ reason: readRetireSignature(reader) })],
  [kinds.CREDITS_TRANSFER, readTransfer],
  [kinds.CEREMONY_BEGIN, readCeremonyBegin],
  [kinds.CEREMONY_COMMIT, readCeremonyCommit],
  [kinds.CEREMONY_COMPLAIN, readComplain],
  [kinds.CEREMONY_ANSWER, readCeremonyAnswer],
  [kinds.CEREMONY_RESULT, readCeremonyResult],
]);

function decodeActivation(content: Uint8Array): unknown {
  const reader = new Reader(content);
  const activation = readActivation(reader);
  reader.end();
  return activation;
}

function proposed(reader: Reader, decode: (content: Uint8Array) => unknown): unknown {
  const { content, ...payload } = readPropose(reader);
  return { ...payload, change: decode(content) };
}

/** Null when this version does not know the kind, or the payload is malformed (then the ledger refused it). */
export function payloadView(statement: Pick<Statement, 'kind' | 'payload'>): unknown {
  const read = READERS.get(statement.kind);
  if (read === undefined) return null;
  try {
    const reader = new Reader(statement.payload);
    const payload = read(reader);
    reader.end();
    return plain(payload);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}
