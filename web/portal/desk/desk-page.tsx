// The first page of reception: finds the patient who stands there.
import { useTranslation } from 'react-i18next';
import { Page } from '../../shared/ui/page.tsx';
import { PatientSearch } from '../doctor/patients/patient-search.tsx';
import '../../shared/text/en/admin.ts';
import '../../shared/text/en/desk.ts';
import '../../shared/text/en/doctor.ts';

export function DeskPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('nav.desk')} intro={t('desk.intro')}>
      <PatientSearch to="/desk/$ref" />
    </Page>
  );
}
