// What speaks for and against an address: reports with clinic, block and transaction.
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Ident } from '../../../shared/ui/ident.tsx';
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
