// Rules of the accounts family (PROTOCOL 7.3).
import { isTorsionFreeKey, verifyEd25519Sync } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { StatementContext } from '../context.ts';
import { ACCOUNTS_CREATE } from '../kinds.ts';
import { checkChange, checkCreate, checkEnd, newObject } from '../object-row.ts';
import { objectId } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { accountKey, personKey, roleKey } from '../tables.ts';
import type { Outcome } from '../types.ts';
import { findAccount, findKey } from './read.ts';
import { decodeRoleRow, encodeAccountRow, encodeKeyRow, encodeRoleRow } from './rows.ts';
import {
  keyObject,
  keyPossessionMessage,
  readAddKey,
  readCreate,
  readRevokeKey,
  readSetRole,
  readSuspend,
  roleByte,
  roleObject,
} from './types.ts';

export function applyCreate(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  const payload = decodePayload(statement.payload, readCreate);
  if (payload === undefined || statement.author.type !== 'person') return refused('payload');
  const { key } = statement.author;
  const account = objectId(ACCOUNTS_CREATE, statement.author, payload.salt);
  if (!equalBytes(statement.object, account)) return refused('object');
  const stop = checkCreate(context, findAccount(state, account));
  if (stop !== undefined) return stop;
  if (findKey(state, key) !== undefined) return refused('key-known');
  if (!isTorsionFreeKey(key)) return refused('key-invalid');
  const { organisation, clinic } = sender;
  const { profile, encryptionKey } = payload;
  state.set(accountKey(account), encodeAccountRow({ ...newObject(id), organisation, clinic, profile }));
  putNewKey(context, account, key, encryptionKey);
  context.emit('created', { account: toHex(account), key: toHex(key), clinic, organisation });
  return APPLIED;
}

export function applyAddKey(context: StatementContext): Outcome {
  const { state, statement, rules } = context;
  const payload = decodePayload(statement.payload, readAddKey);
  if (payload === undefined || context.account === undefined) return refused('payload');
  const account = context.account.id;
  const { key, encryptionKey, proof } = payload;
  if (!equalBytes(statement.object, keyObject(account, key))) return refused('object');
  const row = findKey(state, key);
  const stop = checkCreate(context, row);
  if (stop !== undefined) return stop === ALREADY_APPLIED || row === undefined ? stop : refused('key-known');
  // PROTOCOL 4.9: both checks are paid for in units whether or not the statement gets here
  if (!isTorsionFreeKey(key)) return refused('key-invalid');
  const message = keyPossessionMessage(rules.genesisId, account, key);
  if (!verifyEd25519Sync(key, message, proof)) return refused('key-proof');
  putNewKey(context, account, key, encryptionKey);
  context.emit('key-added', { account: toHex(account), key: toHex(key) });
  return APPLIED;
}

export function applyRevokeKey(context: StatementContext): Outcome {
  const { state, statement, id, rules } = context;
  const payload = decodePayload(statement.payload, readRevokeKey);
  if (payload === undefined || context.account === undefined) return refused('payload');
  const { key, reason } = payload;
  const row = findKey(state, key);
  if (row === undefined) return refused('unknown-object');
  if (!equalBytes(row.account, context.account.id)) return refused('authority');
  if (!equalBytes(statement.object, keyObject(row.account, key))) return refused('object');
  const stop = checkEnd(context, row);
  // a rotated key that turns out to be stolen loses its grace (PROTOCOL 7.3.4)
  const worse = reason === 'compromised' && row.status === 'rotated';
  if (stop !== undefined && !(stop === ALREADY_APPLIED && worse)) return stop;
  const revokedAt = statement.issued;
  const endsAt = reason === 'rotated' ? revokedAt + rules.params.keyGrace : revokedAt;
  state.set(personKey(key), encodeKeyRow({ ...row, live: false, latest: id, status: reason, revokedAt, endsAt }));
  context.emit('key-revoked', { account: toHex(row.account), key: toHex(key), reason, endsAt });
  return APPLIED;
}

export function applySetRole(context: StatementContext): Outcome {
  const { state, statement, id, sender, header } = context;
  const payload = decodePayload(statement.payload, readSetRole);
  if (payload === undefined) return refused('payload');
  const { account, role, end } = payload;
  if (!equalBytes(statement.object, roleObject(account, sender.clinic, role))) return refused('object');
  const holder = findAccount(state, account);
  if (holder === undefined) return refused('unknown-account');
  const key = roleKey(account, sender.clinic, roleByte(role));
  const bytes = state.get(key);
  const row = bytes === undefined ? undefined : decodeRoleRow(bytes);
  const stop = row === undefined || statement.version === 1 ? checkCreate(context, row) : checkChange(context, row);
  if (stop !== undefined) return stop;
  // ending a role is possible at any time, giving one to a suspended account is not
  if (!holder.live && end > header.timestamp) return refused('account-suspended');
  const object = row === undefined ? newObject(id) : { ...row, version: statement.version, latest: id };
  state.set(key, encodeRoleRow({ ...object, end }));
  context.emit('role-set', { account: toHex(account), clinic: sender.clinic, role, end });
  return APPLIED;
}

export function applySuspend(context: StatementContext): Outcome {
  const { state, statement, id, sender } = context;
  if (decodePayload(statement.payload, readSuspend) === undefined) return refused('payload');
  const row = findAccount(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (row.organisation !== sender.organisation) return refused('authority');
  const stop = checkEnd(context, row);
  if (stop !== undefined) return stop;
  state.set(accountKey(statement.object), encodeAccountRow({ ...row, live: false, latest: id }));
  context.emit('suspended', { account: toHex(statement.object), clinic: sender.clinic });
  return APPLIED;
}

function putNewKey(
  { state, id }: StatementContext,
  account: Uint8Array,
  key: Uint8Array,
  encryptionKey: Uint8Array,
): void {
  const life = { status: 'live', revokedAt: 0, endsAt: 0 } as const;
  state.set(personKey(key), encodeKeyRow({ ...newObject(id), account, encryptionKey, ...life }));
}
