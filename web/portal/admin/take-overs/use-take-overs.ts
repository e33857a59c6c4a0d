// Take-overs that wait for this clinic; others go on with them.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../../shared/node/node-context.tsx';

const EVERY_MS = 10_000;
const MAX_SHOWN = 64;

export function useTakeOvers() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'take-overs'],
    queryFn: ({ signal }) => client.call('takeover_list', { limit: MAX_SHOWN }, signal),
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
}

export function useTakeOver(takeOver: string) {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'take-over', takeOver],
    queryFn: ({ signal }) => client.call('takeover_get', { takeOver }, signal),
    staleTime: 0,
    refetchInterval: ({ state: { status } }) => (status === 'error' ? false : EVERY_MS),
    retry: false,
  });
}
