// What was said through this clinic and what became of it: from its disk to the chain.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { kindTitle } from '../../shared/text/statements.ts';
import { Moment } from '../../shared/time/moment.tsx';
import { Link } from '../../shared/ui/link.tsx';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { StatusTag } from '../../shared/ui/status-tag.tsx';
import classes from './outbox-page.module.css';

type Entry = Result<'outbox_list'>['entries'][number];

const EVERY_MS = 5000;

export function OutboxPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const { alone } = useLive();
  const query = useQuery({
    queryKey: ['outbox', 'page'],
    queryFn: ({ signal }) => client.call('outbox_list', { limit: 100 }, signal),
    refetchInterval: EVERY_MS,
  });
  const columns: Column<Entry>[] = [
    {
      name: t('outbox.what'),
      cell: ({ id, name }) => (
        <Link to="/explorer/statements/$id" params={{ id }} className={classes.target}>
          {kindTitle(name)}
        </Link>
      ),
    },
    { name: t('outbox.made'), cell: ({ made }) => <Moment time={made} /> },
    { name: t('outbox.status'), cell: ({ status }) => <StatusTag status={status} /> },
    {
      name: t('outbox.reason'),
      wrap: true,
      cell: ({ status, reason }) => {
        if (alone !== undefined && status !== 'final' && status !== 'refused') return t('outbox.alone');
        return status === 'queued' ? t('outbox.next') : (reason ?? '–');
      },
    },
  ];
  return (
    <Page title={t('nav.outbox')} intro={t('outbox.intro')}>
      <QueryView query={query}>
        {({ entries }) =>
          entries.length === 0 ? (
            <Notice title={t('outbox.empty')} live={false}>
              <p>{t('outbox.emptyText')}</p>
            </Notice>
          ) : (
            <DataTable caption={t('nav.outbox')} hideCaption columns={columns} rows={entries} rowKey={({ id }) => id} />
          )
        }
      </QueryView>
    </Page>
  );
}
