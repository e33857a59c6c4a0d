// Waits in the background until the chain has what an act sent, then reads the administrators' lists anew.
import { useQueryClient } from '@tanstack/react-query';
import type { StatementState } from '../../../../rpc/schema/shapes.ts';
import { useNode } from '../../../shared/node/node-context.tsx';

const WAIT_MS = 10_000;
/** Blocks may be slow; longer than this nobody looks at the page. */
const WAITS = 12;

export function useFollow(): (statement: StatementState | null) => void {
  const { client } = useNode();
  const queries = useQueryClient();
  const follow = async (id: string) => {
    for (let waits = 0; waits < WAITS; waits++) {
      const { reached } = await client.call('tx_wait', { statements: [id], until: 'applied', timeoutMs: WAIT_MS });
      if (reached) return queries.invalidateQueries({ queryKey: ['admin'] });
    }
    return undefined;
  };
  // Without an answer the lists are read anew by the next visit.
  return (statement) => {
    if (statement !== null) void follow(statement.id).catch(() => undefined);
  };
}
