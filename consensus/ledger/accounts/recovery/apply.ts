// Rules of recovery (PROTOCOL 7.3.7 to 7.3.10): nobody comes back to an account without its recovery key, and not before
// its devices had time to stop it.
import { isTorsionFreeKey } from '#crypto';
import { equalBytes, toHex } from '../../../../common/bytes.ts';
import type { StatementContext } from '../../context.ts';
import { checkChange } from '../../object-row.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../../outcome.ts';
import { decodePayload } from '../../payload.ts';
import { accountKey, personKey, recoveryKey } from '../../tables.ts';
import type { Outcome, StateReader } from '../../types.ts';
import { checkNewKey, putKeys, putNewKey } from '../keys.ts';
import { findAccount, findKey, findRecovery } from '../read.ts';
import { encodeAccountRow, encodeKeyRow } from '../rows.ts';
import { encodeRecoveryRow, type RecoveryRow } from './rows.ts';
import { readRecoverFinish, readRecoverStart, readRecoverVeto, readSetRecovery, recoveryObject } from './types.ts';

export function applySetRecovery(context: StatementContext): Outcome {
  const { state, statement, id, account } = context;
  const payload = decodePayload(statement.payload, (input) => ({ key: readSetRecovery(input) }));
  if (payload === undefined || account === undefined) return refused('payload');
  if (!equalBytes(statement.object, account.id)) return refused('object');
  const stop = checkChange(context, account.row);
  if (stop !== undefined) return stop;
  const bad = checkRecoveryKey(state, payload.key);
  if (bad !== undefined) return bad;
  const row = { ...account.row, version: statement.version, latest: id, recoveryKey: payload.key };
  state.set(accountKey(account.id), encodeAccountRow(row));
  // words that are replaced may be in the wrong hands: what they started is over
  const open = findRecovery(state, account.id);
  if (open?.live) stopRecovery(context, account.id, open);
  context.emit('recovery-set', {
    account: toHex(account.id),
    key: payload.key === undefined ? null : toHex(payload.key),
  });
  return APPLIED;
}

export function applyRecoverStart(context: StatementContext): Outcome {
  const { state, statement, id, rules, header } = context;
  const payload = decodePayload(statement.payload, readRecoverStart);
  if (payload === undefined || statement.author.type !== 'person') return refused('payload');
  const { account, key, encryptionKey } = payload;
  if (!equalBytes(statement.object, recoveryObject(account))) return refused('object');
  const holder = findAccount(state, account);
  if (holder === undefined) return refused('unknown-account');
  if (holder.recoveryKey === undefined || !equalBytes(holder.recoveryKey, statement.author.key)) {
    return refused('recovery-key');
  }
  if (!holder.live) return refused('account-suspended');
  const row = findRecovery(state, account);
  if (row !== undefined && equalBytes(row.latest, id)) return ALREADY_APPLIED;
  // one that is open is replaced: whoever lost the new device too begins again, and waits again
  const version = (row?.version ?? 0) + 1;
  if (statement.version !== version) return refused('version');
  const bad = checkNewKey(context, account, holder.recoveryKey, payload);
  if (bad !== undefined) return bad;
  // by the block's time: the author chooses the statement's own
  const readyAt = header.timestamp + rules.params.recoveryDelay;
  const object = { version, live: true, created: row?.created ?? id, latest: id };
  const started = { ...object, ended: row?.ended ?? 0, key, encryptionKey, readyAt, finished: false };
  state.set(recoveryKey(account), encodeRecoveryRow(started));
  context.emit('recovery-started', { account: toHex(account), key: toHex(key), readyAt });
  return APPLIED;
}

export function applyRecoverVeto(context: StatementContext): Outcome {
  const { state, statement, account } = context;
  if (decodePayload(statement.payload, readRecoverVeto) === undefined || account === undefined)
    return refused('payload');
  if (!equalBytes(statement.object, recoveryObject(account.id))) return refused('object');
  const row = findRecovery(state, account.id);
  if (row === undefined) return refused('unknown-object');
  if (statement.version < 1 || statement.version > row.version) return refused('version');
  if (!row.live || statement.version <= row.ended) return ALREADY_APPLIED;
  stopRecovery(context, account.id, row);
  return APPLIED;
}

export function applyRecoverFinish(context: StatementContext): Outcome {
  const { state, statement, id, header } = context;
  const account = decodePayload(statement.payload, readRecoverFinish);
  if (account === undefined || statement.author.type !== 'person') return refused('payload');
  if (!equalBytes(statement.object, recoveryObject(account))) return refused('object');
  const holder = findAccount(state, account);
  const row = findRecovery(state, account);
  if (holder === undefined || row === undefined) return refused('unknown-object');
  if (!equalBytes(row.key, statement.author.key)) return refused('recovery-other');
  if (equalBytes(row.latest, id)) return ALREADY_APPLIED;
  if (statement.version !== row.version) return refused('version');
  if (!row.live) return refused('ended');
  if (!holder.live) return refused('account-suspended');
  if (header.timestamp < row.readyAt) return refused('recovery-early');
  // whoever holds it may have registered it elsewhere meanwhile
  if (findKey(state, row.key) !== undefined) return refused('key-known');
  endKeys(context, holder.keys);
  putKeys(context, account, holder, [row.key]);
  putNewKey(context, account, row.key, row.encryptionKey);
  const over = { ...row, live: false, latest: id, ended: row.version, finished: true };
  state.set(recoveryKey(account), encodeRecoveryRow(over));
  context.emit('recovered', { account: toHex(account), key: toHex(row.key) });
  return APPLIED;
}

/** Undefined when the key, or none, may recover an account. */
export function checkRecoveryKey(state: StateReader, key: Uint8Array | undefined): Outcome | undefined {
  if (key === undefined) return undefined;
  if (findKey(state, key) !== undefined) return refused('key-known');
  return isTorsionFreeKey(key) ? undefined : refused('key-invalid');
}

function stopRecovery(context: StatementContext, account: Uint8Array, row: RecoveryRow): void {
  const stopped = { ...row, live: false, latest: context.id, ended: row.version };
  context.state.set(recoveryKey(account), encodeRecoveryRow(stopped));
  context.emit('recovery-stopped', { account: toHex(account) });
}

/** All that the lost devices signed counts for nothing from here on, also while a rotated one still had its grace. */
function endKeys({ state, statement, id }: StatementContext, keys: readonly Uint8Array[]): void {
  for (const key of keys) {
    const row = findKey(state, key);
    if (row === undefined || row.status === 'compromised') continue;
    const end = {
      live: false,
      latest: id,
      status: 'compromised',
      revokedAt: statement.issued,
      endsAt: statement.issued,
    } as const;
    state.set(personKey(key), encodeKeyRow({ ...row, ...end }));
  }
}
