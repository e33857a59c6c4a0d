// The transactions of the main chain. Those that wait for a block are the operator's to see (CLI: outbox, mempool).
import { getRouteApi } from '@tanstack/react-router';
import { TRANSACTIONS } from '../data/item-pages.ts';
import { TRANSACTION_COLUMNS } from '../parts/columns.tsx';
import { ItemsPage } from './items-page.tsx';

const route = getRouteApi('/explorer/txs');

export function TransactionsPage() {
  return (
    <ItemsPage
      title="Transactions"
      intro="A transaction is the envelope in which a clinic sends its statements. These are in blocks of the main chain."
      noun="transactions"
      to="/explorer/txs"
      search={route.useSearch()}
      source={TRANSACTIONS}
      columns={TRANSACTION_COLUMNS}
    />
  );
}
