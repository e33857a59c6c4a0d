// Who called what, when, about what, and whether it was allowed: this clinic's event log, newest first.
import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OnLink, Pager } from '../../../explorer/parts/pager.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { FilterChips } from '../../parts/filter-chips.tsx';
import { NoMatch } from '../../parts/no-match.tsx';
import { LogCheck } from './log-check.tsx';
import { useLogChips } from './log-chips.ts';
import { filterOf, type LogFilter, NO_FILTER, paramsOf, searchOf } from './log-filter.ts';
import { LogFilters } from './log-filters.tsx';
import { LogTable } from './log-table.tsx';
import { SaveLog } from './save-log.tsx';
import '../../../shared/text/en/admin.ts';

const route = getRouteApi('/person/overseers/admin/access-log');

export function AccessLogPage() {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const navigate = useNavigate();
  const [object, setObject] = useState('');
  const search = route.useSearch();
  const filter = filterOf(search, object);
  const after = /^\d{1,15}$/.test(search.after ?? '') ? Number(search.after) : undefined;
  // Each reading is an entry of its own: it is read when somebody asks, not again and again.
  const query = useQuery({
    queryKey: ['admin', 'log', filter, after],
    queryFn: ({ signal }) => client.call('admin_accessLog', paramsOf(filter, after, nodeClock.now()), signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const show = (next: LogFilter) => {
    setObject(next.object);
    void navigate({ to: '/admin/access-log', search: searchOf(next), replace: true });
  };
  const chips = useLogChips(filter, show);
  return (
    <Page title={t('nav.accessLog')} intro={t('admin.log.intro')}>
      <LogFilters key={JSON.stringify(filter)} filter={filter} onShow={show} />
      <FilterChips chips={chips} />
      <QueryView query={query} rows={10}>
        {({ entries, next }) => (
          <>
            {entries.length > 0 ? (
              <LogTable caption={t('admin.log.caption')} entries={entries} />
            ) : next === null ? (
              <NoMatch onClear={() => show(NO_FILTER)} />
            ) : (
              <Notice title={t('admin.log.noneHere')}>
                <p>{t('admin.log.noneHereText')}</p>
              </Notice>
            )}
            <Pager label={t('admin.pages')}>
              {after === undefined ? (
                <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
                  {t('admin.log.again')}
                </Button>
              ) : (
                <ButtonLink to="/admin/access-log" search={searchOf(filter)}>
                  {t('admin.log.newest')}
                </ButtonLink>
              )}
              {next === null ? null : (
                <OnLink to="/admin/access-log" search={{ ...searchOf(filter), after: String(next) }}>
                  {t('admin.log.older')}
                </OnLink>
              )}
            </Pager>
            <SaveLog filter={filter} />
          </>
        )}
      </QueryView>
      <Section title={t('admin.log.check')}>
        <LogCheck />
      </Section>
    </Page>
  );
}
