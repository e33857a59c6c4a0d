// Lies over a page whose session ended: nothing of the page is to be seen, and signing in again brings it back as it was.
import { Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { useSessionModules } from '../../shared/session/session-context.tsx';
import { Page } from '../../shared/ui/page.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';

export function Cover({ person }: { person: SessionView }) {
  const { t } = useTranslation();
  const { sessions } = useSessionModules();
  const navigate = useNavigate();
  const leave = () => {
    sessions.leave();
    void navigate({ to: '/' });
  };
  return (
    <Page title={t('cover.title')} intro={t('cover.intro', { name: person.displayName })}>
      <SignIn
        name={person.name}
        extra={
          <Text>
            {t('cover.other')}{' '}
            <button type="button" className="link" onClick={leave}>
              {t('cover.leave')}
            </button>
          </Text>
        }
      />
    </Page>
  );
}
