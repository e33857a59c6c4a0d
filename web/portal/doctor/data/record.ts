// One record with its content. Each asking is written down where the record is kept: it is asked once and kept in memory.
import { queryOptions } from '@tanstack/react-query';
import type { RpcClient } from '../../../../rpc/client.ts';
import type { ReadPurpose } from './charts.ts';

export interface Wanted {
  readonly record: string;
  readonly clinic: number;
  readonly version: number;
  readonly purpose: ReadPurpose;
}

export function recordQuery(client: RpcClient, patient: string, { record, clinic, version, purpose }: Wanted) {
  return queryOptions({
    queryKey: ['doctor', 'record', patient, clinic, record, version, purpose],
    queryFn: ({ signal }) => client.call('record_read', { patient, record, clinic, version, purpose }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}
