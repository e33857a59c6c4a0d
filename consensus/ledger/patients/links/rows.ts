// State rows of links and of retracted registrations (PROTOCOL 7.4.5 to 7.4.7).
import { Reader } from '../../../../common/codec/reader.ts';
import { readFlag } from '../../object-row.ts';
import { rowWriter } from '../../row-writer.ts';
import type { ClinicNumber } from '../../types.ts';
import { encodeLink, type HandlePair, readLink } from './types.ts';

export interface LinkRow {
  readonly handles: HandlePair;
  readonly clinic: ClinicNumber;
  readonly linked: boolean;
  readonly version: number;
  /** Highest version that was ended; 0 while none was. */
  readonly ended: number;
  /** Id of the statement that changed the row last. */
  readonly statement: Uint8Array;
}

export interface RetractionRow {
  /** False once a clinic registered or attached the patient since. */
  readonly live: boolean;
  /** Highest version of the first clinic's attachment that was retracted. */
  readonly version: number;
}

export function encodeLinkRow(row: LinkRow): Uint8Array {
  return rowWriter()
    .fixed(encodeLink(row.handles), 64)
    .u16(row.clinic)
    .u8(row.linked ? 1 : 0)
    .u32(row.version)
    .u32(row.ended)
    .fixed(row.statement, 32)
    .finish();
}

export function decodeLinkRow(bytes: Uint8Array): LinkRow {
  const input = new Reader(bytes);
  const row = {
    handles: readLink(input),
    clinic: input.u16(),
    linked: readFlag(input),
    version: input.u32(),
    ended: input.u32(),
    statement: input.fixed(32),
  };
  input.end();
  return row;
}

export function encodeRetractionRow({ live, version }: RetractionRow): Uint8Array {
  return rowWriter()
    .u8(live ? 1 : 0)
    .u32(version)
    .finish();
}

export function decodeRetractionRow(bytes: Uint8Array): RetractionRow {
  const input = new Reader(bytes);
  const row = { live: readFlag(input), version: input.u32() };
  input.end();
  return row;
}
