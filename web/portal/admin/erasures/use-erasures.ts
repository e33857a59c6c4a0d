// Erasures and holds of this clinic, and what patients asked for; asked again, since others decide too.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../../shared/node/node-context.tsx';

const EVERY_MS = 10_000;
/** While clinics are at it. */
const SOON_MS = 2000;

export function useErasures() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'erasures'],
    queryFn: ({ signal }) => client.call('erasure_list', {}, signal),
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => {
      const moves = data?.erasures.some(({ state }) => state === 'queued' || state === 'approved');
      return moves === true ? SOON_MS : EVERY_MS;
    },
  });
}

export function useWishes() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'erasure-wishes'],
    queryFn: ({ signal }) => client.call('erasure_wishes', {}, signal),
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
}

/** Of an erasure that was approved. */
export function useCertificate(erasure: string) {
  const { client } = useNode();
  return useQuery({
    queryKey: ['admin', 'erasure-certificate', erasure],
    queryFn: ({ signal }) => client.call('erasure_certificate', { erasure }, signal),
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => (data === undefined || data.unanswered.length > 0 ? SOON_MS : EVERY_MS),
  });
}
