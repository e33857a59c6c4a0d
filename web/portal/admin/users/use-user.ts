// One person as the node knows them. Read only when somebody looks: each reading stands in the access log.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../../shared/node/node-context.tsx';

export function useUser(user: string) {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'user', user],
    queryFn: ({ signal }) => client.call('admin_user', { user }, signal),
    staleTime: 0,
  });
}
