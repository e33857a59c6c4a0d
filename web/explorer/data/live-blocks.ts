// The newest blocks as they arrive, unless paused. What came meanwhile is counted and shown at once on going on.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import type { Result } from '../../../rpc/schema/methods.ts';
import type { HeadValue } from '../../../rpc/schema/subscription.ts';
import { useHeads, useLive, useNode } from '../../shared/node/node-context.tsx';
import { blocksQuery } from './queries.ts';

type Blocks = Result<'chain_blocks'>;

export const LIVE_ROWS = 8;

export function useLiveBlocks(paused: boolean) {
  const { client } = useNode();
  const queries = useQueryClient();
  const options = blocksQuery(client, undefined, LIVE_ROWS);
  const query = useQuery(options);
  const [frozen, setFrozen] = useState<Blocks>();
  const { queryKey } = options;
  const key = JSON.stringify(queryKey);
  const arrived = useCallback(
    ({ head }: HeadValue) => {
      const keyNow = JSON.parse(key);
      const known = queries.getQueryData<Blocks>(keyNow);
      const top = known?.blocks[0];
      if (known === undefined || top?.id === head.id) return;
      if (top?.id !== head.parent) void queries.invalidateQueries({ queryKey: keyNow, exact: true });
      else queries.setQueryData<Blocks>(keyNow, { ...known, blocks: [head, ...known.blocks].slice(0, LIVE_ROWS) });
    },
    [queries, key],
  );
  useHeads(arrived);
  if (paused && frozen === undefined && query.data !== undefined) setFrozen(query.data);
  if (!paused && frozen !== undefined) setFrozen(undefined);
  const shown = paused ? (frozen ?? query.data) : query.data;
  const head = useLive().head?.height ?? 0;
  const waiting = paused && shown?.blocks[0] !== undefined ? Math.max(0, head - shown.blocks[0].height) : 0;
  return { query, shown, waiting };
}
