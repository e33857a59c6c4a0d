// Follows statements: one until the chain has it and the administrators' lists were read anew since, one to its end. What
// fails on the way is tried again for as long as the page is open.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { StatementState } from '../../../../rpc/schema/shapes.ts';
import { useNode } from '../../../shared/node/node-context.tsx';

const WAIT_MS = 10_000;
const AGAIN_MS = 1000;
/** Refused readings stand in the access log too. */
const AFTER_FAILURE_MS = 5000;

export function useFollow(): (statement: Pick<StatementState, 'id'>) => void {
  const { client } = useNode();
  const queries = useQueryClient();
  const [id, setId] = useState('');
  useQuery({
    queryKey: ['follow', id],
    queryFn: async ({ signal }) => {
      const wait = { statements: [id], until: 'applied' as const, timeoutMs: WAIT_MS };
      const { reached } = await client.call('tx_wait', wait, signal);
      if (reached) await queries.invalidateQueries({ queryKey: ['admin'] }, { throwOnError: true });
      return reached;
    },
    enabled: id !== '',
    refetchInterval: ({ state: { status, data } }) => {
      if (status === 'error') return AFTER_FAILURE_MS;
      return data === true ? false : AGAIN_MS;
    },
    gcTime: 0,
  });
  return (statement) => setId(statement.id);
}

/** What has become of it so far. */
export function useReached(statement: StatementState): StatementState {
  const { client } = useNode();
  const { data = statement } = useQuery({
    queryKey: ['reached', statement.id],
    queryFn: async ({ signal }) => {
      const { statements } = await client.call(
        'tx_wait',
        { statements: [statement.id], until: 'applied', timeoutMs: 0 },
        signal,
      );
      return statements[0];
    },
    refetchInterval: ({ state: { status, data } }) => {
      if (status === 'error') return AFTER_FAILURE_MS;
      return data?.status === 'final' || data?.status === 'refused' ? false : AGAIN_MS;
    },
    gcTime: 0,
  });
  return data;
}
