// One kept key as bytes: `version 1 | state 1 | principal 16 | fingerprint 32 | made u64 | answer`.
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';

export interface KeptRow {
  /** Whether the work was done; otherwise it had begun. */
  readonly done: boolean;
  /** Hash of who sent it. */
  readonly principal: Uint8Array;
  readonly fingerprint: Uint8Array;
  /** ms. */
  readonly made: number;
  /** JSON text of the result; empty until it is done. */
  readonly answer: Uint8Array;
}

export const PRINCIPAL_BYTES = 16;
export const FINGERPRINT_BYTES = 32;

const VERSION = 1;

export function encodeRow({ done, principal, fingerprint, made, answer }: KeptRow): Uint8Array {
  return new Writer(64 + answer.length)
    .u8(VERSION)
    .u8(done ? 1 : 0)
    .fixed(principal, PRINCIPAL_BYTES)
    .fixed(fingerprint, FINGERPRINT_BYTES)
    .u64(made)
    .fixed(answer, answer.length)
    .finish();
}

/** Undefined for bytes of another version. Throws CodecError for damaged ones. */
export function decodeRow(bytes: Uint8Array): KeptRow | undefined {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const done = reader.u8() === 1;
  const principal = reader.fixed(PRINCIPAL_BYTES);
  const fingerprint = reader.fixed(FINGERPRINT_BYTES);
  const made = reader.u64();
  return { done, principal, fingerprint, made, answer: reader.fixed(reader.left) };
}
