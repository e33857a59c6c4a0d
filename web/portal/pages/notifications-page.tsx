// What waits for the person, as a page.
import { useTranslation } from 'react-i18next';
import { usePerson } from '../../shared/session/session-context.tsx';
import { Page } from '../../shared/ui/page.tsx';
import { WaitingList } from '../account/waiting-list.tsx';

export function NotificationsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('waiting.title')} intro={t('waiting.intro')}>
      <WaitingList session={usePerson()} />
    </Page>
  );
}
