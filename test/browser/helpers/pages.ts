// Every page of the explorer as an address on a demo chain.
import type { DemoChain } from './demo-chain.ts';
import { idOf } from './demo-chain.ts';

export function explorerPages(chain: DemoChain): Record<string, string> {
  const statements = chain.statements();
  const applied = statements.find(({ status }) => status === 'applied')?.id;
  const final = statements.find(({ status }) => status === 'final')?.id;
  const refused = statements.find(({ status }) => status === 'refused')?.id;
  return {
    landing: '/',
    overview: '/explorer',
    blocks: '/explorer/blocks',
    'a block with transactions': '/explorer/blocks/8',
    'an empty block': '/explorer/blocks/9',
    'a replaced block': `/explorer/blocks/${chain.replaced.id}`,
    'an unknown block': `/explorer/blocks/${idOf('nowhere')}`,
    transactions: '/explorer/txs',
    'a transaction': `/explorer/txs/${chain.transactions()[0]?.id}`,
    statements: '/explorer/statements',
    'a final statement': `/explorer/statements/${final}`,
    'an applied statement': `/explorer/statements/${applied}`,
    'a refused statement': `/explorer/statements/${refused}`,
    miners: '/explorer/miners',
    wallets: '/explorer/wallets',
    members: '/explorer/members',
    'an empty search': '/explorer/search',
    'a search without match': '/explorer/search?q=zzz',
    proofs: '/explorer/proofs',
    export: '/explorer/export',
    'no page': '/explorer/nowhere',
  };
}
