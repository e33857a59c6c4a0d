// Reports in effect with where they come from: clinic, status, end; or those that somebody disputes, with what follows. Asked
// again when a threat statement was applied.
import { Button, Text } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { AddressButton } from './address-button.tsx';
import { useReportColumns } from './report-columns.tsx';
import classes from './security.module.css';

type Row = Result<'threat_list'>['threats'][number];

const EVERY_MS = 15_000;
const PAGE = 20;

export function BlockTable({ disputed = false }: { disputed?: boolean }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const queries = useQueryClient();
  const [after, setAfter] = useState<string>();
  const query = useQuery({
    queryKey: ['admin', 'threat-list', disputed, after],
    queryFn: ({ signal }) => client.call('threat_list', { disputed, limit: PAGE, after }, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
  useEffect(
    () =>
      client.subscribe('events', { families: ['threats'] }, () => {
        void queries.invalidateQueries({ queryKey: ['admin', 'threat-list'] });
      }),
    [client, queries],
  );
  const report = useReportColumns();
  const address: Column<Row> = { name: t('defence.address'), cell: (row) => <AddressButton address={row.address} /> };
  const here: Column<Row> = { name: t('defence.here'), cell: ({ verdict }) => t(`defence.verdicts.${verdict}`) };
  const columns: Column<Row>[] = disputed
    ? [address, report.by, report.disputes, here, report.until]
    : [address, here, report.reason, report.by, report.until, report.status];
  return (
    <QueryView query={query}>
      {({ threats, next }) => (
        <>
          {threats.length === 0 ? (
            <Text c="dimmed">{t(disputed ? 'defence.disputesNone' : 'defence.blocksNone')}</Text>
          ) : (
            <DataTable
              caption={t(disputed ? 'defence.disputesCaption' : 'defence.blocksCaption')}
              columns={columns}
              rows={threats}
              rowKey={(row) => row.statement ?? `${row.address} ${row.issued} ${row.clinic}`}
            />
          )}
          <div className={classes.ways}>
            {after === undefined ? null : (
              <Button variant="default" onClick={() => setAfter(undefined)}>
                {t('defence.newest')}
              </Button>
            )}
            {next === null ? null : (
              <Button variant="default" onClick={() => setAfter(next)}>
                {t('defence.more')}
              </Button>
            )}
          </div>
        </>
      )}
    </QueryView>
  );
}
