// What waits for administrators; asked again and again, since others decide too.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../shared/node/node-context.tsx';

const EVERY_MS = 30_000;

export function useApprovals(enabled = true) {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'approvals'],
    queryFn: ({ signal }) => client.call('admin_approvals', {}, signal),
    staleTime: 0,
    refetchInterval: EVERY_MS,
    enabled,
  });
}
