// Records with their content. Each asking is written down where the record is kept: it is asked once and kept in memory.
import { queryOptions } from '@tanstack/react-query';
import type { RpcClient } from '../../../../rpc/client.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { ReadPurpose } from './charts.ts';

export interface Wanted {
  readonly record: string;
  readonly clinic: number;
  readonly version: number;
  readonly purpose: ReadPurpose;
}

type Content = Result<'record_readMany'>['records'][number];

export function recordQuery(client: RpcClient, patient: string, { record, clinic, version, purpose }: Wanted) {
  return queryOptions({
    queryKey: ['doctor', 'record', patient, clinic, record, version, purpose],
    queryFn: ({ signal }) => client.call('record_read', { patient, record, clinic, version, purpose }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** Several of one chart, 64 at most, by record: the node gives as many at once as fit into an answer. */
export function recordsQuery(client: RpcClient, patient: string, wanted: readonly Wanted[]) {
  const [{ clinic = 0, purpose = 'TREAT' } = {}] = wanted;
  const ids = wanted.map(({ record }) => record);
  return queryOptions({
    queryKey: ['doctor', 'record', patient, clinic, purpose, ...ids],
    queryFn: async ({ signal }) => {
      const read = new Map<string, Content>();
      for (let left = ids; left.length > 0; left = left.filter((id) => !read.has(id))) {
        const { records } = await client.call('record_readMany', { patient, records: left, clinic, purpose }, signal);
        for (const one of records) read.set(one.record.record, one);
        if (records.length === 0) break;
      }
      return read;
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** So many of a list at a time, by chart and what they may be read for: when it grows, nothing is read again. */
export function inParts<T extends Wanted>(wanted: readonly T[], size: number): readonly (readonly T[])[] {
  const parts = new Map<string, T[]>();
  for (const [place, one] of wanted.entries()) {
    const part = `${Math.floor(place / size)} ${one.clinic} ${one.purpose}`;
    parts.set(part, [...(parts.get(part) ?? []), one]);
  }
  return [...parts.values()];
}
