// Reports in effect with where they come from: clinic, status, block, end; asked again when a threat statement was applied.
import { Button, Text } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { StatusTag } from '../../../shared/ui/status-tag.tsx';
import adminClasses from '../parts/admin.module.css';
import { AddressButton } from './address-button.tsx';
import classes from './security.module.css';

type Row = Result<'threat_list'>['threats'][number];

const EVERY_MS = 15_000;
const PAGE = 20;

export function BlockTable() {
  const { t } = useTranslation();
  const { client } = useNode();
  const queries = useQueryClient();
  const [after, setAfter] = useState<string>();
  const query = useQuery({
    queryKey: ['admin', 'threat-list', after],
    queryFn: ({ signal }) => client.call('threat_list', { limit: PAGE, after }, signal),
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
  const columns: Column<Row>[] = [
    { name: t('defence.address'), cell: ({ address }) => <AddressButton address={address} /> },
    { name: t('defence.here'), cell: ({ verdict }) => t(`defence.verdicts.${verdict}`) },
    {
      name: t('defence.reason'),
      wrap: true,
      cell: ({ reason, mode }) => (
        <>
          {t(`defence.reasons.${reason}`)}
          <span className={adminClasses.note}>{t(`defence.mode.${mode}`)}</span>
        </>
      ),
    },
    {
      name: t('defence.by'),
      wrap: true,
      cell: ({ clinic, clinicName }) => <bdi>{clinicName ?? t('admin.clinic', { number: clinic })}</bdi>,
    },
    {
      name: t('defence.until'),
      cell: ({ expires }) => (expires === null ? t('defence.noEnd') : <Deadline time={expires} />),
    },
    { name: t('admin.status'), cell: ({ status }) => <StatusTag status={status} /> },
  ];
  return (
    <QueryView query={query}>
      {({ threats, next }) => (
        <>
          {threats.length === 0 ? (
            <Text c="dimmed">{t('defence.blocksNone')}</Text>
          ) : (
            <DataTable
              caption={t('defence.blocksCaption')}
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
