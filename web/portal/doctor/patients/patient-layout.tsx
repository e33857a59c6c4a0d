// Around every page of a patient: who it is, what must not be overlooked, an emergency that is open, and the ways to the pages.
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useCard } from '../data/patient.ts';
import classes from '../parts/doctor.module.css';
import { EmergencyBanner } from '../parts/emergency-banner.tsx';
import { PatientBanner } from '../parts/patient-banner.tsx';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');

const PAGES = [
  { to: '/patients/$ref', name: 'doctor.timeline.title', exact: true },
  { to: '/patients/$ref/results', name: 'doctor.results.title', exact: false },
  { to: '/patients/$ref/documents', name: 'doctor.documents.title', exact: false },
  { to: '/patients/$ref/notes', name: 'doctor.notes.title', exact: false },
  { to: '/patients/$ref/sharing', name: 'doctor.sharing.title', exact: false },
  { to: '/patients/$ref/access', name: 'doctor.history.title', exact: false },
  { to: '/patients/$ref/emergency', name: 'doctor.emergency.title', exact: false },
] as const;

export function PatientLayout() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  const query = useCard(ref);
  if (query.data === undefined) {
    return (
      <Page title={t('doctor.patient')}>
        {codeOf(query.error) === 'identifier.ref' ? <Unknown /> : <QueryView query={query}>{() => null}</QueryView>}
      </Page>
    );
  }
  return (
    // What is typed about one patient must not stand under the banner of another, whom the history may go to.
    <Fragment key={ref}>
      <PatientBanner card={query.data} />
      <EmergencyBanner handle={query.data.handle} />
      <nav aria-label={t('doctor.pages')}>
        <ul className={classes.tabs}>
          {PAGES.map(({ to, name, exact }) => (
            <li key={to}>
              <Link to={to} params={{ ref }} activeOptions={{ exact, includeSearch: false }}>
                {t(name)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </Fragment>
  );
}

function Unknown() {
  const { t } = useTranslation();
  return (
    <Notice title={t('doctor.unknown')}>
      <p>{t('doctor.unknownText')}</p>
      <ButtonLink to="/patients">{t('doctor.toSearch')}</ButtonLink>
    </Notice>
  );
}
