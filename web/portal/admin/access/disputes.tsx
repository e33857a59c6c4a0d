// What patients say looks wrong: which access, when, in their words. Somebody has to look at each.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Moment } from '../../../shared/time/moment.tsx';
import { ShortIdent } from '../../../shared/ui/ident.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import classes from '../parts/admin.module.css';

type Dispute = Result<'audit_disputes'>['disputes'][number];

export function Disputes() {
  const { t } = useTranslation();
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'disputes'],
    queryFn: ({ signal }) => client.call('audit_disputes', {}, signal),
    staleTime: 0,
  });
  const columns: Column<Dispute>[] = [
    { name: t('admin.access.said'), sort: 'descending', cell: ({ at }) => <Moment time={at} /> },
    {
      name: t('admin.access.patientSaid'),
      wrap: true,
      cell: ({ name, account }) => (name === null ? <ShortIdent value={account} /> : <bdi>{name}</bdi>),
    },
    { name: t('admin.access.words'), wrap: true, cell: ({ text }) => <bdi>{text}</bdi> },
    {
      name: t('csv.entry'),
      numeric: true,
      // The page of entries that begins with this one.
      cell: ({ event }) => (
        <Link to="/admin/access" search={{ after: String(event + 1) }} className={classes.entry}>
          {numberText(event)}
        </Link>
      ),
    },
  ];
  return (
    <QueryView query={query} rows={2}>
      {({ disputes }) =>
        disputes.length === 0 ? (
          <Text c="dimmed">{t('admin.access.noDisputes')}</Text>
        ) : (
          <DataTable
            caption={t('admin.access.disputes')}
            hideCaption
            columns={columns}
            rows={disputes}
            rowKey={({ event }) => event}
          />
        )
      }
    </QueryView>
  );
}
