// How far the record of accesses is anchored on the chain, and clinics that served something and do not show it in theirs.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Moment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { Ident } from '../../../shared/ui/ident.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from '../parts/admin.module.css';

type Finding = Result<'audit_status'>['findings'][number];

export function AccessProofs() {
  const { t } = useTranslation();
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'access-proofs'],
    queryFn: ({ signal }) => client.call('audit_status', {}, signal),
    staleTime: 0,
  });
  return (
    <QueryView query={query} rows={3}>
      {({ anchored, events, awaited, findings }) => (
        <div className={classes.part}>
          <Text>{t('admin.access.proofsText')}</Text>
          <Facts
            facts={[
              { label: t('admin.log.entries'), value: numberText(events) },
              { label: t('admin.access.anchoredTo'), value: numberText(anchored) },
              { label: t('admin.access.awaited'), value: numberText(awaited) },
            ]}
          />
          {findings.length === 0 ? <Text>{t('admin.access.noFindings')}</Text> : <Findings findings={findings} />}
        </div>
      )}
    </QueryView>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const columns: Column<Finding>[] = [
    { name: t('admin.access.clinic'), wrap: true, cell: ({ clinic }) => <bdi>{clinicName(clinic)}</bdi> },
    { name: t('admin.access.served'), cell: ({ served }) => <Moment time={served} /> },
    { name: t('admin.access.finding'), wrap: true, cell: ({ state }) => t(`admin.access.findings.${state}`) },
    {
      name: t('admin.access.ticket'),
      cell: ({ ticket }) => <Ident value={ticket} label={t('admin.access.ticket')} />,
    },
  ];
  return (
    <DataTable
      caption={t('admin.access.findingsTitle')}
      columns={columns}
      rows={findings}
      rowKey={({ ticket }) => ticket}
    />
  );
}
