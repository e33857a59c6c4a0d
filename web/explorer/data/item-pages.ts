// Pages of transactions or statements over the whole chain, newest first. The node lists blocks; this walks them, skips
// empty ones by their counts, and opens only those whose items belong on the page. Bounded steps: a quiet chain gives a
// page with fewer rows and the way to look further.
import type { RpcClient } from '../../../rpc/client.ts';
import type { BlockSummary, BlockView } from '../../../rpc/schema/chain.ts';
import type { Result } from '../../../rpc/schema/methods.ts';

/** A place between items: before item `index` of the block at `height`, counted from the block's first. */
export interface Place {
  readonly height: number;
  readonly index: number;
}

export interface ItemSource<T> {
  count(block: BlockSummary): number;
  /** In the order in which they stand in the block. */
  items(block: BlockView): readonly T[];
}

export interface ItemPage<T> {
  /** Newest first. */
  readonly items: readonly T[];
  /** Where older items follow; undefined at the start of the chain. */
  readonly older: Place | undefined;
  /** Where newer items follow; undefined for the page that begins at the head. */
  readonly newer: Place | undefined;
}

export type Walk =
  /** Without a place: from the head. */
  | { readonly direction: 'older'; readonly from: Place | undefined; readonly rows: number }
  | { readonly direction: 'newer'; readonly from: Place; readonly rows: number };

const SUMMARIES = 100;
const MAX_STEPS = 5;

export async function itemPage<T>(
  client: RpcClient,
  source: ItemSource<T>,
  walk: Walk,
  signal: AbortSignal,
): Promise<ItemPage<T>> {
  return walk.direction === 'older' ? walkOlder(client, source, walk, signal) : walkNewer(client, source, walk, signal);
}

async function walkOlder<T>(
  client: RpcClient,
  source: ItemSource<T>,
  { from, rows }: Walk,
  signal: AbortSignal,
): Promise<ItemPage<T>> {
  const found: T[] = [];
  let end = from;
  let before: number | null | undefined = from === undefined ? undefined : from.height + 1;
  for (let step = 0; step < MAX_STEPS && before !== null; step++) {
    const { blocks, next }: Result<'chain_blocks'> = await client.call(
      'chain_blocks',
      { before, limit: SUMMARIES },
      signal,
    );
    for (const block of blocks) {
      const count = source.count(block);
      const stop = block.height === from?.height ? Math.min(from.index, count) : count;
      const start = Math.max(0, stop - (rows - found.length));
      if (stop > start) {
        const view = await client.call('chain_block', { id: block.id }, signal);
        found.push(...source.items(view).slice(start, stop).reverse());
      }
      end = { height: block.height, index: start };
      if (found.length === rows) return { items: found, older: atStart(end) ? undefined : end, newer: from };
    }
    before = next;
  }
  return { items: found, older: before === null ? undefined : end, newer: from };
}

async function walkNewer<T>(
  client: RpcClient,
  source: ItemSource<T>,
  { from, rows }: Extract<Walk, { direction: 'newer' }>,
  signal: AbortSignal,
): Promise<ItemPage<T>> {
  const found: T[] = [];
  let end = from;
  let first = from.height;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { blocks } = await client.call('chain_blocks', { before: first + SUMMARIES, limit: SUMMARIES }, signal);
    const rising = blocks.filter(({ height }) => height >= first).reverse();
    for (const block of rising) {
      const start = block.height === from.height ? from.index : 0;
      const stop = Math.min(source.count(block), start + rows - found.length);
      if (stop > start) {
        const view = await client.call('chain_block', { id: block.id }, signal);
        found.push(...source.items(view).slice(start, stop));
      }
      end = { height: block.height, index: Math.max(start, stop) };
      if (found.length === rows) return { items: found.reverse(), older: from, newer: end };
    }
    if (rising.length < SUMMARIES) break;
    first += SUMMARIES;
  }
  return { items: found.reverse(), older: from, newer: end };
}

function atStart({ height, index }: Place): boolean {
  return height === 0 && index === 0;
}

export function placeText({ height, index }: Place): string {
  return `${height}.${index}`;
}

export function placeOf(text: string | undefined): Place | undefined {
  const match = /^(\d{1,15})\.(\d{1,7})$/.exec(text ?? '');
  return match === null ? undefined : { height: Number(match[1]), index: Number(match[2]) };
}

/** Of the block's transactions and statements as lists of their own. */
export const TRANSACTIONS: ItemSource<BlockView['transactions'][number]> = {
  count: (block) => block.transactionCount,
  items: (block) => block.transactions,
};

export const STATEMENTS: ItemSource<BlockView['transactions'][number]['statements'][number]> = {
  count: (block) => block.statementCount,
  items: (block) => block.transactions.flatMap(({ statements }) => statements),
};
