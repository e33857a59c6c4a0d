// The statements of the main chain, newest first, applied and refused ones.
import { getRouteApi } from '@tanstack/react-router';
import { STATEMENTS } from '../data/item-pages.ts';
import { STATEMENT_COLUMNS } from '../parts/columns.tsx';
import { ItemsPage } from './items-page.tsx';

const route = getRouteApi('/explorer/statements');

export function StatementsPage() {
  return (
    <ItemsPage
      title="Statements"
      intro="A statement is one signed fact. Refused ones stay on the chain too, each with its reason."
      noun="statements"
      to="/explorer/statements"
      search={route.useSearch()}
      source={STATEMENTS}
      columns={STATEMENT_COLUMNS}
    />
  );
}
