// The keys of applications, without their secrets.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../../shared/node/node-context.tsx';

export function useApiKeys() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'api-keys'],
    queryFn: ({ signal }) => client.call('apikey_list', {}, signal),
    staleTime: 0,
  });
}
