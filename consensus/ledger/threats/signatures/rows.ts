// State rows of attack signatures (PROTOCOL 7.10.43): the definition, who stands behind it and who wants it gone; and how
// many an organisation has.

import { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import { RETIRE_REASONS, type RetireReason } from '../../../../common/threat-names.ts';
import { type ObjectRow, readObject, writeObject } from '../../object-row.ts';
import type { Overlay } from '../../overlay.ts';
import { rowWriter } from '../../row-writer.ts';
import { signatureCountKey, threatSignatureKey } from '../../tables.ts';
import type { ClinicNumber, OrganisationNumber, StateReader } from '../../types.ts';
import { readName } from '../types.ts';
import { MAX_DEFINITION_BYTES } from './types.ts';

/** Stands for the network in the rows of counts: organisations are numbered from 1. */
export const NETWORK = 0;

/** Not `live` means retired. */
export interface SignatureRow extends ObjectRow {
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  /** Timestamp of the block that holds the proposal, ms since 1970. */
  readonly proposed: number;
  /** Timestamp of the block whose confirmation made the quorum, ms since 1970; 0 before. */
  readonly confirmed: number;
  /** Timestamp of the block that retired it, ms since 1970; 0 before. */
  readonly retired: number;
  /** Organisations, the proposer's first. */
  readonly supporters: readonly OrganisationNumber[];
  /** Organisations that want it gone, with the reason of the last. */
  readonly opponents: readonly OrganisationNumber[];
  readonly reason: RetireReason | undefined;
  readonly definition: Uint8Array;
}

export function encodeSignatureRow(row: SignatureRow): Uint8Array {
  const out = writeObject(rowWriter(), row)
    .u16(row.clinic)
    .u16(row.organisation)
    .u64(row.proposed)
    .u64(row.confirmed)
    .u64(row.retired);
  for (const organisations of [row.supporters, row.opponents]) {
    out.u16(organisations.length);
    for (const organisation of organisations) out.u16(organisation);
  }
  if (row.opponents.length > 0 && row.reason !== undefined) out.u8(RETIRE_REASONS.indexOf(row.reason) + 1);
  return out.bytes16(row.definition, MAX_DEFINITION_BYTES).finish();
}

export function decodeSignatureRow(bytes: Uint8Array): SignatureRow {
  const input = new Reader(bytes);
  const head = {
    ...readObject(input),
    clinic: input.u16(),
    organisation: input.u16(),
    proposed: input.u64(),
    confirmed: input.u64(),
    retired: input.u64(),
  };
  const supporters = readOrganisations(input);
  const opponents = readOrganisations(input);
  const reason = opponents.length > 0 ? readName(input, RETIRE_REASONS, 'signature.reason') : undefined;
  const definition = input.bytes16(MAX_DEFINITION_BYTES);
  input.end();
  return { ...head, supporters, opponents, reason, definition };
}

export function findSignature(state: StateReader, signature: Uint8Array): SignatureRow | undefined {
  const bytes = state.get(threatSignatureKey(signature));
  return bytes === undefined ? undefined : decodeSignatureRow(bytes);
}

export function putSignature(state: Overlay, signature: Uint8Array, row: SignatureRow): void {
  state.set(threatSignatureKey(signature), encodeSignatureRow(row));
}

/** Signatures of an organisation, or of the network. */
export interface SignatureCount {
  /** Not retired. */
  readonly live: number;
  /** Retired or not: those whose row is in the state. */
  readonly rows: number;
}

export function countOf(state: StateReader, organisation: OrganisationNumber): SignatureCount {
  const bytes = state.get(signatureCountKey(organisation));
  if (bytes === undefined) return { live: 0, rows: 0 };
  const input = new Reader(bytes);
  return { live: input.u16(), rows: input.u16() };
}

/** So many more or fewer, for the organisation and for the network. */
export function count(state: Overlay, organisation: OrganisationNumber, change: SignatureCount): void {
  for (const whose of [organisation, NETWORK]) {
    const { live, rows } = countOf(state, whose);
    const out = new Writer(4).u16(live + change.live).u16(rows + change.rows);
    state.set(signatureCountKey(whose), out.finish());
  }
}

function readOrganisations(input: Reader): OrganisationNumber[] {
  return Array.from({ length: input.u16() }, () => input.u16());
}
