// Why a cryptographic operation did not happen. Signature verification answers false instead: a bad signature is an answer.
import { CodedError } from '../errors.ts';

export type CryptoErrorType =
  /** Wrong length or a value outside the group: nothing was computed. */
  | { code: 'crypto.input'; field: string }
  /** Authentication failed: wrong key, context or altered bytes. Never says which. */
  | { code: 'crypto.open' }
  /** The thread that computed it ended before it was done. */
  | { code: 'crypto.stopped' }
  /** The runtime does not compute what the protocol says (PROTOCOL 2.2). */
  | { code: 'crypto.self-test'; check: string };

export class CryptoError extends CodedError<CryptoErrorType> {}

/** Throws unless `value` has exactly `length` bytes. */
export function checkLength(value: Uint8Array, length: number, field: string): void {
  if (value.length !== length) throw new CryptoError({ code: 'crypto.input', field });
}
