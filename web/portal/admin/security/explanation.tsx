// What speaks for and against an address, as tables: reports with clinic, block and transaction; requests with their points.
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { SecurityEntry } from '../../../../rpc/schema/security.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Deadline, Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Ident } from '../../../shared/ui/ident.tsx';
import { StatusTag } from '../../../shared/ui/status-tag.tsx';
import adminClasses from '../parts/admin.module.css';

type Report = Result<'threat_explain'>['reports'][number];

export function ReportTable({ reports }: { reports: readonly Report[] }) {
  const { t } = useTranslation();
  const columns: Column<Report>[] = [
    {
      name: t('defence.by'),
      wrap: true,
      cell: ({ clinic, clinicName }) => <bdi>{clinicName ?? t('admin.clinic', { number: clinic })}</bdi>,
    },
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
      name: t('defence.until'),
      cell: ({ expires }) => (expires === null ? t('defence.noEnd') : <Deadline time={expires} />),
    },
    { name: t('admin.status'), cell: ({ status }) => <StatusTag status={status} /> },
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
