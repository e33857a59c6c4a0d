// State rows of threat reports (PROTOCOL 7.10): what an index, a feed or a rule asks of a report.

import { Reader } from '../../../common/codec/reader.ts';
import { STANDINGS, type Standing } from '../../../common/threat-names.ts';
import { type ObjectRow, readFlag, readObject, writeObject } from '../object-row.ts';
import { rowWriter } from '../row-writer.ts';
import type { ClinicNumber, OrganisationNumber } from '../types.ts';
import {
  encodeReport,
  REVOKE_REASONS,
  type ReportPayload,
  readName,
  readReport,
  type ThreatRevokeReason,
} from './types.ts';

const REPORT_BYTES = 57;

/** Not `live` means revoked; an expired report stays live here and is over for whoever looks at the clock. */
export interface ThreatRow extends ObjectRow, ReportPayload {
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  /** When its first statement was issued, ms since 1970. */
  readonly issued: number;
  /** Whether it counts for other organisations, settled when it was applied. */
  readonly standing: Standing;
  /** It is among the reports in force of its organisation. */
  readonly counted: boolean;
  /** The report behind it in the chain of those that end together (PROTOCOL 7.10.10). */
  readonly next: Uint8Array | undefined;
  /** Commitment to the sealed attachment. */
  readonly commitment: Uint8Array;
  /** Who revoked it and why; undefined while nobody did. */
  readonly revoked: { readonly clinic: ClinicNumber; readonly reason: ThreatRevokeReason } | undefined;
}

export function encodeThreatRow(row: ThreatRow): Uint8Array {
  const out = writeObject(rowWriter(), row)
    .fixed(encodeReport(row), REPORT_BYTES)
    .u16(row.clinic)
    .u16(row.organisation)
    .u64(row.issued)
    .u8(STANDINGS.indexOf(row.standing) + 1)
    .u8(row.counted ? 1 : 0)
    .fixed(row.commitment, 32);
  if (row.next === undefined) out.u8(0);
  else out.u8(1).fixed(row.next, 32);
  if (row.revoked === undefined) return out.u8(0).finish();
  return out
    .u8(1)
    .u16(row.revoked.clinic)
    .u8(REVOKE_REASONS.indexOf(row.revoked.reason) + 1)
    .finish();
}

export function decodeThreatRow(bytes: Uint8Array): ThreatRow {
  const input = new Reader(bytes);
  const row = {
    ...readObject(input),
    ...readReport(input),
    clinic: input.u16(),
    organisation: input.u16(),
    issued: input.u64(),
    standing: readName(input, STANDINGS, 'threat.standing'),
    counted: readFlag(input),
    commitment: input.fixed(32),
    next: readFlag(input) ? input.fixed(32) : undefined,
    revoked: readFlag(input)
      ? { clinic: input.u16(), reason: readName(input, REVOKE_REASONS, 'threat.reason') }
      : undefined,
  };
  input.end();
  return row;
}
