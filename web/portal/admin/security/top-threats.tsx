// The ten addresses that stood out most in a day. Each reading is an entry of the access log: again when somebody comes back.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { AddressButton } from './address-button.tsx';
import { ChallengedTable } from './challenged-table.tsx';
import classes from './security.module.css';

type Threat = Result<'threat_top'>['threats'][number];

export function TopThreats() {
  const { t } = useTranslation();
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'threat-top'],
    queryFn: ({ signal }) => client.call('threat_top', {}, signal),
    staleTime: 0,
  });
  const last = t('defence.last');
  const columns: Column<Threat>[] = [
    { name: t('defence.address'), cell: ({ address }) => <AddressButton address={address} /> },
    { name: t('defence.score'), numeric: true, cell: ({ score }) => numberText(Math.round(score)) },
    { name: t('defence.requests'), numeric: true, cell: ({ requests }) => numberText(requests) },
    {
      name: t('defence.reason'),
      wrap: true,
      cell: ({ factor, rule }) => (factor === null ? t(`defence.rules.${rule}`) : t(`defence.factors.${factor}`)),
    },
    { name: t('defence.action'), cell: ({ action }) => t(`defence.actions.${action}`) },
    {
      name: last,
      header: <MomentHeader age={last} time={last} />,
      cell: ({ last: at }) => <Moment time={at} />,
    },
  ];
  return (
    <QueryView query={query}>
      {({ threats, challenged, complete }) =>
        threats.length === 0 ? (
          <Text c="dimmed">{t('defence.topNone')}</Text>
        ) : (
          <>
            <DataTable
              caption={t('defence.topCaption')}
              columns={columns}
              rows={threats}
              rowKey={({ address }) => address}
            />
            {challenged.length === 0 ? null : (
              <div className={classes.below}>
                <ChallengedTable challenged={challenged} />
              </div>
            )}
            {complete ? null : <Text c="dimmed">{t('defence.topPartial')}</Text>}
          </>
        )
      }
    </QueryView>
  );
}
