// Payload of `credits.transfer` (PROTOCOL 7.12).
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { SALT_BYTES } from '../objects.ts';
import type { ClinicNumber } from '../types.ts';

export interface TransferPayload {
  readonly salt: Uint8Array;
  readonly to: ClinicNumber;
  readonly amount: bigint;
}

export function encodeTransfer(payload: TransferPayload): Uint8Array {
  return new Writer(26).fixed(payload.salt, SALT_BYTES).u16(payload.to).u64big(payload.amount).finish();
}

export function readTransfer(input: Reader): TransferPayload {
  return { salt: input.fixed(SALT_BYTES), to: input.u16(), amount: input.u64big() };
}
