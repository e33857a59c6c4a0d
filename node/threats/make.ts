// The statements of this clinic about threats: sealed, tagged and dated. Owns their making, not when they are said.

import { randomBytes } from '#crypto';
import type { DisputeReason, ThreatCategory, ThreatMode } from '../../common/threat-names.ts';
import { THREATS_DISPUTE, THREATS_REINSTATE, THREATS_REPORT, THREATS_REVOKE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { encodeDispute } from '../../consensus/ledger/threats/dispute.ts';
import { encodeReinstate, reinstateObject } from '../../consensus/ledger/threats/reinstate.ts';
import {
  encodeReport,
  encodeRevoke,
  REPORTED_STEP,
  type ThreatRevokeReason,
} from '../../consensus/ledger/threats/types.ts';
import type { OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../gateway/address.ts';
import { sealThreat, type ThreatKey } from '../../gateway/threat-seal.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { NewStatement } from '../outbox/outbox.ts';

export interface NewReport {
  readonly network: Network;
  readonly category: ThreatCategory;
  readonly mode: ThreatMode;
  /** 0-100: what led to it, 0 by hand; and of that what the chain is told, in steps of 5. */
  readonly score: number;
  readonly severity: number;
  readonly requests: number;
  readonly failures: number;
  /** ms since 1970. */
  readonly now: number;
  readonly expires: number;
}

export function makeReport(
  author: ClinicAuthor,
  key: ThreatKey,
  given: NewReport,
): { readonly made: NewStatement; readonly report: Uint8Array } {
  const { network, category, mode, score, severity, requests, failures, now, expires } = given;
  const sealed = sealThreat(key, { clinic: author.clinic, expires }, { network, score, requests, failures, note: '' });
  const salt = randomBytes(SALT_BYTES);
  const report = objectId(THREATS_REPORT, { type: 'clinic', clinic: author.clinic }, salt);
  const { family, prefix } = network;
  const facts = { category, severity, mode, family, prefix, reported: now - (now % REPORTED_STEP), expires };
  const made = author.make({
    kind: THREATS_REPORT,
    object: report,
    version: 1,
    payload: encodeReport({ salt, keyEpoch: sealed.epoch, tag: sealed.tag, ...facts }),
    attachment: { salt: sealed.salt, bytes: sealed.bytes },
    role: 'gateway',
  });
  return { made, report };
}

/** `before`: one that is said again, dated before it; now and as dealt with when absent. */
export function makeRevocation(
  author: ClinicAuthor,
  report: Uint8Array,
  version: number,
  reason: ThreatRevokeReason,
  issued?: number,
): NewStatement {
  const payload = encodeRevoke(reason);
  return author.make({ kind: THREATS_REVOKE, object: report, version, payload, role: 'gateway', issued });
}

export function makeDispute(author: ClinicAuthor, report: Uint8Array, reason: DisputeReason): NewStatement {
  const payload = encodeDispute(reason);
  return author.make({ kind: THREATS_DISPUTE, object: report, version: 1, payload, role: 'gateway' });
}

/** By the node itself: no gateway says whom to trust. */
export function makeReinstatement(author: ClinicAuthor, organisation: OrganisationNumber): NewStatement {
  const payload = encodeReinstate(organisation);
  const object = reinstateObject(organisation);
  return author.make({ kind: THREATS_REINSTATE, object, version: 1, payload, role: 'node' });
}
