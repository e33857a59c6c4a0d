// What a height, an id or the first digits of an id lead to. A single match opens at once.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { countText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { searchQuery } from '../data/queries.ts';
import { BlockLink, HeightLink, StatementLink, TransactionLink } from '../parts/links.tsx';

type Match = Result<'chain_search'>['matches'][number];

const NAMES = { block: 'Block', transaction: 'Transaction', statement: 'Statement' } as const;
const LINKS = { block: BlockLink, transaction: TransactionLink, statement: StatementLink } as const;

const COLUMNS: readonly Column<Match>[] = [
  {
    name: 'Id',
    cell: ({ type, id }) => {
      const IdLink = LINKS[type];
      return <IdLink id={id} />;
    },
  },
  { name: 'What', cell: ({ type }) => NAMES[type] },
  { name: 'Block', cell: ({ height }) => (height === null ? 'None yet' : <HeightLink height={height} />) },
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
    <Page title="Search" intro="By height, by id, or by the first digits (6 or more) of an id.">
      {wanted === '' ? (
        <Notice title="Nothing to search for yet">
          <p>Write a height or an id into the search field at the top, then press Enter.</p>
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
            caption={`${countText(matches.length, 'match', 'matches')} for “${text}”`}
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
    <Notice title={`No match for “${text}”`}>
      <ul>
        <li>A height is a whole number up to the head of the chain.</li>
        <li>An id has 64 digits, 0 to 9 and a to f; its first 6 are enough.</li>
        <li>What is not in a block yet may not be known at this clinic.</li>
      </ul>
    </Notice>
  );
}
