// A clinic says that somebody acts for a patient, and until when (PROTOCOL 7.4.16): as a commitment that only those who know the
// identifier can try. Several at once, one to a slot; the end that stands here is no earlier than the one committed to.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { StatementContext } from '../context.ts';
import { PATIENTS_REPRESENTATIVE } from '../kinds.ts';
import { childId, clinicSlotBytes } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { rowWriter } from '../row-writer.ts';
import { patientRepresentativeKey } from '../tables.ts';
import type { ClinicNumber, Outcome, StateReader } from '../types.ts';
import { isAttached } from './read.ts';

export interface RepresentativePayload {
  readonly handle: Uint8Array;
  /** u8 */
  readonly slot: number;
  /** Zeros: nobody any more. */
  readonly commitment: Uint8Array;
  /** ms; the first moment at which nobody acts by it. 0 where nobody does. */
  readonly ends: number;
}

export interface RepresentativeRow {
  readonly commitment: Uint8Array;
  readonly ends: number;
  readonly version: number;
  /** Id of the statement that changed the row last. */
  readonly statement: Uint8Array;
}

export function encodeRepresentative({ handle, slot, commitment, ends }: RepresentativePayload): Uint8Array {
  return new Writer(73).fixed(handle, 32).u8(slot).fixed(commitment, 32).u64(ends).finish();
}

export function readRepresentative(input: Reader): RepresentativePayload {
  return { handle: input.fixed(32), slot: input.u8(), commitment: input.fixed(32), ends: input.u64() };
}

export function representativeObject(handle: Uint8Array, clinic: ClinicNumber, slot: number): Uint8Array {
  return childId(handle, PATIENTS_REPRESENTATIVE, clinicSlotBytes(clinic, slot));
}

export function encodeRepresentativeRow({ commitment, ends, version, statement }: RepresentativeRow): Uint8Array {
  return rowWriter().fixed(commitment, 32).u64(ends).u32(version).fixed(statement, 32).finish();
}

export function decodeRepresentativeRow(bytes: Uint8Array): RepresentativeRow {
  const input = new Reader(bytes);
  const row = {
    commitment: input.fixed(32),
    ends: input.u64(),
    version: input.u32(),
    statement: input.fixed(32),
  };
  input.end();
  return row;
}

export function findRepresentative(
  state: StateReader,
  handle: Uint8Array,
  clinic: ClinicNumber,
  slot: number,
): RepresentativeRow | undefined {
  const bytes = state.get(patientRepresentativeKey(handle, clinic, slot));
  return bytes === undefined ? undefined : decodeRepresentativeRow(bytes);
}

export function applyRepresentative(context: StatementContext): Outcome {
  const { state, statement, id, sender, header } = context;
  const payload = decodePayload(statement.payload, readRepresentative);
  if (payload === undefined) return refused('payload');
  const { handle, slot, commitment, ends } = payload;
  const named = commitment.some((byte) => byte !== 0);
  if (!named && ends !== 0) return refused('payload');
  if (!equalBytes(statement.object, representativeObject(handle, sender.clinic, slot))) return refused('object');
  const row = findRepresentative(state, handle, sender.clinic, slot);
  if (row !== undefined && equalBytes(row.statement, id)) return ALREADY_APPLIED;
  if (statement.version !== (row?.version ?? 0) + 1) return refused('version');
  // Taking it back stays possible after a detach, and after the end.
  if (named && !isAttached(state, handle, sender.clinic)) return refused('not-attached');
  if (named && ends <= header.timestamp) return refused('representative-over');
  const next = { commitment, ends, version: statement.version, statement: id };
  state.set(patientRepresentativeKey(handle, sender.clinic, slot), encodeRepresentativeRow(next));
  const about = { handle: toHex(handle), clinic: sender.clinic, slot };
  context.emit(named ? 'representative-named' : 'representative-ended', named ? { ...about, ends } : about);
  return APPLIED;
}
