// The page on which those who treat patients find them.
import { useTranslation } from 'react-i18next';
import { Page } from '../../../shared/ui/page.tsx';
import { PatientSearch } from './patient-search.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/doctor.ts';

export function PatientsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('doctor.search.title')} intro={t('doctor.search.intro')}>
      <PatientSearch to="/patients/$ref" />
    </Page>
  );
}
