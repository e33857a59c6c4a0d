// Whom each detector asked for a check, and how many of those were people: a high share says that it troubles visitors.
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';

type Row = Result<'threat_top'>['challenged'][number];

export function ChallengedTable({ challenged }: { challenged: readonly Row[] }) {
  const { t } = useTranslation();
  const columns: Column<Row>[] = [
    {
      name: t('defence.challengedBy'),
      cell: ({ by }) =>
        by === 'coordinated' || by === 'blocklist' || by === 'never-block' || by === 'circuit-breaker'
          ? t(`defence.rules.${by}`)
          : t(`defence.factors.${by}`),
    },
    { name: t('defence.challenged'), numeric: true, cell: ({ addresses }) => numberText(addresses) },
    { name: t('defence.werePeople'), numeric: true, cell: ({ passed }) => numberText(passed) },
  ];
  return (
    <DataTable caption={t('defence.challengedCaption')} columns={columns} rows={challenged} rowKey={({ by }) => by} />
  );
}
