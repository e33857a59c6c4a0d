// Threat statements as the blocklist takes them: opened with the network key, or left aside when they do not open.
// Owns the translation between ledger and gateway; no state.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import type { Standing } from '../../common/threat-names.ts';
import type { ThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { type ReportPayload, readReport } from '../../consensus/ledger/threats/types.ts';
import type { Attachment, Statement } from '../../consensus/ledger/types.ts';
import type { Sender } from '../../consensus/member-set.ts';
import { GatewayError } from '../../gateway/errors.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';
import { openThreat, type ThreatKey } from '../../gateway/threat-seal.ts';

/** After its end a report's attachment stays this long, ms (design section 9). */
export const ATTACHMENT_GRACE = 86_400_000;

/** A report under a later key than its own statement names (PROTOCOL 7.10.22). */
export type Retagged = Pick<ThreatRow, 'keyEpoch' | 'tag' | 'commitment'>;

/** A report on its way into the blocklist. */
export interface ReportSource {
  readonly statement: Statement;
  readonly sender: Sender;
  readonly transaction: Uint8Array;
  readonly confirmed: boolean;
  readonly receivedAt: number;
  /** What the chain settled; for a report that no block holds yet, what it would be. */
  readonly standing: Standing;
  /** End that an extension gave it, ms since 1970; its own when absent. */
  readonly extended?: number | undefined;
  readonly retagged?: Retagged | undefined;
}

/** Undefined when the payload is malformed: such a report is refused by the ledger too. */
export function reportPayload(statement: Statement): ReportPayload | undefined {
  try {
    const reader = new Reader(statement.payload);
    const payload = readReport(reader);
    reader.end();
    return payload;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Undefined when the attachment does not open under the keys here, or says something else than the chain does. */
export function openReport(
  keys: readonly ThreatKey[],
  source: ReportSource,
  attachment: Attachment,
): ThreatEntry | undefined {
  const payload = reportPayload(source.statement);
  const commitment = source.statement.attachment;
  const keyEpoch = source.retagged?.keyEpoch ?? payload?.keyEpoch;
  const key = keys.find(({ epoch }) => epoch === keyEpoch);
  if (payload === undefined || commitment === undefined || key === undefined) return undefined;
  const { sender } = source;
  try {
    const { network } = openThreat(
      key,
      { clinic: sender.clinic, expires: payload.expires },
      { tag: source.retagged?.tag ?? payload.tag, ...attachment },
    );
    if (network.family !== payload.family || network.prefix !== payload.prefix) return undefined;
    return {
      reportId: source.statement.object,
      network,
      organisation: sender.organisation,
      clinic: sender.clinic,
      category: payload.category,
      mode: payload.mode,
      severity: payload.severity,
      standing: source.standing,
      // Disputes name the tag that stands on the chain now.
      keyEpoch: source.retagged?.keyEpoch ?? payload.keyEpoch,
      tag: (source.retagged?.tag ?? payload.tag).slice(),
      issuedAt: source.statement.issued,
      expires: source.extended ?? payload.expires,
      commitment,
      transaction: source.transaction,
      confirmed: source.confirmed,
      receivedAt: source.receivedAt,
    };
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
