// Who read, wrote or was refused what of the patient, and why; the own reads too. What looks wrong can be said, row by row.
import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { OnLink, Pager } from '../../../explorer/parts/pager.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { MyView } from '../parts/my-page.tsx';
import { MyAccessTable } from './my-access-table.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

const PAGE_ROWS = 50;
const route = getRouteApi('/person/patients/me/access');

export function MyAccessPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const search = route.useSearch();
  const after = /^\d{1,15}$/.test(search.after ?? '') ? Number(search.after) : undefined;
  // Each reading is an entry of its own: it is read when somebody asks, and not again when the page is put together anew.
  const query = useQuery({
    queryKey: ['mine', 'access', after],
    queryFn: ({ signal }) =>
      client.call('me_access', { limit: PAGE_ROWS, ...(after === undefined ? {} : { after }) }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={t('nav.myAccess')} intro={t('me.access.intro')}>
      <MyView query={query} rows={10}>
        {({ events, next }) => (
          <>
            {events.length === 0 ? (
              <Notice title={t('me.access.none')}>
                <p>{t('me.access.noneText')}</p>
              </Notice>
            ) : (
              <MyAccessTable events={events} />
            )}
            <Pager label={t('admin.pages')}>
              {after === undefined ? (
                <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
                  {t('admin.log.again')}
                </Button>
              ) : (
                <ButtonLink to="/me/access">{t('admin.log.newest')}</ButtonLink>
              )}
              {next === null ? null : (
                <OnLink to="/me/access" search={{ after: String(next) }}>
                  {t('admin.log.older')}
                </OnLink>
              )}
            </Pager>
          </>
        )}
      </MyView>
    </Page>
  );
}
