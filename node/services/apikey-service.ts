// apikey_*: keys of applications, for administrators and the operator.

import { SCOPES } from '../../rpc/access/table.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { ApiKeyView } from '../../rpc/schema/apikey.ts';
import type { ApiKeyStore } from '../access/api-keys/api-keys.ts';
import type { ApiKeyRecord } from '../access/api-keys/record.ts';

export type ApiKeyHandlers = Pick<Handlers, 'apikey_create' | 'apikey_list' | 'apikey_rotate' | 'apikey_revoke'>;

export function apiKeyService({ apiKeys }: { readonly apiKeys: ApiKeyStore }): ApiKeyHandlers {
  const view = (record: ApiKeyRecord): ApiKeyView => {
    const { id, name, made, madeBy, until, lastUsed, lastAddress, old } = record;
    return {
      ...{ id, name, made, madeBy, until, lastUsed, lastAddress },
      scopes: [...record.scopes],
      application: apiKeys.applicationOf(record),
      allowedAddresses: [...record.addresses],
      oldSecretUntil: old?.until ?? null,
      state: apiKeys.stateOf(record),
    };
  };
  return {
    apikey_create: async (wanted, { principal }) => {
      const madeBy = principal.kind === 'session' ? principal.session.user : null;
      const { record, secret } = await apiKeys.create({ ...wanted, madeBy });
      return { key: view(record), secret };
    },
    apikey_list: async () => ({ keys: apiKeys.list().map(view), scopes: [...SCOPES] }),
    apikey_rotate: async ({ id }) => {
      const { record, secret } = await apiKeys.rotate(id);
      return { key: view(record), secret };
    },
    apikey_revoke: async ({ id }) => ({ key: view(await apiKeys.revoke(id)) }),
  };
}
