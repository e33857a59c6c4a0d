// What speaks for and against an address, as tables: reports with clinic, block and transaction; requests with their points.
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { SecurityEntry } from '../../../../rpc/schema/security.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Ident } from '../../../shared/ui/ident.tsx';
import adminClasses from '../parts/admin.module.css';
import { useReportColumns } from './report-columns.tsx';

type Report = Result<'threat_explain'>['reports'][number];

export function ReportTable({ reports }: { reports: readonly Report[] }) {
  const { t } = useTranslation();
  const { by, reason, disputes, until, status } = useReportColumns();
  const columns: Column<Report>[] = [
    ...[by, reason, disputes, until, status],
    {
      name: t('defence.height'),
      numeric: true,
      cell: ({ height }) => (height === null ? t('defence.noBlock') : numberText(height)),
    },
    {
      name: t('defence.transaction'),
      cell: ({ transaction }) =>
        transaction === null ? '–' : <Ident value={transaction} label={t('defence.transaction')} />,
    },
  ];
  return (
    <DataTable
      caption={t('defence.reports')}
      hideCaption
      columns={columns}
      rows={reports}
      rowKey={({ statement, clinic, issued }) => statement ?? `${clinic} ${issued}`}
    />
  );
}

export function RequestTable({ requests }: { requests: readonly SecurityEntry[] }) {
  const { t } = useTranslation();
  const when = t('defence.when');
  const columns: Column<SecurityEntry>[] = [
    {
      name: when,
      header: <MomentHeader age={when} time={when} />,
      sort: 'descending',
      cell: ({ at }) => <Moment time={at} />,
    },
    {
      name: t('defence.action'),
      wrap: true,
      cell: ({ action, rule }) => (
        <>
          {t(`defence.actions.${action}`)}
          <span className={adminClasses.note}>{t(`defence.rules.${rule}`)}</span>
        </>
      ),
    },
    { name: t('defence.score'), numeric: true, cell: ({ score }) => numberText(Math.round(score)) },
    {
      name: t('defence.factorsCol'),
      wrap: true,
      cell: ({ factors }) =>
        factors.length === 0
          ? '–'
          : factors
              .map(({ name, points }) => `${t(`defence.factors.${name}`)} ${numberText(Math.round(points))}`)
              .join(', '),
    },
    { name: t('defence.path'), wrap: true, cell: ({ endpoint }) => <span translate="no">{endpoint}</span> },
    { name: t('defence.reference'), cell: ({ reference }) => <span translate="no">{reference}</span> },
  ];
  return (
    <DataTable
      caption={t('defence.lastRequests')}
      hideCaption
      columns={columns}
      rows={requests}
      rowKey={({ number }) => number}
    />
  );
}
