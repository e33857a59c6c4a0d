// State rows of threat reports (PROTOCOL 7.10): what an index, a feed or a rule asks of a report.
import { Reader } from '../../../common/codec/reader.ts';
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
    .fixed(row.commitment, 32);
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
    commitment: input.fixed(32),
    revoked: readFlag(input)
      ? { clinic: input.u16(), reason: readName(input, REVOKE_REASONS, 'threat.reason') }
      : undefined,
  };
  input.end();
  return row;
}
