// All entries of the event log that a filter finds, as a CSV file.
import { useTranslation } from 'react-i18next';
import { useNode } from '../../../shared/node/node-context.tsx';
import { csvTime } from '../../../shared/table/csv.ts';
import { allPages, PAGE_MAX } from '../parts/all-pages.ts';
import { SaveCsv } from '../parts/save-csv.tsx';
import { type LogFilter, paramsOf } from './log-filter.ts';
import { type LogEntry, outcomeOf } from './log-table.tsx';

export function SaveLog({ filter }: { filter: LogFilter }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const rows = () => {
    const now = nodeClock.now();
    return allPages(async (after: number | undefined) => {
      const params = { ...paramsOf(filter, after, now), limit: PAGE_MAX };
      const { entries, next } = await client.call('admin_accessLog', params);
      return { rows: entries, next };
    });
  };
  return (
    <SaveCsv<LogEntry>
      file="access-log.csv"
      rows={rows}
      columns={{
        [t('csv.entry')]: ({ number }) => String(number),
        [t('csv.utc', { name: t('admin.log.when') })]: ({ time }) => csvTime(time),
        [t('admin.log.who')]: ({ kind, who }) => (who === '' ? t(`admin.log.kinds.${kind}`) : who),
        [t('admin.role')]: ({ roles }) => roles.map((role) => t(`roles.${role}`)).join('; '),
        [t('admin.log.action')]: ({ action }) => action,
        [t('admin.log.object')]: ({ object }) => object ?? '',
        [t('admin.log.outcome')]: (entry) => t(`admin.log.outcomes.${outcomeOf(entry)}`),
        [t('csv.code')]: ({ code }) => code ?? '',
        [t('admin.log.from')]: ({ address }) => address ?? '',
        [t('csv.alike')]: ({ times }) => String(times),
      }}
    />
  );
}
