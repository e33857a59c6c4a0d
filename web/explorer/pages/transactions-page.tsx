// The transactions of the main chain. Those that wait for a block are the operator's to see (CLI: outbox, mempool).

import { getRouteApi } from '@tanstack/react-router';
import { texts } from '../../shared/text/i18n.ts';
import { TRANSACTIONS } from '../data/item-pages.ts';
import { TRANSACTION_COLUMNS } from '../parts/columns.tsx';
import { ItemsPage } from './items-page.tsx';
import '../../shared/text/en/chain.ts';

const route = getRouteApi('/explorer/txs');

export function TransactionsPage() {
  return (
    <ItemsPage
      title={texts.t('chain.words.transactions')}
      intro={texts.t('chain.transactions.transactionIsEnvelope')}
      noun="transactions"
      to="/explorer/txs"
      search={route.useSearch()}
      source={TRANSACTIONS}
      columns={TRANSACTION_COLUMNS}
    />
  );
}
