// Emergencies as this clinic knows them; asked again, since others open and close them.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../../shared/node/node-context.tsx';

const EVERY_MS = 15_000;

export function useEmergencies() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'emergencies'],
    queryFn: ({ signal }) => client.call('emergency_list', {}, signal),
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
}
