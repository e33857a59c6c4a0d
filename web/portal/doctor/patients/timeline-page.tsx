// Everything that may be read of a patient, newest first, whichever clinic wrote it.
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../../../shared/ui/page.tsx';
import { RecordList } from '../parts/record-list.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');

export function TimelinePage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  return (
    <Page title={t('doctor.timeline.title')}>
      <RecordList
        patient={ref}
        caption={t('doctor.timeline.title')}
        empty={t('doctor.timeline.empty')}
        shown={() => true}
      />
    </Page>
  );
}
