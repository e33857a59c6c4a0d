// account_prepare, account_get, account_setRole, account_suspend: accounts on the chain, for pages and commands.
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { statementIdOf, unsignedStatementBytes } from '../../consensus/ledger/statement.ts';
import type { Params as ChainParams } from '../../consensus/params.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params, Result } from '../../rpc/schema/methods.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { AccountError } from '../accounts/errors.ts';
import { type AccountAction, type Prepared, type PrepareOptions, prepare, prepareCreate } from '../accounts/prepare.ts';
import type { AccountView } from '../accounts/view.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import { type ChainReader, recordState } from './chain-reader.ts';

export type AccountChainHandlers = Pick<
  Handlers,
  'account_prepare' | 'account_get' | 'account_setRole' | 'account_suspend'
>;

type Asked = Exclude<Params<'account_prepare'>, { action: 'create' }>;

export interface AccountChainOptions {
  readonly genesisId: Uint8Array;
  readonly params: ChainParams;
}

export interface AccountChainModules {
  readonly accounts: Accounts;
  readonly reader: ChainReader;
  readonly clock: Clock;
}

export function accountChainService(options: AccountChainOptions, modules: AccountChainModules): AccountChainHandlers {
  const { accounts, reader, clock } = modules;
  const known = async (account: string): Promise<AccountView> => {
    const view = await accounts.account(fromHex(account));
    if (view === undefined) throw new AccountError({ code: 'account.unknown' });
    return view;
  };
  const preparing = (): PrepareOptions => ({ ...options, now: clock.now() });
  const said = (account: string, record: OutboxRecord): Result<'account_suspend'> => ({
    account,
    statement: recordState(record, reader.finalHeight),
  });
  return {
    account_prepare: async (asked) => {
      if (asked.action !== 'create')
        return prepared(options, prepare(preparing(), await known(asked.account), action(asked)));
      const { key, encryptionKey, profile, recoveryKey } = asked;
      const keys = { key: fromHex(key), encryptionKey: fromHex(encryptionKey), profile: fromHex(profile) };
      const creation = { action: 'create', ...keys, recoveryKey: optional(recoveryKey) } as const;
      return prepared(options, prepareCreate(preparing(), creation, randomBytes(SALT_BYTES)));
    },

    account_get: async ({ account }) => {
      const view = await known(account);
      const [roles, { status }] = await Promise.all([accounts.allRoles(view.account), reader.standing(view.latest)]);
      const { recovery } = view;
      return {
        ...{ account, organisation: view.organisation, clinic: view.clinic, suspended: view.suspended },
        status: view.suspensionPending ? 'pending' : status === 'unknown' ? 'applied' : status,
        keys: view.keys.map(({ key, encryptionKey, status: standing, revokedAt, endsAt }) => ({
          ...{ key: toHex(key), encryptionKey: toHex(encryptionKey), status: standing },
          ...{ revoked: revokedAt || null, ends: endsAt || null },
        })),
        roles: roles.map(({ clinic, role, end }) => ({ clinic, role, until: end })),
        recoveryKey: view.recoveryKey === undefined ? null : toHex(view.recoveryKey),
        recovery:
          recovery === undefined
            ? null
            : { key: toHex(recovery.key), state: recovery.state, version: recovery.version, ready: recovery.readyAt },
      };
    },

    account_setRole: async ({ account, role, until }) => {
      return said(account, await accounts.setRole(fromHex(account), role, until ?? clock.now()));
    },

    account_suspend: async ({ account }) => said(account, await accounts.suspend(fromHex(account))),
  };
}

function action(asked: Asked): AccountAction {
  switch (asked.action) {
    case 'add-key':
      return { action: asked.action, author: fromHex(asked.author), ...newDevice(asked) };
    case 'revoke-key':
      return { action: asked.action, author: fromHex(asked.author), key: fromHex(asked.key), reason: asked.reason };
    case 'set-recovery':
      return { action: asked.action, author: fromHex(asked.author), recoveryKey: optional(asked.recoveryKey) };
    case 'recover-start':
      return { action: asked.action, ...newDevice(asked) };
    case 'recover-veto':
      return { action: asked.action, author: fromHex(asked.author) };
    case 'recover-finish':
      return { action: asked.action };
  }
}

function newDevice({ key, encryptionKey, proof }: { key: string; encryptionKey: string; proof?: string | undefined }) {
  return { key: fromHex(key), encryptionKey: fromHex(encryptionKey), proof: optional(proof ?? null) };
}

function optional(text: string | null): Uint8Array | undefined {
  return text === null ? undefined : fromHex(text);
}

function prepared(
  { genesisId }: AccountChainOptions,
  { account, signer, words, statement, possession }: Prepared,
): Result<'account_prepare'> {
  const bytes = statement && unsignedStatementBytes(statement);
  return {
    ...{ account: toHex(account), signer: toHex(signer), words },
    statement: bytes === undefined ? null : toHex(bytes),
    id: bytes === undefined ? null : toHex(statementIdOf(genesisId, bytes)),
    possession: possession === undefined ? null : toHex(possession),
  };
}
