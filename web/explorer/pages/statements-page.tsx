// The statements of the main chain, newest first, applied and refused ones.

import { getRouteApi } from '@tanstack/react-router';
import { texts } from '../../shared/text/i18n.ts';
import { STATEMENTS } from '../data/item-pages.ts';
import { STATEMENT_COLUMNS } from '../parts/columns.tsx';
import { ItemsPage } from './items-page.tsx';
import '../../shared/text/en/chain.ts';

const route = getRouteApi('/explorer/statements');

export function StatementsPage() {
  return (
    <ItemsPage
      title={texts.t('chain.words.statements')}
      intro={texts.t('chain.statements.statementIsOne')}
      noun="statements"
      to="/explorer/statements"
      search={route.useSearch()}
      source={STATEMENTS}
      columns={STATEMENT_COLUMNS}
    />
  );
}
