// The credits of every clinic.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { numberText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { walletsQuery } from '../data/queries.ts';
import { heightOf } from '../data/refs.ts';
import { ClinicName } from '../parts/names.tsx';
import { BackLink, OnLink, Pager } from '../parts/pager.tsx';

const COLUMNS: readonly Column<Result<'wallet_list'>['wallets'][number]>[] = [
  { name: 'Wallet', cell: ({ clinic }) => numberText(clinic) },
  { name: 'Clinic', wrap: true, cell: ({ clinic, name }) => <ClinicName number={clinic} name={name} /> },
  { name: 'Balance', numeric: true, cell: ({ balance }) => numberText(balance) },
  { name: 'In', numeric: true, cell: ({ received }) => numberText(received) },
  { name: 'Out', numeric: true, cell: ({ sent }) => numberText(sent) },
];

const route = getRouteApi('/explorer/wallets');

export function WalletsPage() {
  const { client } = useNode();
  const after = heightOf(route.useSearch().after ?? '');
  const query = useQuery({ ...walletsQuery(client, after), placeholderData: keepPreviousData });
  return (
    <Page
      title="Wallets"
      intro="Credits that clinics earned by mining, received and sent. They buy no say in anything."
    >
      <QueryView query={query} rows={4}>
        {({ wallets, next }) =>
          wallets.length === 0 ? (
            <Notice title="Nothing yet">
              <p>The first mined block fills the first wallet.</p>
            </Notice>
          ) : (
            <>
              <DataTable
                caption="Credits of the clinics"
                columns={COLUMNS}
                rows={wallets}
                rowKey={({ clinic }) => clinic}
              />
              <Pager label="Pages of wallets">
                {after === undefined ? null : <BackLink to="/explorer/wallets">First</BackLink>}
                {next === null ? null : (
                  <OnLink to="/explorer/wallets" search={{ after: String(next) }}>
                    Next
                  </OnLink>
                )}
              </Pager>
            </>
          )
        }
      </QueryView>
    </Page>
  );
}
