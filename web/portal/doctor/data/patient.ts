// What the pages about a patient ask of the node. The reference stands in the address; names and numbers in memory alone.
import { useQueries, useQuery } from '@tanstack/react-query';
import { MAX_NAMED } from '../../../../rpc/schema/patient-search.ts';
import { useNode } from '../../../shared/node/node-context.tsx';

/** What is asked again by itself, since others act too. */
const EVERY_MS = 10_000;

export function useCard(patient: string) {
  const { client } = useNode();
  return useQuery({
    queryKey: ['doctor', 'card', patient],
    queryFn: ({ signal }) => client.call('patient_card', { patient }, signal),
  });
}

/** Requests about charts of this clinic and those that it made. */
export function useRequests() {
  const { client } = useNode();
  return useQuery({
    queryKey: ['doctor', 'requests'],
    queryFn: ({ signal }) => client.call('consent_requests', {}, signal),
    refetchInterval: EVERY_MS,
  });
}

export function useConsents(patient: string) {
  const { client } = useNode();
  return useQuery({
    queryKey: ['doctor', 'consents', patient],
    // Each asking is written into the log: again when something was done here, not by the clock.
    queryFn: ({ signal }) => client.call('consent_list', { patient }, signal),
  });
}

/** Patients of requests and emergencies, by their handles; `null` for those whom this clinic does not know. */
export function useNamed(handles: readonly string[]) {
  const { client } = useNode();
  const parts = chunks([...new Set(handles)].sort());
  const answers = useQueries({
    queries: parts.map((part) => ({
      queryKey: ['doctor', 'named', ...part],
      queryFn: ({ signal }: { signal: AbortSignal }) => client.call('patient_named', { handles: part }, signal),
    })),
  });
  const named = new Map(
    answers.flatMap(({ data }) => data?.patients ?? []).flatMap((card) => (card === null ? [] : [[card.handle, card]])),
  );
  return (handle: string) => named.get(handle);
}

function chunks(handles: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < handles.length; at += MAX_NAMED) parts.push(handles.slice(at, at + MAX_NAMED));
  return parts;
}
