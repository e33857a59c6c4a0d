// Who may read of this patient: asking another clinic, answering what others asked, and what this clinic shares of its own chart.
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useCard, useConsents } from '../data/patient.ts';
import { RequestTable } from '../parts/request-table.tsx';
import { AskForm } from './ask-form.tsx';
import { ConsentTable } from './consent-table.tsx';
import { PassOnForm } from './pass-on-form.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');

export function SharingPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  const card = useCard(ref);
  const consents = useConsents(ref);
  return (
    <Page title={t('doctor.sharing.title')}>
      <Section title={t('doctor.ask.title')}>
        <QueryView query={card}>{(known) => <AskForm card={known} />}</QueryView>
      </Section>
      <Section title={t('doctor.passOn.title')}>
        <QueryView query={card}>{(known) => <PassOnForm card={known} />}</QueryView>
      </Section>
      <QueryView query={consents}>
        {({ requests, consents: given }) => (
          <>
            <Section title={t('doctor.requests.title')}>
              {requests.length === 0 ? (
                <Notice title={t('doctor.nothing')} live={false}>
                  <p>{t('doctor.requests.empty')}</p>
                </Notice>
              ) : (
                <RequestTable requests={requests} caption={t('doctor.requests.title')} />
              )}
            </Section>
            <Section title={t('doctor.sharing.given')}>
              {given.length === 0 ? (
                <Notice title={t('doctor.nothing')} live={false}>
                  <p>{t('doctor.sharing.empty')}</p>
                </Notice>
              ) : (
                <ConsentTable consents={given} />
              )}
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  );
}
