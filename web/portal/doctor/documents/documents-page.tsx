// Scans, letters and other documents of a patient, and files that are added to them.
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { DOCUMENTS } from '../data/kinds.ts';
import { useCard } from '../data/patient.ts';
import { RecordList } from '../parts/record-list.tsx';
import { RegisterHere } from '../parts/register-here.tsx';
import { AttachForm } from './attach-form.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';
import '../../../shared/text/en/me.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');

export function DocumentsPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  const { data: card } = useCard(ref);
  return (
    <Page title={t('doctor.documents.title')}>
      <RecordList
        patient={ref}
        caption={t('doctor.documents.title')}
        empty={t('doctor.documents.empty')}
        shown={({ kind, mediaType }) => DOCUMENTS.includes(kind) && mediaType !== 'text/plain'}
      />
      <Section title={t('doctor.attach.title')}>
        {card?.here === false ? <RegisterHere patient={ref} /> : <AttachForm patient={ref} />}
      </Section>
    </Page>
  );
}
