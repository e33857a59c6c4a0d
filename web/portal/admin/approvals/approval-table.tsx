// Who waits for which decision, each with the way to it.
import { useTranslation } from 'react-i18next';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import classes from '../parts/admin.module.css';
import { type Approval, changeWords } from './change-words.ts';

export interface ApprovalTableProps {
  readonly approvals: readonly Approval[];
  readonly caption: string;
}

export function ApprovalTable({ approvals, caption }: ApprovalTableProps) {
  const { t } = useTranslation();
  const asked = t('admin.approvals.asked');
  const columns: Column<Approval>[] = [
    {
      name: t('admin.approvals.who'),
      wrap: true,
      cell: ({ name, displayName }) => (
        <span className={classes.who}>
          <bdi>{displayName}</bdi>
          <bdi className={classes.note}>{name}</bdi>
        </span>
      ),
    },
    { name: t('admin.approvals.change'), wrap: true, cell: (approval) => <bdi>{changeWords(t, approval)}</bdi> },
    {
      name: asked,
      header: <MomentHeader age={asked} time={asked} />,
      cell: ({ made }) => <Moment time={made} />,
    },
    {
      name: t('admin.approvals.decide'),
      cell: (approval) => (
        <ButtonLink
          to="/admin/approvals/$approval"
          params={{ approval: approval.id }}
          size="xs"
          aria-label={t('admin.approvals.decideNamed', { name: approval.displayName, what: changeWords(t, approval) })}
        >
          {t('admin.approvals.decide')}
        </ButtonLink>
      ),
    },
  ];
  return <DataTable caption={caption} hideCaption columns={columns} rows={approvals} rowKey={({ id }) => id} />;
}
