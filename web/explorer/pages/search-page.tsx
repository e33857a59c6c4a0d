// What a height, an id or the first digits of an id lead to. A single match opens at once.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { searchQuery } from '../data/queries.ts';
import { BlockLink, HeightLink, StatementLink, TransactionLink } from '../parts/links.tsx';
import '../../shared/text/en/chain.ts';

type Match = Result<'chain_search'>['matches'][number];

const NAMES = {
  block: texts.t('chain.words.block'),
  transaction: texts.t('chain.words.transaction'),
  statement: texts.t('chain.words.statement'),
} as const;
const LINKS = { block: BlockLink, transaction: TransactionLink, statement: StatementLink } as const;

const COLUMNS: readonly Column<Match>[] = [
  {
    name: texts.t('chain.words.id'),
    cell: ({ type, id }) => {
      const IdLink = LINKS[type];
      return <IdLink id={id} />;
    },
  },
  { name: texts.t('chain.search.what'), cell: ({ type }) => NAMES[type] },
  {
    name: texts.t('chain.words.block'),
    cell: ({ height }) => (height === null ? texts.t('chain.words.noneYet') : <HeightLink height={height} />),
  },
];

const route = getRouteApi('/explorer/search');

/** Thousands separators as the pages write them; ids in any case. */
function wantedOf(text: string): string {
  const bare = text.trim();
  return /^[\d,\s]+$/.test(bare) ? bare.replace(/[,\s]/g, '') : bare.toLowerCase();
}

export function SearchPage() {
  const text = route.useSearch().q ?? '';
  const wanted = wantedOf(text);
  return (
    <Page title={texts.t('chain.search.search')} intro={texts.t('chain.search.byHeightBy')}>
      {wanted === '' ? (
        <Notice title={texts.t('chain.search.nothingToSearch')}>
          <p>{texts.t('chain.search.writeHeightOr')}</p>
        </Notice>
      ) : (
        <Matches wanted={wanted} text={text} />
      )}
    </Page>
  );
}

function Matches({ wanted, text }: { wanted: string; text: string }) {
  const { client } = useNode();
  const query = useQuery(searchQuery(client, wanted));
  return (
    <QueryView query={query} rows={3}>
      {({ matches }) => {
        const only = matches.length === 1 ? matches[0] : undefined;
        if (only !== undefined) return <Open match={only} />;
        if (matches.length === 0) return <NoMatch text={text} />;
        return (
          <DataTable
            caption={texts.t('chain.search.caption', { matches: countText(matches.length, 'match'), text })}
            columns={COLUMNS}
            rows={matches}
            rowKey={({ type, id }) => `${type} ${id}`}
          />
        );
      }}
    </QueryView>
  );
}

function Open({ match: { type, id } }: { match: Match }) {
  if (type === 'block') return <Navigate to="/explorer/blocks/$ref" params={{ ref: id }} replace />;
  if (type === 'transaction') return <Navigate to="/explorer/txs/$id" params={{ id }} replace />;
  return <Navigate to="/explorer/statements/$id" params={{ id }} replace />;
}

function NoMatch({ text }: { text: string }) {
  return (
    <Notice title={texts.t('chain.search.noMatch', { text })}>
      <ul>
        <li>{texts.t('chain.search.heightIsWhole')}</li>
        <li>{texts.t('chain.search.idHas64')}</li>
        <li>{texts.t('chain.search.whatIsNot')}</li>
      </ul>
    </Notice>
  );
}
