// Payloads of the consent family (PROTOCOL 7.6). What a consent means is in its sealed terms; the chain has an object, a
// commitment and an end.
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { SALT_BYTES } from '../objects.ts';

export interface CommitPayload {
  readonly salt: Uint8Array;
  /** Salted commitment to the terms, 32 bytes. */
  readonly commitment: Uint8Array;
  /** ms since 1970; it counts before it. */
  readonly ends: number;
}

export function encodeCommit({ salt, commitment, ends }: CommitPayload): Uint8Array {
  return new Writer(56).fixed(salt, SALT_BYTES).fixed(commitment, 32).u64(ends).finish();
}

export function readCommit(input: Reader): CommitPayload {
  return { salt: input.fixed(SALT_BYTES), commitment: input.fixed(32), ends: input.u64() };
}

/** `consent.revoke` says all in its object: the payload is empty. */
export function readRevoke(input: Reader): true {
  input.end();
  return true;
}
