// Payloads of the keys family (PROTOCOL 7.7): what is to be erased or kept, by the clinic's pseudonyms; never a key.
import { compareBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { MAX_SUBJECTS } from '../../limits.ts';
import { KEYS_ERASE_APPROVE, KEYS_SHRED_ACK } from '../kinds.ts';
import { childId, clinicBytes, SALT_BYTES } from '../objects.ts';
import type { ClinicNumber } from '../types.ts';

export interface EraseRequestPayload {
  readonly salt: Uint8Array;
  /** The author clinic's own pseudonyms of the patient, strictly ascending. */
  readonly subjects: readonly Uint8Array[];
}

export interface HoldPayload extends EraseRequestPayload {
  /** Salted commitment to why, 32 bytes. */
  readonly reason: Uint8Array;
}

export interface ShredAckPayload {
  readonly erasure: Uint8Array;
  /** How many key rows and packets the clinic had and deleted. */
  readonly removed: number;
}

export function encodeEraseRequest({ salt, subjects }: EraseRequestPayload): Uint8Array {
  return writeSubjects(new Writer(16 + 32 * subjects.length).fixed(salt, SALT_BYTES), subjects).finish();
}

export function readEraseRequest(input: Reader): EraseRequestPayload {
  return { salt: input.fixed(SALT_BYTES), subjects: readSubjects(input) };
}

export function encodeHold({ salt, reason, subjects }: HoldPayload): Uint8Array {
  const out = new Writer(48 + 32 * subjects.length).fixed(salt, SALT_BYTES).fixed(reason, 32);
  return writeSubjects(out, subjects).finish();
}

export function readHold(input: Reader): HoldPayload {
  return { salt: input.fixed(SALT_BYTES), reason: input.fixed(32), subjects: readSubjects(input) };
}

/** `keys.erase-approve`: the erasure. */
export function encodeEraseApprove(erasure: Uint8Array): Uint8Array {
  return new Writer(32).fixed(erasure, 32).finish();
}

export function readEraseApprove(input: Reader): Uint8Array {
  return input.fixed(32);
}

export function encodeShredAck({ erasure, removed }: ShredAckPayload): Uint8Array {
  return new Writer(36).fixed(erasure, 32).u32(removed).finish();
}

export function readShredAck(input: Reader): ShredAckPayload {
  return { erasure: input.fixed(32), removed: input.u32() };
}

/** `keys.release` says all in its object, the hold: the payload is empty. */
export function readRelease(input: Reader): true {
  input.end();
  return true;
}

/** By account, not by device: one person approves once (PROTOCOL 7.7.3). */
export function eraseApprovalObject(erasure: Uint8Array, account: Uint8Array): Uint8Array {
  return childId(erasure, KEYS_ERASE_APPROVE, account);
}

export function shredAckObject(erasure: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return childId(erasure, KEYS_SHRED_ACK, clinicBytes(clinic));
}

/** One way to say one thing: each subject once, in order. */
export function inOrder(subjects: readonly Uint8Array[]): Uint8Array[] {
  const sorted = [...subjects].sort(compareBytes);
  return sorted.filter((subject, index) => index === 0 || compareBytes(sorted[index - 1], subject) !== 0);
}

export function writeSubjects(out: Writer, subjects: readonly Uint8Array[]): Writer {
  out.u16(subjects.length);
  for (const subject of subjects) out.fixed(subject, 32);
  return out;
}

export function readSubjects(input: Reader): Uint8Array[] {
  const count = input.u16();
  if (count === 0 || count > MAX_SUBJECTS) {
    throw new CodecError({ code: 'codec.length', field: 'subjects', length: count, limit: MAX_SUBJECTS });
  }
  const subjects: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const subject = input.fixed(32);
    if (i > 0 && compareBytes(subjects[i - 1], subject) >= 0) {
      throw new CodecError({ code: 'codec.value', field: 'subjects' });
    }
    subjects.push(subject);
  }
  return subjects;
}
