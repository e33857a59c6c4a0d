// State row of an account's latest recovery (PROTOCOL 7.3.8).
import { Reader } from '../../../../common/codec/reader.ts';
import { type ObjectRow, readFlag, readObject, writeObject } from '../../object-row.ts';
import { rowWriter } from '../../row-writer.ts';

/** Live while it is open: neither stopped nor finished. */
export interface RecoveryRow extends ObjectRow {
  /** The highest version that was ended: stopping it again stops nothing that was started since. */
  readonly ended: number;
  /** Ed25519 and X25519 keys of the device that the account is recovered to. */
  readonly key: Uint8Array;
  readonly encryptionKey: Uint8Array;
  /** From when on it can be finished, ms. */
  readonly readyAt: number;
  readonly finished: boolean;
}

export function encodeRecoveryRow(row: RecoveryRow): Uint8Array {
  return writeObject(rowWriter(), row)
    .u32(row.ended)
    .fixed(row.key, 32)
    .fixed(row.encryptionKey, 32)
    .u64(row.readyAt)
    .u8(row.finished ? 1 : 0)
    .finish();
}

export function decodeRecoveryRow(bytes: Uint8Array): RecoveryRow {
  const input = new Reader(bytes);
  const object = { ...readObject(input), ended: input.u32() };
  const keys = { key: input.fixed(32), encryptionKey: input.fixed(32) };
  const row = { ...object, ...keys, readyAt: input.u64(), finished: readFlag(input) };
  input.end();
  return row;
}
