// Payloads and the object of recoveries: how somebody who lost every device comes back to an account (PROTOCOL 7.3.7 on).
import { EMPTY_BYTES } from '../../../../common/bytes.ts';
import type { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import { ACCOUNTS_RECOVER_START } from '../../kinds.ts';
import { childId } from '../../objects.ts';
import {
  ADD_KEY_BYTES,
  type AddKeyPayload,
  encodeAddKey,
  readAddKey,
  readOptionalKey,
  writeOptionalKey,
} from '../types.ts';

export interface RecoverStartPayload extends AddKeyPayload {
  readonly account: Uint8Array;
}

/** An account has one recovery; each start makes its next version. */
export function recoveryObject(account: Uint8Array): Uint8Array {
  return childId(account, ACCOUNTS_RECOVER_START, EMPTY_BYTES);
}

/** Undefined takes the recovery key away. */
export function encodeSetRecovery(key: Uint8Array | undefined): Uint8Array {
  return writeOptionalKey(new Writer(32), key).finish();
}

export function readSetRecovery(input: Reader): Uint8Array | undefined {
  return readOptionalKey(input);
}

export function encodeRecoverStart(payload: RecoverStartPayload): Uint8Array {
  return new Writer(160).fixed(payload.account, 32).fixed(encodeAddKey(payload), ADD_KEY_BYTES).finish();
}

export function readRecoverStart(input: Reader): RecoverStartPayload {
  return { account: input.fixed(32), ...readAddKey(input) };
}

/** `accounts.recover-veto` says all in its object: the payload is empty. */
export function readRecoverVeto(input: Reader): true {
  input.end();
  return true;
}

export function encodeRecoverFinish(account: Uint8Array): Uint8Array {
  return new Writer(32).fixed(account, 32).finish();
}

export function readRecoverFinish(input: Reader): Uint8Array {
  return input.fixed(32);
}
