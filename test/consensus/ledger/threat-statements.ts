// Threat statements for tests.
import type { DisputeReason } from '../../../common/threat-names.ts';
import {
  THREATS_DISPUTE,
  THREATS_EXTEND,
  THREATS_KEY,
  THREATS_REINSTATE,
  THREATS_REPORT,
  THREATS_RETAG,
  THREATS_REVOKE,
} from '../../../consensus/ledger/kinds.ts';
import { objectId } from '../../../consensus/ledger/objects.ts';
import { encodeDispute } from '../../../consensus/ledger/threats/dispute.ts';
import { encodeKey, encodeRetag, keyObject } from '../../../consensus/ledger/threats/key-epoch/types.ts';
import { encodeReinstate, reinstateObject } from '../../../consensus/ledger/threats/reinstate.ts';
import {
  encodeExtend,
  encodeReport,
  encodeRevoke,
  type ReportPayload,
  type ThreatRevokeReason,
} from '../../../consensus/ledger/threats/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { byClinic, named, START, salt, statement } from './fixture.ts';

export const DAY = 86_400_000;

export function reportOf(clinic: number, name: string): Uint8Array {
  return objectId(THREATS_REPORT, byClinic(clinic), salt(name));
}

export function report(
  clinic: number,
  name: string,
  payload: Partial<ReportPayload> = {},
  fields: Partial<Statement> = {},
): Statement {
  const full: ReportPayload = {
    salt: salt(name),
    keyEpoch: 1,
    tag: named('tag', 16),
    category: 'scan',
    severity: 80,
    mode: 'automatic',
    family: 4,
    prefix: 32,
    reported: START - (START % 600_000),
    expires: START + DAY,
    ...payload,
  };
  const object = objectId(THREATS_REPORT, byClinic(clinic), full.salt);
  const attachment = named(`attachment ${name}`);
  const rest = { author: byClinic(clinic), object, version: 1, attachment, payload: encodeReport(full) };
  return statement({ kind: THREATS_REPORT, ...rest, ...fields });
}

export function extend(
  clinic: number,
  object: Uint8Array,
  version: number,
  expires: number,
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeExtend(expires);
  return statement({ kind: THREATS_EXTEND, author: byClinic(clinic), object, version, payload, ...fields });
}

export function revoke(
  clinic: number,
  object: Uint8Array,
  version: number,
  reason: ThreatRevokeReason = 'mistake',
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeRevoke(reason);
  return statement({ kind: THREATS_REVOKE, author: byClinic(clinic), object, version, payload, ...fields });
}

export function key(clinic: number, epoch: number, name = `key ${epoch}`, fields: Partial<Statement> = {}): Statement {
  const payload = encodeKey({ epoch, hash: named(name) });
  return statement({
    kind: THREATS_KEY,
    author: byClinic(clinic),
    object: keyObject(epoch),
    version: 1,
    payload,
    ...fields,
  });
}

export function retag(
  clinic: number,
  object: Uint8Array,
  version: number,
  keyEpoch: number,
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeRetag({ keyEpoch, tag: named(`tag ${keyEpoch}`, 16) });
  const attachment = named(`attachment under ${keyEpoch}`);
  return statement({ kind: THREATS_RETAG, author: byClinic(clinic), object, version, payload, attachment, ...fields });
}

export function dispute(
  clinic: number,
  object: Uint8Array,
  reason: DisputeReason = 'not-hostile',
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeDispute(reason);
  return statement({ kind: THREATS_DISPUTE, author: byClinic(clinic), object, version: 1, payload, ...fields });
}

export function reinstate(clinic: number, organisation: number, fields: Partial<Statement> = {}): Statement {
  const [object, payload] = [reinstateObject(organisation), encodeReinstate(organisation)];
  return statement({ kind: THREATS_REINSTATE, author: byClinic(clinic), object, version: 1, payload, ...fields });
}
