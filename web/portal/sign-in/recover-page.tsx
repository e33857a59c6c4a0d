// For who lost every way in: what the recovery words can do, and the way to where they are asked for.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../shared/ui/page.tsx';
import { AskForLink } from './reset-page.tsx';

export function RecoverPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('recover.title')} intro={t('recover.intro')}>
      <Section title={t('recover.first')}>
        <AskForLink />
        <Text mt="md">{t('recover.noMail')}</Text>
      </Section>
      <Section title={t('recover.second')}>
        <Text>{t('recover.secondText')}</Text>
      </Section>
    </Page>
  );
}
