// One table from codes to HTTP status, for everything that a method can refuse. A row is a code or, with `.*`, an area;
// the longest that fits counts. A test holds that every declared code has a row.
import { doorStatus } from '../errors.ts';

const BAD = 400;
const FORBIDDEN = 403;
const MISSING = 404;
const CONFLICT = 409;
const TOO_LARGE = 413;
const UNSUPPORTED = 415;
const NOT_SATISFIABLE = 416;
const UNPROCESSABLE = 422;
const TOO_MANY = 429;
const FAILED = 500;
const UNAVAILABLE = 503;
const FULL = 507;

export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'rpc.invalid-params': BAD,
  'rpc.bad-cursor': BAD,
  'rpc.internal': FAILED,

  'store.disk-full': FULL,
  'store.*': UNAVAILABLE,

  'chain.unknown-block': MISSING,
  'chain.unknown-transaction': MISSING,
  'chain.unknown-statement': MISSING,
  'chain.no-body': MISSING,
  'chain.not-kept': MISSING,
  'chain.not-final': CONFLICT,
  'chain.too-far': UNPROCESSABLE,

  'checkpoint.unknown-block': MISSING,
  'checkpoint.old': CONFLICT,
  'checkpoint.*': UNPROCESSABLE,
  'genesis.*': UNPROCESSABLE,

  'clinic.not-a-member': CONFLICT,
  'member.unknown': MISSING,
  'member.unknown-proposal': MISSING,
  'member.*': UNPROCESSABLE,
  'observers.full': CONFLICT,
  'observers.member': CONFLICT,

  'ceremony.*': CONFLICT,

  'outbox.full': UNAVAILABLE,
  'outbox.stopped': UNAVAILABLE,

  'peer.unknown': MISSING,
  'peer.not-banned': MISSING,
  'peer.own': UNPROCESSABLE,
  'peer.full': CONFLICT,

  'identifier.busy': UNAVAILABLE,
  'identifier.no-key': UNAVAILABLE,
  'identifier.unreachable': UNAVAILABLE,
  'identifier.quota': TOO_MANY,
  'identifier.*': UNPROCESSABLE,
  'patient.unknown-suggestion': MISSING,
  'patient.same': UNPROCESSABLE,
  'audit.unknown-event': MISSING,
  'audit.*': CONFLICT,
  'takeover.unknown': MISSING,
  'takeover.*': CONFLICT,
  'emergency.role': FORBIDDEN,
  'emergency.own': FORBIDDEN,
  'emergency.factor': FORBIDDEN,
  'emergency.overdue': CONFLICT,
  'emergency.ended': CONFLICT,
  'emergency.nothing': MISSING,
  'emergency.unknown': MISSING,
  'emergency.text': UNPROCESSABLE,
  'emergency.*': UNAVAILABLE,
  'erasure.nothing': MISSING,
  'erasure.unknown': MISSING,
  'erasure.unanswered': UNAVAILABLE,
  'erasure.*': CONFLICT,
  'records.too-large': TOO_LARGE,
  'records.*': UNPROCESSABLE,
  'record.unknown': MISSING,
  'record.no-relation': CONFLICT,
  'record.version': CONFLICT,
  'record.entered-in-error': CONFLICT,
  'record.other-clinic': CONFLICT,
  'record.refused': FORBIDDEN,
  'record.unreachable': UNAVAILABLE,
  'record.*': UNPROCESSABLE,
  'blob.withheld': FORBIDDEN,
  'blob.absent': MISSING,
  'blob.cid': BAD,
  'blob.*': UNAVAILABLE,
  'envelope.*': UNPROCESSABLE,
  'upload.unknown': MISSING,
  'upload.too-large': TOO_LARGE,
  'upload.type': UNSUPPORTED,
  'upload.full': TOO_MANY,
  'upload.*': BAD,
  'download.range': NOT_SATISFIABLE,
  'download.full': TOO_MANY,
  'download.*': MISSING,
  'p2p.*': UNAVAILABLE,
  'me.not-attached': CONFLICT,
  'me.unknown-user': MISSING,
  'me.not-hers': FORBIDDEN,
  'me.beyond-end': UNPROCESSABLE,
  'representative.not-yours': FORBIDDEN,
  'representative.may-not': FORBIDDEN,
  'representative.guardian': FORBIDDEN,
  'representative.unknown': MISSING,
  'representative.end': UNPROCESSABLE,
  'representative.full': FULL,
  'representative.*': CONFLICT,
  'me.unknown-event': MISSING,
  'me.word': FORBIDDEN,
  'me.taken-over': FORBIDDEN,
  'me.full': FULL,
  'me.vault': UNPROCESSABLE,
  'me.*': CONFLICT,
  'consent.unknown': MISSING,
  'consent.ended': CONFLICT,
  'consent.taken-over': FORBIDDEN,
  'consent.full': FULL,
  'consent.*': UNPROCESSABLE,
  'address.*': UNPROCESSABLE,
  'threat.full': FULL,
  'threat.gateways': FULL,
  'threat.log-full': UNAVAILABLE,
  'threat.unknown-pin': MISSING,
  'threat.breaker-closed': MISSING,
  'threat.nothing': MISSING,
  'threat.lasting-full': FULL,
  'blocklist.pins-full': FULL,
  'threat.*': UNPROCESSABLE,
  'signature.unknown': MISSING,
  'signature.too-soon': TOO_MANY,
  'signature.*': UNPROCESSABLE,
  'wallet.unknown-clinic': MISSING,
  'wallet.*': UNPROCESSABLE,

  'session.refused': FORBIDDEN,
  'session.waiting': FORBIDDEN,
  'session.suspended': FORBIDDEN,
  'session.ticket': FORBIDDEN,
  'session.factor-elsewhere': FORBIDDEN,
  'session.no-factor': CONFLICT,
  'session.passkeys': CONFLICT,
  'session.busy': UNAVAILABLE,

  'passkey.*': FORBIDDEN,
  'keystore.*': UNAVAILABLE,

  'account.bad-link': MISSING,
  'account.unknown': MISSING,
  'account.*': CONFLICT,
  'recovery.unknown': MISSING,
  'recovery.guardians': UNPROCESSABLE,
  'recovery.commitment': UNPROCESSABLE,
  'recovery.proof': FORBIDDEN,
  'recovery.*': CONFLICT,
  'people.full': FULL,
  'people.unknown': MISSING,
  'people.until': UNPROCESSABLE,
  'people.*': CONFLICT,
  'apikey.unknown': MISSING,
  'apikey.*': CONFLICT,
  'mail.address': UNPROCESSABLE,
  'mail.*': UNAVAILABLE,
};

/** The status for a code; 500 for one that no table has. */
export function statusOf(code: string): number {
  return doorStatus(code) ?? STATUS_OF_CODE[rowOf(code) ?? ''] ?? FAILED;
}

/** The row that a code falls under; `area.*` falls under the area's own row. */
export function rowOf(code: string): string | undefined {
  if (Object.hasOwn(STATUS_OF_CODE, code)) return code;
  const area = `${code.split('.')[0]}.*`;
  return Object.hasOwn(STATUS_OF_CODE, area) ? area : undefined;
}
