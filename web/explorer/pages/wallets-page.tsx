// The credits of every clinic.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { numberText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { walletsQuery } from '../data/queries.ts';
import { heightOf } from '../data/refs.ts';
import { ClinicName } from '../parts/names.tsx';
import { BackLink, OnLink, Pager } from '../parts/pager.tsx';
import '../../shared/text/en/chain.ts';

const COLUMNS: readonly Column<Result<'wallet_list'>['wallets'][number]>[] = [
  { name: texts.t('chain.wallets.wallet'), cell: ({ clinic }) => numberText(clinic) },
  {
    name: texts.t('chain.words.clinic'),
    wrap: true,
    cell: ({ clinic, name }) => <ClinicName number={clinic} name={name} />,
  },
  { name: texts.t('chain.wallets.balance'), numeric: true, cell: ({ balance }) => numberText(balance) },
  { name: texts.t('chain.wallets.in'), numeric: true, cell: ({ received }) => numberText(received) },
  { name: texts.t('chain.wallets.out'), numeric: true, cell: ({ sent }) => numberText(sent) },
];

const route = getRouteApi('/explorer/wallets');

export function WalletsPage() {
  const { client } = useNode();
  const after = heightOf(route.useSearch().after ?? '');
  const query = useQuery({ ...walletsQuery(client, after), placeholderData: keepPreviousData });
  return (
    <Page title={texts.t('chain.wallets.wallets')} intro={texts.t('chain.wallets.creditsThatClinics')}>
      <QueryView query={query} rows={4}>
        {({ wallets, next }) =>
          wallets.length === 0 ? (
            <Notice title={texts.t('chain.words.nothingYet')}>
              <p>{texts.t('chain.wallets.firstMinedBlock')}</p>
            </Notice>
          ) : (
            <>
              <DataTable
                caption={texts.t('chain.wallets.creditsOfClinics')}
                columns={COLUMNS}
                rows={wallets}
                rowKey={({ clinic }) => clinic}
              />
              <Pager label={texts.t('chain.wallets.pagesOfWallets')}>
                {after === undefined ? null : (
                  <BackLink to="/explorer/wallets">{texts.t('chain.wallets.first')}</BackLink>
                )}
                {next === null ? null : (
                  <OnLink to="/explorer/wallets" search={{ after: String(next) }}>
                    {texts.t('chain.wallets.next')}
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
