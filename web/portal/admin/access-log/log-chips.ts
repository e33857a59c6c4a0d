// The filters of the event log as chips.
import { useTranslation } from 'react-i18next';
import type { Chip } from '../../parts/filter-chips.tsx';
import type { LogFilter } from './log-filter.ts';

export function useLogChips(filter: LogFilter, show: (filter: LogFilter) => void): Chip[] {
  const { t } = useTranslation();
  const { outcome, method, since, user, object } = filter;
  const words: [string | undefined, Partial<LogFilter>][] = [
    [outcome && t(`admin.log.outcomes.${outcome}`), { outcome: undefined }],
    [since && t(`admin.log.since.${since}`), { since: undefined }],
    [method === '' ? undefined : t('admin.log.actionIs', { action: method }), { method: '' }],
    [user && t('admin.log.userIs', { id: `${user.slice(0, 6)}…${user.slice(-6)}` }), { user: undefined }],
    [object === '' ? undefined : t('admin.log.objectIs', { object }), { object: '' }],
  ];
  return words.flatMap(([said, without]) =>
    said === undefined ? [] : [{ words: said, remove: () => show({ ...filter, ...without }) }],
  );
}
