// Accounts on the chain in the words of people: ids in hex, states as the doors answer them. The rules are node/accounts.
import { fromHex, toHex } from '../../common/bytes.ts';
import { readCreate } from '../../consensus/ledger/accounts/types.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { recordState } from '../services/chain-reader.ts';
import type { ChainAccounts } from './ports.ts';

export function chainAccounts(accounts: Accounts): ChainAccounts {
  return {
    view: async (account) => {
      const view = await accounts.account(fromHex(account));
      if (view === undefined) return undefined;
      const keys = view.keys.map(({ key, encryptionKey, status }) => {
        return { key: toHex(key), encryptionKey: toHex(encryptionKey), status };
      });
      const { organisation, suspended, recoveryKey } = view;
      return { organisation, suspended, recovery: recoveryKey !== undefined, keys };
    },
    roles: (account) => accounts.allRoles(fromHex(account)),
    created: async (statement) => {
      const { statement: bytes } = await accounts.checkCreate(statement);
      const { object, payload } = decodeStatement(bytes);
      const recoveryKey = decodePayload(payload, readCreate)?.recoveryKey;
      return { account: toHex(object), recoveryKey: recoveryKey === undefined ? null : toHex(recoveryKey) };
    },
    submit: async (statement) => recordState(await accounts.create(statement)),
    setRole: async (account, role, end) => recordState(await accounts.setRole(fromHex(account), role, end)),
    suspend: async (account) => recordState(await accounts.suspend(fromHex(account))),
    onEnded: (listener) => accounts.onEnded(({ account, what }) => listener({ account: toHex(account), what })),
    onRecoveryStarted: (listener) =>
      accounts.onRecoveryStarted(({ account, statement, at, readyAt }) =>
        listener({ account: toHex(account), statement: toHex(statement), at, readyAt }),
      ),
  };
}
