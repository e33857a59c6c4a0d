// For who lost every way in: what the recovery words can do and where they are asked for, and the help of trusted people.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../shared/ui/page.tsx';
import { AskPeople } from '../recovery/ask-people.tsx';
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
      <Section title={t('recover.third')}>
        <AskPeople />
      </Section>
    </Page>
  );
}
