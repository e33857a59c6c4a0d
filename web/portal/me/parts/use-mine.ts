// What the node says about the patient who is signed in. Each reading is written down, so nothing is read again and again.
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useVault } from '../../../shared/session/session-context.tsx';

const EVERY_MS = 15_000;

/** Whom reception does not know yet is not told anything more by asking again. */
const whileKnown = ({ state }: { state: { status: string } }) => (state.status === 'error' ? false : EVERY_MS);

export function useSummary(enabled = true): UseQueryResult<Result<'me_summary'>> {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'summary'],
    queryFn: ({ signal }) => client.call('me_summary', {}, signal),
    enabled,
  });
}

/** What she can share with besides clinics; a clinic without applications has none. */
export function useApplications(): UseQueryResult<Result<'me_applications'>> {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'applications'],
    queryFn: ({ signal }) => client.call('me_applications', {}, signal),
    retry: false,
  });
}

export function useMyRecords(category: MyRecord['category'] | undefined): UseQueryResult<Result<'me_records'>> {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'records', category],
    queryFn: ({ signal }) => client.call('me_records', category === undefined ? {} : { category }, signal),
  });
}

export function useMyRequests(enabled = true): UseQueryResult<Result<'me_requests'>> {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'requests'],
    queryFn: ({ signal }) => client.call('me_requests', {}, signal),
    refetchInterval: whileKnown,
    enabled,
    retry: false,
  });
}

export function useMySharing(): UseQueryResult<Result<'me_sharing'>> {
  const { client } = useNode();
  return useQuery({ queryKey: ['mine', 'sharing'], queryFn: ({ signal }) => client.call('me_sharing', {}, signal) });
}

export function useMyNotices(enabled = true): UseQueryResult<Result<'me_notices'>> {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'notices'],
    queryFn: ({ signal }) => client.call('me_notices', {}, signal),
    refetchInterval: whileKnown,
    enabled,
    retry: false,
  });
}

/** The same records, those of the vault with their titles where the vault is open in this page. */
export function useOpened(records: readonly MyRecord[]): readonly MyRecord[] {
  const { client } = useNode();
  const open = useVault();
  const sealed = records.filter(({ mode, title }) => mode === 'vault' && title === null);
  const { data } = useQuery({
    queryKey: ['mine', 'opened', sealed.map(recordKey)],
    queryFn: async () => {
      if (open === undefined) return [];
      const { openItems } = await import('../../../shared/vault/my-records.ts');
      return openItems(client, open, sealed);
    },
    enabled: open !== undefined && sealed.length > 0,
  });
  if (open === undefined || data === undefined) return records;
  const opened = new Map(data.map((record) => [recordKey(record), record]));
  return records.map((record) => opened.get(recordKey(record)) ?? record);
}

export function recordKey({ record, version }: Pick<MyRecord, 'record' | 'version'>): string {
  return `${record}/${version}`;
}
