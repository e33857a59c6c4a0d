// Accesses to records as a table: who did what in whose records, why, and whether they were allowed to.
import { useTranslation } from 'react-i18next';
import type { AuditEventView } from '../../../../rpc/schema/audit.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { ShortIdent } from '../../../shared/ui/ident.tsx';
import { AccessOutcome } from '../../parts/access-outcome.tsx';
import { careWord } from '../../parts/care-words.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from '../parts/admin.module.css';

export interface AccessTableProps {
  readonly caption: string;
  readonly events: readonly AuditEventView[];
}

export function AccessTable({ caption, events }: AccessTableProps) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const when = t('admin.log.when');
  const columns: Column<AuditEventView>[] = [
    {
      name: when,
      header: <MomentHeader age={when} time={when} />,
      sort: 'descending',
      cell: ({ time }) => <Moment time={time} />,
    },
    { name: t('admin.log.who'), wrap: true, cell: (event) => <Who event={event} /> },
    {
      name: t('admin.role'),
      wrap: true,
      cell: ({ roles }) => (
        <span className={classes.words}>
          {roles.length === 0 ? '–' : roles.map((role) => t(`roles.${role}`)).join(', ')}
        </span>
      ),
    },
    {
      name: t('admin.log.action'),
      wrap: true,
      cell: ({ action, purpose }) => (
        <span className={classes.words}>
          {careWord(t, 'actions', action)}
          <span className={classes.note}>{careWord(t, 'purposes', purpose)}</span>
        </span>
      ),
    },
    {
      name: t('admin.log.object'),
      wrap: true,
      cell: ({ writer, records }) => (
        <span className={classes.words}>
          <bdi>{clinicName(writer)}</bdi>
          {records.length === 0 ? null : (
            <span className={classes.note}>{t('admin.access.records', { count: records.length })}</span>
          )}
        </span>
      ),
    },
    {
      name: t('admin.log.outcome'),
      wrap: true,
      cell: ({ outcome, reason }) => <AccessOutcome outcome={outcome} reason={reason} />,
    },
    { name: t('admin.log.from'), wrap: true, cell: ({ clinic }) => <bdi>{clinicName(clinic)}</bdi> },
  ];
  return <DataTable caption={caption} columns={columns} rows={events} rowKey={({ number }) => number} />;
}

/** Persons of other organisations are known by their account alone. */
function Who({ event: { who, account, application } }: { event: AuditEventView }) {
  const { t } = useTranslation();
  if (who !== null) return <bdi>{who}</bdi>;
  const known = account ?? application;
  return known === null ? t('admin.access.clinicItself') : <ShortIdent value={known} />;
}
