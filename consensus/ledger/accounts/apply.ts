// Rules of the accounts family (PROTOCOL 7.3).
import { isTorsionFreeKey } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { StatementContext } from '../context.ts';
import { ACCOUNTS_CREATE } from '../kinds.ts';
import { checkChange, checkCreate, checkEnd, newObject } from '../object-row.ts';
import { objectId } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { accountKey, personKey, roleKey } from '../tables.ts';
import type { Outcome } from '../types.ts';
import { checkNewKey, keysWith, putKeys, putNewKey } from './keys.ts';
import { findAccount, findKey } from './read.ts';
import { checkRecoveryKey } from './recovery/apply.ts';
import { type AccountRow, decodeRoleRow, encodeAccountRow, encodeKeyRow, encodeRoleRow, type RoleRow } from './rows.ts';
import {
  isEnd,
  keyObject,
  readAddKey,
  readCreate,
  readRevokeKey,
  readSetRole,
  readSuspend,
  roleByte,
  roleObject,
  type SetRolePayload,
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
  const { profile, encryptionKey, recoveryKey } = payload;
  if (recoveryKey !== undefined && equalBytes(recoveryKey, key)) return refused('key-known');
  const bad = checkRecoveryKey(state, recoveryKey);
  if (bad !== undefined) return bad;
  const owner = { organisation, clinic, profile, recoveryKey, keys: [key] };
  state.set(accountKey(account), encodeAccountRow({ ...newObject(id), ...owner }));
  putNewKey(context, account, key, encryptionKey);
  context.emit('created', { account: toHex(account), key: toHex(key), clinic, organisation });
  return APPLIED;
}

export function applyAddKey(context: StatementContext): Outcome {
  const { state, statement, header } = context;
  const payload = decodePayload(statement.payload, readAddKey);
  if (payload === undefined || context.account === undefined) return refused('payload');
  const { id: account, row: holder } = context.account;
  const { key, encryptionKey } = payload;
  if (!equalBytes(statement.object, keyObject(account, key))) return refused('object');
  const row = findKey(state, key);
  const stop = checkCreate(context, row);
  if (stop !== undefined) return stop === ALREADY_APPLIED || row === undefined ? stop : refused('key-known');
  const bad = checkNewKey(context, account, holder.recoveryKey, payload);
  if (bad !== undefined) return bad;
  const keys = keysWith(state, holder.keys, key, header.timestamp);
  if (keys === undefined) return refused('too-many-keys');
  putKeys(context, account, holder, keys);
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
  const { state, statement, sender } = context;
  const payload = decodePayload(statement.payload, readSetRole);
  if (payload === undefined) return refused('payload');
  const { account, role } = payload;
  if (!equalBytes(statement.object, roleObject(account, sender.clinic, role))) return refused('object');
  const holder = findAccount(state, account);
  if (holder === undefined) return refused('unknown-account');
  const bytes = state.get(roleKey(account, sender.clinic, roleByte(role)));
  const row = bytes === undefined ? undefined : decodeRoleRow(bytes);
  return isEnd(payload, statement.issued) ? endRole(context, payload, row) : giveRole(context, payload, holder, row);
}

/** Creates the role or sets its end anew, also after it had ended. */
function giveRole(
  context: StatementContext,
  payload: SetRolePayload,
  holder: AccountRow,
  row: RoleRow | undefined,
): Outcome {
  const { statement, id } = context;
  const stop = row === undefined || statement.version === 1 ? checkCreate(context, row) : checkChange(context, row);
  if (stop !== undefined) return stop;
  if (!holder.live) return refused('account-suspended');
  const object = row === undefined ? newObject(id) : { ...row, version: statement.version, latest: id };
  putRole(context, payload, { ...object, end: payload.end, ended: row?.ended ?? 0 });
  return APPLIED;
}

/** Takes away, so nothing that was given meanwhile refuses it (PROTOCOL 4.8). */
function endRole(context: StatementContext, payload: SetRolePayload, row: RoleRow | undefined): Outcome {
  const { version } = context.statement;
  if (row === undefined) return refused('unknown-object');
  if (version < 1 || version > row.version) return refused('version');
  if (version <= row.ended) return ALREADY_APPLIED;
  putRole(context, payload, { ...row, latest: context.id, end: Math.min(row.end, payload.end), ended: row.version });
  return APPLIED;
}

function putRole(context: StatementContext, { account, role }: SetRolePayload, row: RoleRow): void {
  const { clinic } = context.sender;
  context.state.set(roleKey(account, clinic, roleByte(role)), encodeRoleRow(row));
  context.emit('role-set', { account: toHex(account), clinic, role, end: row.end });
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
