// What administrators decided about a person, and why.
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../../consensus/ledger/accounts/types.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { fieldName } from '../../parts/field-name.ts';

type Decision = Result<'admin_user'>['decisions'][number];

export function DecisionTable({ decisions }: { decisions: readonly Decision[] }) {
  const { t } = useTranslation();
  const columns: Column<Decision>[] = [
    { name: t('admin.decisions.when'), cell: ({ at }) => <FullMoment time={at} /> },
    { name: t('admin.decisions.what'), wrap: true, cell: (decision) => <bdi>{words(t, decision)}</bdi> },
    { name: t('admin.decisions.outcome'), cell: ({ outcome }) => t(`admin.decisions.outcomes.${outcome}`) },
    { name: t('admin.reason'), wrap: true, cell: ({ reason }) => (reason === '' ? '–' : <bdi>{reason}</bdi>) },
    {
      name: t('admin.decisions.by'),
      wrap: true,
      cell: ({ by, byName }) => (by === null ? t('admin.decisions.clinic') : <bdi>{byName === '' ? by : byName}</bdi>),
    },
  ];
  return (
    <DataTable
      caption={t('admin.decisions.title')}
      hideCaption
      columns={columns}
      rows={decisions}
      rowKey={({ at, kind, change }) => `${at} ${kind} ${JSON.stringify(change)}`}
    />
  );
}

function words(t: TFunction, { kind, change }: Decision): string {
  if (kind === 'role') {
    const [role, clinic, until] = ['role', 'clinic', 'until'].map(
      (one) => change.find(({ field }) => field === one)?.to ?? '',
    );
    const about = { role: t(`roles.${role as Role}`), clinic, until: until.slice(0, 10) };
    return t(until === '' ? 'admin.decisions.roleEnded' : 'admin.decisions.roleGiven', about);
  }
  if (kind !== 'profile') return t(`admin.decisions.kinds.${kind}`);
  const known = (value: string) => (value === '' ? t('profile.notKnown') : value);
  return change
    .map(({ field, from, to }) => t('account.change', { field: fieldName(t, field), from: known(from), to: known(to) }))
    .join('; ');
}
