// What the patient's pages do with the vault in this browser: asks for it when it is not open; its code comes when it is used.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { OpenVault } from '../../../../identity/vault/vault.ts';
import type { RpcClient } from '../../../../rpc/client.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useUnlock } from '../../../shared/vault/unlock.tsx';

type MyRecords = typeof import('../../../shared/vault/my-records.ts');
type Work<T> = (records: MyRecords, client: RpcClient, open: OpenVault) => Promise<T>;

/** Runs the work with the open vault. Throws CANCELLED where the person does not open it. */
export function useOwnVault(): <T>(work: Work<T>) => Promise<T> {
  const { client } = useNode();
  const unlock = useUnlock();
  return useCallback(
    async (work) => {
      const { open } = await unlock();
      return work(await import('../../../shared/vault/my-records.ts'), client, open);
    },
    [client, unlock],
  );
}

/** After an act: everything about the patient is read anew. */
export function useReread(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: ['mine'] }), [queries]);
}
