// The explorer's questions to the node, each with the key under which its answer is kept.
// Keys begin with CHAIN_KEY: reorganisations and gaps make all of them stale at once.
import { queryOptions } from '@tanstack/react-query';
import type { RpcClient } from '../../../rpc/client.ts';
import { CHAIN_KEY } from '../../shared/node/live-chain.ts';
import type { BlockRef } from './refs.ts';

export const PAGE_ROWS = 25;

export function blocksQuery(client: RpcClient, before: number | undefined, limit = PAGE_ROWS) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'blocks', before, limit],
    queryFn: ({ signal }) => client.call('chain_blocks', { before, limit }, signal),
  });
}

export function blockQuery(client: RpcClient, ref: BlockRef) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'block', ref],
    queryFn: ({ signal }) => client.call('chain_block', ref, signal),
  });
}

export function transactionQuery(client: RpcClient, id: string) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'transaction', id],
    queryFn: ({ signal }) => client.call('chain_transaction', { id }, signal),
  });
}

export function statementQuery(client: RpcClient, id: string) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'statement', id],
    queryFn: ({ signal }) => client.call('chain_statement', { id }, signal),
  });
}

export function searchQuery(client: RpcClient, query: string) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'search', query],
    queryFn: ({ signal }) => client.call('chain_search', { query, limit: 50 }, signal),
  });
}

export function leaderboardQuery(client: RpcClient) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'leaderboard'],
    queryFn: ({ signal }) => client.call('mining_leaderboard', { limit: 500 }, signal),
    refetchInterval: 10_000,
  });
}

export function miningStatsQuery(client: RpcClient) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'mining-stats'],
    queryFn: ({ signal }) => client.call('mining_stats', {}, signal),
    refetchInterval: 10_000,
  });
}

export function walletsQuery(client: RpcClient, after: number | undefined) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'wallets', after],
    queryFn: ({ signal }) => client.call('wallet_list', { after, limit: 100 }, signal),
    refetchInterval: 10_000,
  });
}

/** Also those that left or were removed. */
export function membersQuery(client: RpcClient) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'members'],
    queryFn: ({ signal }) => client.call('member_list', { former: true }, signal),
    refetchInterval: 10_000,
  });
}

export function proposalsQuery(client: RpcClient) {
  return queryOptions({
    queryKey: [CHAIN_KEY, 'proposals'],
    queryFn: ({ signal }) => client.call('member_proposals', {}, signal),
    refetchInterval: 10_000,
  });
}
