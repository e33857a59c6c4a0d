// The device keys of one account: taking in a new one, and making room for it (PROTOCOL 7.3.2, 7.3.3).
import { isTorsionFreeKey, verifyEd25519Sync } from '#crypto';
import { equalBytes } from '../../../common/bytes.ts';
import { MAX_ACCOUNT_KEYS } from '../../limits.ts';
import type { StatementContext } from '../context.ts';
import { newObject } from '../object-row.ts';
import { refused } from '../outcome.ts';
import { accountKey, personKey } from '../tables.ts';
import type { Outcome, StateReader } from '../types.ts';
import { findKey } from './read.ts';
import { type AccountRow, encodeAccountRow, encodeKeyRow, type KeyRow } from './rows.ts';
import { type AddKeyPayload, keyPossessionMessage } from './types.ts';

/**
 * Undefined when the new device can be taken in. PROTOCOL 4.9: both checks are paid for in units whether or not the
 * statement gets here.
 */
export function checkNewKey(
  { state, rules }: StatementContext,
  account: Uint8Array,
  recoveryKey: Uint8Array | undefined,
  { key, proof }: AddKeyPayload,
): Outcome | undefined {
  if (findKey(state, key) !== undefined) return refused('key-known');
  // a device that is also the recovery key could end all others alone
  if (recoveryKey !== undefined && equalBytes(recoveryKey, key)) return refused('key-known');
  if (!isTorsionFreeKey(key)) return refused('key-invalid');
  const message = keyPossessionMessage(rules.genesisId, account, key);
  return verifyEd25519Sync(key, message, proof) ? undefined : refused('key-proof');
}

/** The account's keys with a new one; undefined when no room is left. The oldest that counts no more makes room. */
export function keysWith(
  state: StateReader,
  keys: readonly Uint8Array[],
  added: Uint8Array,
  time: number,
): readonly Uint8Array[] | undefined {
  if (keys.length < MAX_ACCOUNT_KEYS) return [...keys, added];
  const over = keys.findIndex((key) => isOver(findKey(state, key), time));
  return over < 0 ? undefined : [...keys.filter((_, index) => index !== over), added];
}

export function putNewKey(
  { state, id }: StatementContext,
  account: Uint8Array,
  key: Uint8Array,
  encryptionKey: Uint8Array,
): void {
  const life = { status: 'live', revokedAt: 0, endsAt: 0 } as const;
  state.set(personKey(key), encodeKeyRow({ ...newObject(id), account, encryptionKey, ...life }));
}

/** Keeps the list of keys; what it is not about, its version and latest statement too, stays. */
export function putKeys(
  { state }: StatementContext,
  account: Uint8Array,
  row: AccountRow,
  keys: readonly Uint8Array[],
): void {
  state.set(accountKey(account), encodeAccountRow({ ...row, keys }));
}

/** Nothing that the key signed can count any more. */
function isOver(row: KeyRow | undefined, time: number): boolean {
  return row === undefined || row.status === 'compromised' || (row.status === 'rotated' && row.endsAt <= time);
}
