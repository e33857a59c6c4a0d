// Asks again for something that is not settled yet, whenever the chain moves.
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import type { EventValue } from '../../../rpc/schema/subscription.ts';
import { useHeads, useNode } from '../../shared/node/node-context.tsx';

/** With every new head while `unsettled`. */
export function useFreshWithHeads(key: QueryKey, unsettled: boolean): void {
  const queries = useQueryClient();
  const text = JSON.stringify(key);
  const refresh = useCallback(() => {
    if (unsettled) void queries.invalidateQueries({ queryKey: JSON.parse(text), exact: true });
  }, [queries, text, unsettled]);
  useHeads(refresh);
}

/** Follows the events of all ledger families. The listener must keep its identity. */
export function useEvents(listener: (event: EventValue) => void): void {
  const { client } = useNode();
  useEffect(() => client.subscribe('events', {}, listener), [client, listener]);
}

/** With each event of these statements, applied or undone. */
export function useFreshWithEvents(key: QueryKey, statements: readonly string[]): void {
  const queries = useQueryClient();
  const text = JSON.stringify(key);
  const ids = statements.join();
  const listener = useCallback(
    ({ statement }: EventValue) => {
      if (ids.includes(statement)) void queries.invalidateQueries({ queryKey: JSON.parse(text), exact: true });
    },
    [queries, text, ids],
  );
  useEvents(listener);
}
