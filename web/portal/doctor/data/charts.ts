// What this person may read of a patient: the charts of every clinic, in an open emergency also what that opened.
import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { RecordEntry } from '../../../../rpc/schema/record.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useOpenEmergency } from './emergency.ts';

type Chart = Result<'record_list'>['charts'][number];
export type ReadPurpose = 'TREAT' | 'BTG';

export interface ReadableRecord extends RecordEntry {
  /** For which it may be read. */
  readonly purpose: ReadPurpose;
}

export interface Readable {
  /** Newest first; of each record the newest version. */
  readonly records: readonly ReadableRecord[];
  /** Clinics that keep something back, or where nothing is shared. */
  readonly closed: readonly number[];
  readonly unreachable: readonly number[];
}

export function useCharts(patient: string, handle: string | undefined) {
  const { client } = useNode();
  const purposes: readonly ReadPurpose[] = useOpenEmergency(handle) === undefined ? ['TREAT'] : ['TREAT', 'BTG'];
  return useQuery({
    queryKey: ['doctor', 'charts', patient, ...purposes],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(
        purposes.map(async (purpose) => {
          const { charts } = await client.call('record_list', { patient, purpose }, signal);
          return charts.map((chart) => ({ ...chart, purpose }));
        }),
      );
      return readableOf(lists.flat());
    },
    // When an emergency begins or ends, forms about records stay; what it opened does not.
    placeholderData: (before, of) => (of?.queryKey[2] === patient ? before && withoutEmergency(before) : undefined),
    enabled: handle !== undefined,
  });
}

function withoutEmergency(readable: Readable): Readable {
  return { ...readable, records: readable.records.filter(({ purpose }) => purpose === 'TREAT') };
}

export function readableOf(charts: readonly (Chart & { readonly purpose: ReadPurpose })[]): Readable {
  const newest = new Map<string, ReadableRecord>();
  for (const { records, purpose } of charts) {
    for (const record of records) {
      const known = newest.get(record.record);
      if (known === undefined || known.version < record.version) newest.set(record.record, { ...record, purpose });
    }
  }
  const best = new Map<number, Chart['state']>();
  for (const { clinic, state } of charts) {
    const known = best.get(clinic);
    if (known === undefined || RANK[state] > RANK[known]) best.set(clinic, state);
  }
  const inState = (state: Chart['state']) => [...best].filter(([, one]) => one === state).map(([clinic]) => clinic);
  return {
    records: [...newest.values()].sort((a, b) => b.written - a.written),
    closed: inState('refused'),
    unreachable: inState('unreachable'),
  };
}

const RANK: Readonly<Record<Chart['state'], number>> = { unreachable: 0, refused: 1, open: 2 };
