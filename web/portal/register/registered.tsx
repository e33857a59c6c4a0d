// After registering: whether the person can sign in now or an administrator has to approve, and the vault as a file.
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { exportVaultFile } from '../../../identity/vault/file.ts';
import { Actions } from '../../shared/form/form.tsx';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Page } from '../../shared/ui/page.tsx';
import { saveText } from '../../shared/ui/save.ts';
import { Notice } from '../../shared/ui/states.tsx';
import type { Registered } from './registration.ts';

export function RegisteredNotice({ done: { answer, vault }, name }: { done: Registered; name: string }) {
  const { t } = useTranslation();
  const active = answer.state === 'active';
  return (
    <Page title={t(active ? 'registered.title' : 'registered.waitingTitle')}>
      <Notice title={t(active ? 'registered.active' : 'registered.waiting')}>
        <p>{t(active ? 'registered.activeText' : 'registered.waitingText', { name })}</p>
        <p>{t('registered.vault')}</p>
        <Actions>
          {active ? (
            <ButtonLink to="/sign-in" variant="filled" size="md">
              {t('nav.signIn')}
            </ButtonLink>
          ) : (
            <ButtonLink to="/">{t('refusal.out')}</ButtonLink>
          )}
          <Button variant="default" onClick={() => saveText('wardmesh-vault.json', exportVaultFile(vault.file))}>
            {t('vault.save')}
          </Button>
        </Actions>
      </Notice>
    </Page>
  );
}
