// For who lost every way in: what the recovery words can do and where they are asked for, and the help of trusted people.
// While such help is under way in this browser, the page is about nothing else.
import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../shared/ui/page.tsx';
import { Asked, BeginAsking } from '../recovery/ask-people.tsx';
import { keptAsking } from '../recovery/kept-asking.ts';
import { AskForLink } from './reset-page.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/recovery.ts';
import '../../shared/text/en/sign-in.ts';

export function RecoverPage() {
  const { t } = useTranslation();
  const [kept, setKept] = useState(keptAsking);
  if (kept !== undefined) {
    return (
      <Page title={t('recover.title')} intro={t('recover.asked')}>
        <Asked kept={kept} onForgotten={() => setKept(undefined)} />
      </Page>
    );
  }
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
        <BeginAsking onBegun={setKept} />
      </Section>
    </Page>
  );
}
