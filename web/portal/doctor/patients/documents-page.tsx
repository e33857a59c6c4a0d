// Scans, letters and other documents of a patient.
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../../../shared/ui/page.tsx';
import { DOCUMENTS } from '../data/kinds.ts';
import { RecordList } from '../parts/record-list.tsx';

const route = getRouteApi('/person/clinicians/patients/$ref');

export function DocumentsPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  return (
    <Page title={t('doctor.documents.title')}>
      <RecordList
        patient={ref}
        caption={t('doctor.documents.title')}
        empty={t('doctor.documents.empty')}
        shown={({ kind, mediaType }) => DOCUMENTS.includes(kind) && mediaType !== 'text/plain'}
      />
    </Page>
  );
}
