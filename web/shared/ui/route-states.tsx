// Addresses that lead nowhere, and pages that broke: always with a way out.
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from './link.tsx';
import { Page } from './page.tsx';
import { Notice } from './states.tsx';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t('states.notFound')}>
      <Notice title={t('states.noPage')} live={false}>
        <p>{t('states.noPageText')}</p>
        <ButtonLink to="/">{t('states.toHome')}</ButtonLink>
      </Notice>
    </Page>
  );
}

/** Also when the files of a page are gone because the node was upgraded meanwhile. */
export function PageFailed() {
  const { t } = useTranslation();
  return (
    <Page title={t('states.broken')}>
      <Notice title={t('states.brokenHeading')}>
        <p>{t('states.brokenText')}</p>
        <Button variant="default" onClick={() => window.location.reload()}>
          {t('states.reload')}
        </Button>
      </Notice>
    </Page>
  );
}
