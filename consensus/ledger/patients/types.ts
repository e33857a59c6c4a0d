// Payloads of the patients family (PROTOCOL 7.4). A handle is the tagged hash of an identifier; the identifier never stands here.

import { concatBytes } from '../../../common/bytes.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { readEntries } from '../lists.ts';

export const HANDLE_BYTES = 32;

/** `patients.register`: handles back to back. */
export function encodeRegister(handles: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...handles);
}

export function readRegister(input: Reader): Uint8Array[] {
  return readEntries(input, HANDLE_BYTES, readHandle);
}

/** `patients.attach` and `patients.detach`: the handle. */
export function readHandle(input: Reader): Uint8Array {
  return input.fixed(HANDLE_BYTES);
}
