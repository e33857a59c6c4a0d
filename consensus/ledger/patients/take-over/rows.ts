// State rows of take-overs and of who took over (PROTOCOL 7.4.14).
import { CodecError } from '../../../../common/codec/errors.ts';
import { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import { MAX_CLINICS } from '../../members/check-change.ts';
import { type ObjectRow, readFlag, readObject, writeObject } from '../../object-row.ts';
import { authorityKey, takeOverKey, takeOverPartKey } from '../../tables.ts';
import type { ClinicNumber, StateReader } from '../../types.ts';

/** Live while it is open. */
export interface TakeOverRow extends ObjectRow {
  readonly handle: Uint8Array;
  /** Who takes over. */
  readonly key: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly commitment: Uint8Array;
  readonly witnesses: readonly ClinicNumber[];
  /** Clinics that held the patient when it was witnessed and have not acknowledged it. */
  readonly waiting: readonly ClinicNumber[];
  /** From when on it can be finished, ms; 0 until it is witnessed. */
  readonly ready: number;
  /** Live ones. */
  readonly objections: number;
  readonly outvoters: readonly ClinicNumber[];
  readonly outvoted: boolean;
  readonly finished: boolean;
  /** Timestamp of the block that finished the next one of the patient, ms; 0 while there is none. */
  readonly until: number;
}

/** A witness or an acknowledgement has version 1 for ever; an objection is live while `version` is above `ended`. */
export interface PartRow {
  readonly version: number;
  readonly ended: number;
  /** That changed it last. */
  readonly statement: Uint8Array;
}

export interface AuthorityRow {
  readonly takeOver: Uint8Array;
  readonly key: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly commitment: Uint8Array;
  /** Timestamp of the block that finished it, ms. */
  readonly since: number;
  /** Of the block that finished the first one of the patient, ms: it stays. */
  readonly first: number;
}

export function encodeTakeOverRow(row: TakeOverRow): Uint8Array {
  const out = writeObject(new Writer(512), row).fixed(row.handle, 32).fixed(row.key, 32);
  out.fixed(row.encryptionKey, 32).fixed(row.commitment, 32);
  for (const clinics of [row.witnesses, row.waiting, row.outvoters]) {
    out.u16(clinics.length);
    for (const clinic of clinics) out.u16(clinic);
  }
  return out
    .u64(row.ready)
    .u32(row.objections)
    .u8(row.outvoted ? 1 : 0)
    .u8(row.finished ? 1 : 0)
    .u64(row.until)
    .finish();
}

export function decodeTakeOverRow(bytes: Uint8Array): TakeOverRow {
  const input = new Reader(bytes);
  const row = {
    ...readObject(input),
    ...{ handle: input.fixed(32), key: input.fixed(32), encryptionKey: input.fixed(32), commitment: input.fixed(32) },
    ...{ witnesses: readClinics(input), waiting: readClinics(input), outvoters: readClinics(input) },
    ...{ ready: input.u64(), objections: input.u32(), outvoted: readFlag(input), finished: readFlag(input) },
    until: input.u64(),
  };
  input.end();
  return row;
}

export function encodePartRow({ version, ended, statement }: PartRow): Uint8Array {
  return new Writer(40).u32(version).u32(ended).fixed(statement, 32).finish();
}

export function decodePartRow(bytes: Uint8Array): PartRow {
  const input = new Reader(bytes);
  const row = { version: input.u32(), ended: input.u32(), statement: input.fixed(32) };
  input.end();
  return row;
}

export function encodeAuthorityRow(row: AuthorityRow): Uint8Array {
  const out = new Writer(144).fixed(row.takeOver, 32).fixed(row.key, 32).fixed(row.encryptionKey, 32);
  return out.fixed(row.commitment, 32).u64(row.since).u64(row.first).finish();
}

export function decodeAuthorityRow(bytes: Uint8Array): AuthorityRow {
  const input = new Reader(bytes);
  const row = {
    ...{ takeOver: input.fixed(32), key: input.fixed(32), encryptionKey: input.fixed(32) },
    ...{ commitment: input.fixed(32), since: input.u64(), first: input.u64() },
  };
  input.end();
  return row;
}

export function findTakeOver(state: StateReader, takeOver: Uint8Array): TakeOverRow | undefined {
  const bytes = state.get(takeOverKey(takeOver));
  return bytes === undefined ? undefined : decodeTakeOverRow(bytes);
}

export function findPart(state: StateReader, part: Uint8Array): PartRow | undefined {
  const bytes = state.get(takeOverPartKey(part));
  return bytes === undefined ? undefined : decodePartRow(bytes);
}

/** Who holds authority over what clinics keep of a patient; undefined while nobody took over. */
export function findAuthority(state: StateReader, handle: Uint8Array): AuthorityRow | undefined {
  const bytes = state.get(authorityKey(handle));
  return bytes === undefined ? undefined : decodeAuthorityRow(bytes);
}

function readClinics(input: Reader): ClinicNumber[] {
  const count = input.u16();
  if (count > MAX_CLINICS) {
    throw new CodecError({ code: 'codec.length', field: 'take-over', length: count, limit: MAX_CLINICS });
  }
  return Array.from({ length: count }, () => input.u16());
}
