// The filters of accesses to records as chips.
import { useTranslation } from 'react-i18next';
import type { Chip } from '../../parts/filter-chips.tsx';
import type { AccessFilter } from './access-filter.ts';

export function useAccessChips(filter: AccessFilter, show: (filter: AccessFilter) => void): Chip[] {
  const { t } = useTranslation();
  const { area, outcome, since, patient } = filter;
  const words: [string | undefined, Partial<AccessFilter>][] = [
    [area && t(`admin.access.areas.${area}`), { area: undefined }],
    [outcome && t(`care.outcomes.${outcome}`), { outcome: undefined }],
    [since && t(`admin.log.since.${since}`), { since: undefined }],
    [patient === '' ? undefined : t('admin.access.patientIs', { patient }), { patient: '' }],
  ];
  return words.flatMap(([said, without]) =>
    said === undefined ? [] : [{ words: said, remove: () => show({ ...filter, ...without }) }],
  );
}
