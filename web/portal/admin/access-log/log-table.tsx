// Entries of the event log as a table.
import { IconAlertOctagon, IconCircleCheckFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Ident } from '../../../shared/ui/ident.tsx';
import tag from '../../../shared/ui/status-tag.module.css';
import classes from '../parts/admin.module.css';

export type LogEntry = Result<'admin_accessLog'>['entries'][number];

export interface LogTableProps {
  readonly caption: string;
  readonly hideCaption?: boolean;
  readonly entries: readonly LogEntry[];
}

export function LogTable({ caption, hideCaption = false, entries }: LogTableProps) {
  const { t } = useTranslation();
  const when = t('admin.log.when');
  const columns: Column<LogEntry>[] = [
    {
      name: when,
      header: <MomentHeader age={when} time={when} />,
      sort: 'descending',
      cell: ({ time }) => <Moment time={time} />,
    },
    {
      name: t('admin.log.who'),
      wrap: true,
      cell: ({ kind, who }) => (who === '' ? t(`admin.log.kinds.${kind}`) : <bdi>{who}</bdi>),
    },
    {
      name: t('admin.role'),
      wrap: true,
      cell: ({ roles }) => (roles.length === 0 ? '–' : roles.map((role) => t(`roles.${role}`)).join(', ')),
    },
    { name: t('admin.log.action'), wrap: true, cell: ({ action }) => <span translate="no">{action}</span> },
    {
      name: t('admin.log.object'),
      cell: ({ object }) => (object === null ? '–' : <Ident value={object} label={t('admin.log.tag')} />),
    },
    { name: t('admin.log.outcome'), wrap: true, cell: (entry) => <Outcome entry={entry} /> },
    { name: t('admin.log.from'), wrap: true, cell: ({ address }) => address ?? '–' },
  ];
  return (
    <DataTable
      caption={caption}
      hideCaption={hideCaption}
      columns={columns}
      rows={entries}
      rowKey={({ number }) => number}
    />
  );
}

/** What was permitted and has a code met an obstacle that is no refusal: a bad parameter, a full queue. */
export function outcomeOf({ outcome, code }: LogEntry): 'permitted' | 'failed' | 'refused' {
  return outcome === 'permitted' && code !== null ? 'failed' : outcome;
}

function Outcome({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation();
  const { code, times } = entry;
  const outcome = outcomeOf(entry);
  const done = outcome === 'permitted';
  const Icon = done ? IconCircleCheckFilled : IconAlertOctagon;
  return (
    <>
      <span className={tag.tag} data-status={done ? 'final' : 'refused'}>
        <Icon size={16} aria-hidden />
        {t(`admin.log.outcomes.${outcome}`)}
      </span>
      {code === null ? null : (
        <span className={classes.note} translate="no">
          {code}
        </span>
      )}
      {times < 2 ? null : <span className={classes.note}>{t('admin.log.times', { count: times })}</span>}
    </>
  );
}
