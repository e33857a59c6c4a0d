// The newest statements of the main chain, asked for again when a block brings some, at most once a second.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import type { RpcClient } from '../../../rpc/client.ts';
import type { HeadValue } from '../../../rpc/schema/subscription.ts';
import { CHAIN_KEY } from '../../shared/node/live-chain.ts';
import { useHeads, useNode } from '../../shared/node/node-context.tsx';
import { itemPage, STATEMENTS } from './item-pages.ts';

const ROWS = 8;
const PAUSE_MS = 1000;

function newestQuery(client: RpcClient) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'newest-statements'],
    queryFn: ({ signal }) => itemPage(client, STATEMENTS, { direction: 'older', from: undefined, rows: ROWS }, signal),
  });
}

export function useNewestStatements(paused: boolean) {
  const { client } = useNode();
  const queries = useQueryClient();
  const query = useQuery({ ...newestQuery(client), enabled: !paused });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const arrived = useCallback(
    ({ head }: HeadValue) => {
      if (head.statementCount === 0 || paused || timer.current !== undefined) return;
      timer.current = setTimeout(() => {
        timer.current = undefined;
        void queries.invalidateQueries({ queryKey: newestQuery(client).queryKey, exact: true });
      }, PAUSE_MS);
    },
    [client, queries, paused],
  );
  useHeads(arrived);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return query;
}
