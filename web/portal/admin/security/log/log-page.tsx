// The security log: every request that the clinic's gateways judged, newest first, by what was done, since when, and whose.
// A row leads to why its address is treated as it is.
import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../../common/errors.ts';
import type { ParamsIn } from '../../../../../rpc/schema/methods.ts';
import { OnLink, Pager } from '../../../../explorer/parts/pager.tsx';
import { useNode } from '../../../../shared/node/node-context.tsx';
import { failureText } from '../../../../shared/text/errors.ts';
import { ButtonLink } from '../../../../shared/ui/link.tsx';
import { Page } from '../../../../shared/ui/page.tsx';
import { QueryView } from '../../../../shared/ui/query-view.tsx';
import { Notice } from '../../../../shared/ui/states.tsx';
import { FilterChips } from '../../../parts/filter-chips.tsx';
import { NoMatch } from '../../../parts/no-match.tsx';
import { RequestTable } from '../request-table.tsx';
import { filterOf, NO_FILTER, paramsOf, type RequestFilter, searchOf } from './log-filter.ts';
import { NewRequests } from './new-requests.tsx';
import { RequestFilters } from './request-filters.tsx';
import '../../../../shared/text/en/admin.ts';
import '../../../../shared/text/en/security.ts';

const TO = '/admin/security/log';
const route = getRouteApi('/person/watchers/admin/security/log');

export function SecurityLogPage() {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const navigate = useNavigate();
  const [whose, setWhose] = useState('');
  const search = route.useSearch();
  const filter = filterOf(search, whose);
  const after = /^\d{1,15}$/.test(search.after ?? '') ? Number(search.after) : undefined;
  const read = async (params: ParamsIn<'threat_log'>, signal: AbortSignal) => {
    let page = await client.call('threat_log', params, signal);
    // One answer looks at so many entries; a reference is of one request.
    while (params.reference !== undefined && page.entries.length === 0 && page.next !== null)
      page = await client.call('threat_log', { ...params, after: page.next }, signal);
    return page;
  };
  // Each reading is an entry of the access log: it is read when somebody asks.
  const query = useQuery({
    queryKey: ['admin', 'threat-log', filter, after],
    queryFn: ({ signal }) => read(paramsOf(filter, after, nodeClock.now()), signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const show = (next: RequestFilter) => {
    setWhose(next.whose);
    void navigate({ to: TO, search: searchOf(next), replace: true });
  };
  const chips = useChips(filter, show);
  const noAddress = codeOf(query.error)?.startsWith('address.') ?? false;
  return (
    <Page title={t('defence.log.title')} intro={t('defence.log.intro')}>
      <RequestFilters
        key={JSON.stringify(filter)}
        filter={filter}
        error={noAddress ? failureText(query.error) : undefined}
        onShow={show}
      />
      <FilterChips chips={chips} />
      {after === undefined && whose === '' ? (
        <NewRequests action={filter.action} since={query.dataUpdatedAt} onShow={() => void query.refetch()} />
      ) : null}
      {noAddress ? null : (
        <QueryView query={query} rows={10}>
          {({ entries, next }) => (
            <>
              {entries.length > 0 ? (
                <RequestTable caption={t('defence.log.caption')} ofMany requests={entries} />
              ) : next !== null ? (
                <Notice title={t('admin.log.noneHere')}>
                  <p>{t('admin.log.noneHereText')}</p>
                </Notice>
              ) : Object.values(filter).every((part) => (part ?? '') === '') ? (
                <Notice title={t('defence.log.none')}>
                  <p>{t('defence.log.noneText')}</p>
                </Notice>
              ) : (
                <NoMatch onClear={() => show(NO_FILTER)} />
              )}
              <Pager label={t('admin.pages')}>
                {after === undefined ? (
                  <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
                    {t('admin.log.again')}
                  </Button>
                ) : (
                  <ButtonLink to={TO} search={searchOf(filter)}>
                    {t('admin.log.newest')}
                  </ButtonLink>
                )}
                {next === null ? null : (
                  <OnLink to={TO} search={{ ...searchOf(filter), after: String(next) }}>
                    {t('admin.log.older')}
                  </OnLink>
                )}
              </Pager>
            </>
          )}
        </QueryView>
      )}
      <p>
        <ButtonLink to="/admin/security">{t('defence.back')}</ButtonLink>
      </p>
    </Page>
  );
}

function useChips(filter: RequestFilter, show: (filter: RequestFilter) => void) {
  const { t } = useTranslation();
  const { action, since, whose } = filter;
  const words: [string | undefined, Partial<RequestFilter>][] = [
    [action && t(`defence.actions.${action}`), { action: undefined }],
    [since && t(`admin.log.since.${since}`), { since: undefined }],
    [whose === '' ? undefined : t('defence.log.whoseIs', { whose }), { whose: '' }],
  ];
  return words.flatMap(([said, without]) =>
    said === undefined ? [] : [{ words: said, remove: () => show({ ...filter, ...without }) }],
  );
}
