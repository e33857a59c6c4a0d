// What waits for the person, and what patients are told, as a page.
import { useTranslation } from 'react-i18next';
import { useActing, usePerson } from '../../shared/session/session-context.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { WaitingList } from '../account/waiting-list.tsx';
import { NoticeList } from '../me/summary/notice-list.tsx';
import { HelpRequests } from '../recovery/help-requests.tsx';
import { RunningRecovery } from '../recovery/running-recovery.tsx';
import '../../shared/text/en/admin.ts';
import '../../shared/text/en/care.ts';
import '../../shared/text/en/me.ts';
import '../../shared/text/en/recovery.ts';

export function NotificationsPage() {
  const { t } = useTranslation();
  const { role } = useActing();
  return (
    <Page title={t('waiting.title')} intro={t('waiting.intro')}>
      <WaitingList session={usePerson()} />
      <RunningRecovery />
      <HelpRequests />
      {role === 'patient' ? (
        <Section title={t('me.notices.title')}>
          <NoticeList />
        </Section>
      ) : null}
    </Page>
  );
}
