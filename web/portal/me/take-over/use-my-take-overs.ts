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

export interface MyOwnTakeOvers {
  /** Of the open vault, hex. */
  readonly keys: readonly string[];
  readonly takeOvers: MyTakeOvers['takeOvers'];
}

/** By keys of the open vault, asked for by name; undefined while it is not open in this page or they are not known yet. */
export function useOwnTakeOvers(handle: string): MyOwnTakeOvers | undefined {
  const { client } = useNode();
  const open = useVault();
  const { data: own } = useQuery({
    queryKey: ['mine', 'take-over-keys', handle],
    queryFn: async () => {
      if (open === undefined) return { keys: [], takeOvers: [] };
      const { ownTakeOvers } = await import('../../../shared/vault/take-over.ts');
      return ownTakeOvers(open, { handle });
    },
    enabled: open !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { data: known } = useQuery({
    queryKey: ['mine', 'take-overs', handle, own?.takeOvers],
    queryFn: ({ signal }) => client.call('me_takeOvers', { takeOvers: [...(own?.takeOvers ?? [])] }, signal),
    enabled: own !== undefined,
    refetchInterval: ({ state: { status } }) => (status === 'error' ? false : EVERY_MS),
    retry: false,
  });
  if (open === undefined || own === undefined || known === undefined) return undefined;
  return { keys: own.keys, takeOvers: known.takeOvers };
}
