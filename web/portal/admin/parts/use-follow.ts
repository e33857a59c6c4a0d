// Follows a statement until the chain has it, then reads the administrators' lists anew. What fails on the way is tried again
// for as long as the page is open.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { StatementState } from '../../../../rpc/schema/shapes.ts';
import { useNode } from '../../../shared/node/node-context.tsx';

const WAIT_MS = 10_000;
const AGAIN_MS = 1000;

export function useFollow(): (statement: StatementState) => void {
  const { client } = useNode();
  const queries = useQueryClient();
  const [id, setId] = useState('');
  const { data } = useQuery({
    queryKey: ['follow', id],
    queryFn: ({ signal }) => client.call('tx_wait', { statements: [id], until: 'applied', timeoutMs: WAIT_MS }, signal),
    enabled: id !== '',
    refetchInterval: ({ state }) => (state.data?.reached === true ? false : AGAIN_MS),
    gcTime: 0,
  });
  const reached = data?.reached === true;
  useEffect(() => {
    if (reached) void queries.invalidateQueries({ queryKey: ['admin'] });
  }, [reached, queries]);
  return (statement) => setId(statement.id);
}
