// All accesses to records that a filter finds, as a CSV file.
import { useTranslation } from 'react-i18next';
import type { AuditEventView } from '../../../../rpc/schema/audit.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { csvTime } from '../../../shared/table/csv.ts';
import { careWord } from '../../parts/care-words.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import { allPages, PAGE_MAX } from '../parts/all-pages.ts';
import { SaveCsv } from '../parts/save-csv.tsx';
import { type AccessFilter, paramsOf } from './access-filter.ts';

export function SaveAccess({ filter }: { filter: AccessFilter }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const clinicName = useClinicName();
  const rows = () => {
    const now = nodeClock.now();
    return allPages(async (after: number | undefined) => {
      const { events, next } = await client.call('audit_events', { ...paramsOf(filter, after, now), limit: PAGE_MAX });
      return { rows: events, next };
    });
  };
  return (
    <SaveCsv<AuditEventView>
      file="wardmesh-access.csv"
      columns={{
        [t('csv.entry')]: ({ number }) => String(number),
        [t('csv.utc', { name: t('admin.log.when') })]: ({ time }) => csvTime(time),
        [t('admin.log.who')]: ({ who, account }) => who ?? account ?? '',
        [t('admin.role')]: ({ roles }) => roles.join(' '),
        [t('admin.log.action')]: ({ action }) => careWord(t, 'actions', action),
        [t('admin.access.purpose')]: ({ purpose }) => careWord(t, 'purposes', purpose),
        [t('admin.log.object')]: ({ writer }) => clinicName(writer),
        [t('admin.access.recordsHeader')]: ({ records }) => records.join(' '),
        [t('admin.log.outcome')]: ({ outcome }) => t(`care.outcomes.${outcome}`),
        [t('admin.reason')]: ({ reason }) => careWord(t, 'reasons', reason),
        [t('admin.log.from')]: ({ clinic }) => clinicName(clinic),
        [t('admin.access.anchored')]: ({ anchored }) => t(anchored ? 'admin.yes' : 'admin.no'),
      }}
      rows={rows}
    />
  );
}
