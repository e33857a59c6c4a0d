// Take-overs of the patient's records; others go on with them.
import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useVault } from '../../../shared/session/session-context.tsx';

const EVERY_MS = 5_000;

export type MyTakeOvers = Result<'me_takeOvers'>;

export function useMyTakeOvers() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'take-overs'],
    queryFn: ({ signal }) => client.call('me_takeOvers', {}, signal),
    refetchInterval: ({ state: { status } }) => (status === 'error' ? false : EVERY_MS),
    retry: false,
  });
}

/** Keys of the open vault; undefined while it is not open in this page. */
export function useOwnTakeOverKeys(handle: string): readonly string[] | undefined {
  const open = useVault();
  const { data } = useQuery({
    queryKey: ['mine', 'take-over-keys', handle],
    queryFn: async () => {
      if (open === undefined) return [];
      const { ownTakeOverKeys } = await import('../../../shared/vault/take-over.ts');
      return ownTakeOverKeys(open, { handle });
    },
    enabled: open !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return open === undefined ? undefined : data;
}
