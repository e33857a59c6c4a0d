// Threat statements for tests.
import { THREATS_EXTEND, THREATS_REPORT, THREATS_REVOKE } from '../../../consensus/ledger/kinds.ts';
import { objectId } from '../../../consensus/ledger/objects.ts';
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
