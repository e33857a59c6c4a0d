// What waits for somebody who treats patients: emergencies that are open or wait for a review, and requests.
import { useTranslation } from 'react-i18next';
import type { ConsentRequest } from '../../../../rpc/schema/consent.ts';
import { useLive } from '../../../shared/node/node-context.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useOwnEmergencies } from '../data/emergency.ts';
import { useRequests } from '../data/patient.ts';
import { RequestTable } from '../parts/request-table.tsx';
import { OwnEmergencies } from './own-emergencies.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';

export function TodayPage() {
  const { t } = useTranslation();
  const { health } = useLive();
  const here = health?.clinic.number;
  const requests = useRequests();
  const emergencies = useOwnEmergencies();
  return (
    <Page title={t('doctor.today.title')} aside={<FindPatient />}>
      <QueryView query={emergencies}>
        {(own) =>
          own.length === 0 ? null : (
            <Section title={t('doctor.today.emergencies')}>
              <OwnEmergencies emergencies={own} />
            </Section>
          )
        }
      </QueryView>
      <QueryView query={requests}>
        {(all) => (
          <>
            <Section title={t('doctor.today.toAnswer')}>
              <Requests
                requests={all.requests.filter(({ writer, state }) => writer === here && state === 'open')}
                caption={t('doctor.today.toAnswer')}
                empty={t('doctor.today.toAnswerEmpty')}
              />
            </Section>
            <Section title={t('doctor.today.made')}>
              <Requests
                requests={all.requests.filter(({ clinic }) => clinic === here)}
                caption={t('doctor.today.made')}
                empty={t('doctor.today.madeEmpty')}
              />
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  );
}

function FindPatient() {
  const { t } = useTranslation();
  return <ButtonLink to="/patients">{t('doctor.search.title')}</ButtonLink>;
}

interface RequestsProps {
  readonly requests: readonly ConsentRequest[];
  readonly caption: string;
  readonly empty: string;
}

function Requests({ requests, caption, empty }: RequestsProps) {
  const { t } = useTranslation();
  if (requests.length > 0) return <RequestTable requests={requests} caption={caption} withPatient />;
  return (
    <Notice title={t('doctor.nothing')} live={false}>
      <p>{empty}</p>
    </Notice>
  );
}
