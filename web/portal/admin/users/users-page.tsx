// The people of the organisation: found by words, status and role, in pages.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { OnLink, Pager } from '../../../explorer/parts/pager.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { type Chip, FilterChips } from '../../parts/filter-chips.tsx';
import { NoMatch } from '../../parts/no-match.tsx';
import { roleOf } from '../../parts/roles.ts';
import { STATES } from '../parts/person-state.tsx';
import { SaveUsers } from './save-users.tsx';
import { useUserColumns } from './user-columns.tsx';
import { type UserFilter, UserFilters } from './user-filters.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/sign-in.ts';

const PAGE_ROWS = 50;
const EVERY_MS = 15_000;
const route = getRouteApi('/person/administrators/admin/users');

export function UsersPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const navigate = useNavigate();
  // Words are a name, mostly: they stay out of the address.
  const [words, setWords] = useState('');
  const search = route.useSearch();
  const state = STATES.find((one) => one === search.state);
  const role = roleOf(search.role);
  const after = /^[0-9a-f]{32}$/.test(search.after ?? '') ? search.after : undefined;
  const found = {
    ...(words === '' ? {} : { search: words }),
    ...{ ...(state && { state }), ...(role && { role }) },
  };
  const params = { limit: PAGE_ROWS, ...found, ...(after && { after }) };
  const query = useQuery({
    queryKey: ['admin', 'users', params],
    queryFn: ({ signal }) => client.call('admin_users', params, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
  const show = (filter: UserFilter) => {
    setWords(filter.words);
    void navigate({ to: '/admin/users', search: { state: filter.state, role: filter.role }, replace: true });
  };
  const filter: UserFilter = { words, state, role };
  const chips: Chip[] = [
    ...(words === ''
      ? []
      : [{ words: t('admin.users.words', { words }), remove: () => show({ ...filter, words: '' }) }]),
    ...(state === undefined
      ? []
      : [{ words: t(`admin.states.${state}`), remove: () => show({ ...filter, state: undefined }) }]),
    ...(role === undefined ? [] : [{ words: t(`roles.${role}`), remove: () => show({ ...filter, role: undefined }) }]),
  ];
  const clear = () => show({ words: '', state: undefined, role: undefined });
  return (
    <Page title={t('nav.people')} intro={t('admin.users.intro')}>
      <UserFilters key={JSON.stringify(filter)} filter={filter} onShow={show} />
      <FilterChips chips={chips} />
      <QueryView query={query} rows={8}>
        {(page) =>
          page.users.length === 0 ? (
            <NoMatch onClear={clear} />
          ) : (
            <>
              <Users page={page} filter={filter} />
              <SaveUsers filter={found} />
            </>
          )
        }
      </QueryView>
      {after === undefined ? null : (
        <ButtonLink to="/admin/users" search={{ state, role }}>
          {t('admin.firstPage')}
        </ButtonLink>
      )}
    </Page>
  );
}

function Users({ page, filter }: { page: Result<'admin_users'>; filter: UserFilter }) {
  const { t } = useTranslation();
  const columns = useUserColumns();
  const { state, role } = filter;
  return (
    <>
      <DataTable
        caption={t('admin.users.count', { count: page.total })}
        columns={columns}
        rows={page.users}
        rowKey={({ user }) => user}
      />
      {page.next === null ? null : (
        <Pager label={t('admin.pages')}>
          <OnLink to="/admin/users" search={{ state, role, after: page.next }}>
            {t('admin.nextPage')}
          </OnLink>
        </Pager>
      )}
    </>
  );
}
