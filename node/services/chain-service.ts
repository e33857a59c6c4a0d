// chain_*: reading blocks, transactions and statements, and the whole chain as a stream.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { ChainExport, Handlers } from '../../rpc/ports.ts';
import type { Chain } from '../chain/chain.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ChainReader } from './chain-reader.ts';
import { ServiceError } from './errors.ts';
import { type FinalSource, finalRef } from './final-ref.ts';

export type ChainHandlers = Pick<
  Handlers,
  'chain_head' | 'chain_block' | 'chain_blocks' | 'chain_transaction' | 'chain_statement' | 'chain_search'
>;

export interface ChainServiceModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly reader: ChainReader;
}

interface Match {
  readonly type: 'block' | 'transaction' | 'statement';
  readonly id: string;
  readonly height: number | null;
}

const EXPORT_BATCH = 64;
/** Hex digits of a whole id. */
const FULL_ID = 64;

export function chainService({
  chain,
  store,
  reader,
  finality,
}: ChainServiceModules & { readonly finality: FinalSource }): ChainHandlers {
  return {
    chain_head: async () => {
      const { tip, roots } = chain;
      return {
        ...(await reader.summary(tip)),
        stateRoot: toHex(roots.stateRoot),
        final: finalRef(finality.finalised),
      };
    },

    chain_block: async (params) => {
      const which = 'id' in params ? { id: fromHex(params.id) } : { height: params.height };
      const block = await reader.block(which);
      if (block === undefined) throw new ServiceError({ code: 'chain.unknown-block' });
      return block;
    },

    chain_blocks: async ({ before, limit }) => {
      const end = Math.min(before ?? chain.tip.header.height + 1, chain.tip.header.height + 1);
      const from = Math.max(0, end - limit);
      const entries = end > from ? await store.entries(from, end - from) : [];
      const blocks = await Promise.all([...entries].reverse().map((entry) => reader.summary(entry)));
      return { blocks, next: from > 0 ? from : null };
    },

    chain_transaction: async ({ id }) => {
      const transaction = await reader.transaction(fromHex(id));
      if (transaction === undefined) throw new ServiceError({ code: 'chain.unknown-transaction' });
      return transaction;
    },

    chain_statement: async ({ id }) => {
      const statement = await reader.statement(fromHex(id));
      if (statement === undefined) throw new ServiceError({ code: 'chain.unknown-statement' });
      return statement;
    },

    chain_search: async ({ query, limit }) => {
      const text = query.toLowerCase();
      const matches: Match[] = [];
      if (/^[0-9]{1,15}$/.test(text)) {
        const entry = await store.entryAt(Number(text));
        if (entry !== undefined) matches.push({ type: 'block', id: toHex(entry.id), height: entry.header.height });
      }
      if (text.length === FULL_ID) {
        if (/^[0-9a-f]+$/.test(text)) matches.push(...(await exact(fromHex(text))));
      } else if (text.length >= 6 && /^[0-9a-f]+$/.test(text)) {
        for (const { type, id, height } of await store.find(text, limit)) matches.push({ type, id: toHex(id), height });
      }
      return { matches: matches.slice(0, limit) };
    },
  };

  async function exact(id: Uint8Array): Promise<Match[]> {
    const entry = await store.entry(id);
    if (entry !== undefined) return [{ type: 'block', id: toHex(id), height: entry.header.height }];
    const transaction = await reader.transaction(id);
    if (transaction !== undefined)
      return [{ type: 'transaction', id: toHex(id), height: transaction.block?.height ?? null }];
    const statement = await reader.statement(id);
    return statement === undefined
      ? []
      : [{ type: 'statement', id: toHex(id), height: statement.block?.height ?? null }];
  }
}

/** The main chain as it was when the export began, block by block. */
export function chainExport({ chain, store, reader }: ChainServiceModules): ChainExport {
  return {
    async *blocks(signal) {
      const top = chain.tip.header.height;
      for (let from = 0; from <= top; from += EXPORT_BATCH) {
        for (const entry of await store.entries(from, Math.min(EXPORT_BATCH, top - from + 1))) {
          signal.throwIfAborted();
          const block = await reader.block({ id: entry.id });
          if (block !== undefined) yield block;
        }
      }
    },
  };
}
