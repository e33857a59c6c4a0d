// What this clinic keeps of somebody who acts for a patient: rows by patient and slot, and who is found by her account.
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { type Pid, parsePid } from '../../identity/patient/pid.ts';
import { REPRESENTATIVE_KINDS, type Representation } from '../../identity/patient/representative-commitment.ts';

/** What was looked at or given. */
export const REPRESENTATIVE_DOCUMENTS = [
  'birth-certificate',
  'court-order',
  'power-of-attorney',
  'signed-letter',
  'other',
  /** The patient or a guardian named her, signed by a device. */
  'own-word',
] as const;
export type RepresentativeDocument = (typeof REPRESENTATIVE_DOCUMENTS)[number];

/** Who did it; undefined: the operator of the clinic. */
export type ByWhom = Uint8Array | undefined;

export interface Kept extends Representation {
  readonly pid: Pid;
  readonly document: RepresentativeDocument;
  /** ms. */
  readonly from: number;
  readonly by: ByWhom;
  /** Before the end. */
  readonly ended: { readonly at: number; readonly by: ByWhom } | undefined;
  /** Of the statement that says it as it stands here; zeros: not said yet. */
  readonly version: number;
  readonly statement: Uint8Array;
}

export const NOBODY: Uint8Array = new Uint8Array(32);
const VERSION = 1;
const MAX_PID = 64;

export function encodeKept(kept: Kept): Uint8Array {
  const { account, kind, ends, pid, document, from, by, ended, version, statement } = kept;
  return new Writer(256)
    .u8(VERSION)
    .fixed(account, 32)
    .u8(REPRESENTATIVE_KINDS.indexOf(kind) + 1)
    .u64(ends)
    .text16(pid, MAX_PID)
    .u8(REPRESENTATIVE_DOCUMENTS.indexOf(document) + 1)
    .u64(from)
    .fixed(by ?? NOBODY, 32)
    .u64(ended?.at ?? 0)
    .fixed(ended?.by ?? NOBODY, 32)
    .u32(version)
    .fixed(statement, 32)
    .finish();
}

/** Throws CodecError, IdentifierError. */
export function decodeKept(bytes: Uint8Array): Kept {
  const input = new Reader(bytes);
  if (input.u8() !== VERSION) throw wrong('version');
  const [account, kind, ends] = [input.fixed(32), REPRESENTATIVE_KINDS[input.u8() - 1], input.u64()];
  const [pid, document] = [parsePid(input.text16(MAX_PID)), REPRESENTATIVE_DOCUMENTS[input.u8() - 1]];
  const [from, by, endedAt, endedBy] = [input.u64(), optional(input), input.u64(), optional(input)];
  const [version, statement] = [input.u32(), input.fixed(32)];
  input.end();
  if (kind === undefined) throw wrong('kind');
  if (document === undefined) throw wrong('document');
  if (endedAt === 0 && endedBy !== undefined) throw wrong('ended');
  const ended = endedAt === 0 ? undefined : { at: endedAt, by: endedBy };
  return { account, kind, ends, pid, document, from, by, ended, version, statement };
}

/** By patient. */
export function keptKey(handle: Uint8Array, slot?: number): Uint8Array {
  return concatBytes(Uint8Array.of(1), handle, slot === undefined ? new Uint8Array(0) : Uint8Array.of(slot));
}

/** By account: for whom she acts. */
export function actsKey(account: Uint8Array, handle?: Uint8Array, slot?: number): Uint8Array {
  const named = handle === undefined || slot === undefined ? [] : [handle, Uint8Array.of(slot)];
  return concatBytes(Uint8Array.of(2), account, ...named);
}

function optional(input: Reader): Uint8Array | undefined {
  const bytes = input.fixed(32);
  return bytes.some((byte) => byte !== 0) ? bytes : undefined;
}

function wrong(field: string): CodecError {
  return new CodecError({ code: 'codec.value', field: `representative.${field}` });
}
