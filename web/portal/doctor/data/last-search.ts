// What was looked for last, so that coming back from a patient finds the list as it was: in the memory of the page alone, which
// is emptied when another person signs in. Names of patients stand in no address.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Params } from '../../../../rpc/schema/methods.ts';

export type Sought = Params<'patient_search'>;

const KEY = ['doctor-search'];

export function useLastSearch(): readonly [Sought | undefined, (sought: Sought | undefined) => void] {
  const queries = useQueryClient();
  const { data } = useQuery<Sought | null>({
    queryKey: KEY,
    queryFn: () => null,
    initialData: null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  return [data ?? undefined, (sought) => queries.setQueryData(KEY, sought ?? null)];
}
