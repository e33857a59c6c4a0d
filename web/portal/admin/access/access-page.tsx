// Who read, wrote, shared or was refused what of patients at this clinic, newest first: every access, signed and anchored.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
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
import { useAccessChips } from './access-chips.ts';
import { type AccessFilter, filterOf, NO_FILTER, paramsOf, searchOf } from './access-filter.ts';
import { AccessFilters } from './access-filters.tsx';
import { AccessProofs } from './access-proofs.tsx';
import { AccessTable } from './access-table.tsx';
import { Disputes } from './disputes.tsx';
import { SaveAccess } from './save-access.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';

const route = getRouteApi('/person/overseers/admin/access');

export function AccessPage() {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const navigate = useNavigate();
  const [patient, setPatient] = useState('');
  const search = route.useSearch();
  const filter = filterOf(search, patient);
  const after = /^\d{1,15}$/.test(search.after ?? '') ? Number(search.after) : undefined;
  // Each reading is an entry of its own: it is read when somebody asks, not again and again.
  const query = useQuery({
    queryKey: ['admin', 'access', filter, after] as const,
    queryFn: ({ signal }) => client.call('audit_events', paramsOf(filter, after, nodeClock.now()), signal),
    // What stays while the next list loads must not be taken for another patient's.
    placeholderData: (before, of) => (of?.queryKey[2].patient === patient ? before : undefined),
    staleTime: 0,
  });
  const show = (next: AccessFilter) => {
    setPatient(next.patient);
    void navigate({ to: '/admin/access', search: searchOf(next), replace: true });
  };
  const chips = useAccessChips(filter, show);
  const filtered = JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
  return (
    <Page title={t('nav.access')} intro={t('admin.access.intro')}>
      <AccessFilters key={JSON.stringify(filter)} filter={filter} onShow={show} />
      <FilterChips chips={chips} />
      <QueryView query={query} rows={10}>
        {({ events, next }) => (
          <>
            {events.length > 0 ? (
              <AccessTable caption={t('admin.access.caption')} events={events} />
            ) : next !== null ? (
              <Notice title={t('admin.log.noneHere')}>
                <p>{t('admin.log.noneHereText')}</p>
              </Notice>
            ) : filtered ? (
              <NoMatch onClear={() => show(NO_FILTER)} />
            ) : (
              <Notice title={t('admin.access.none')}>
                <p>{t('admin.access.noneText')}</p>
              </Notice>
            )}
            <Pager label={t('admin.pages')}>
              {after === undefined ? (
                <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
                  {t('admin.log.again')}
                </Button>
              ) : (
                <ButtonLink to="/admin/access" search={searchOf(filter)}>
                  {t('admin.log.newest')}
                </ButtonLink>
              )}
              {next === null ? null : (
                <OnLink to="/admin/access" search={{ ...searchOf(filter), after: String(next) }}>
                  {t('admin.log.older')}
                </OnLink>
              )}
            </Pager>
            <SaveAccess filter={filter} />
          </>
        )}
      </QueryView>
      <Section title={t('admin.access.disputes')}>
        <Disputes />
      </Section>
      <Section title={t('admin.access.proofs')}>
        <AccessProofs />
      </Section>
    </Page>
  );
}
