// What became of the patient's wish to be erased here; others answer it.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../../shared/node/node-context.tsx';

const EVERY_MS = 15_000;

export function useMyErasure() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'erasure'],
    queryFn: ({ signal }) => client.call('me_erasure', {}, signal),
    refetchInterval: EVERY_MS,
  });
}
