// How the clinic's web side stands: what comes now, what came in a day, who stood out, what is blocked and by whom.
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { BlockTable } from './block-table.tsx';
import { FindAddress } from './find-address.tsx';
import { LiveFigures } from './live-figures.tsx';
import { RequestSeries } from './request-series.tsx';
import { TopThreats } from './top-threats.tsx';

export function SecurityPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('nav.defence')} intro={t('defence.intro')}>
      <Section title={t('defence.now')}>
        <LiveFigures />
      </Section>
      <Section title={t('defence.find')}>
        <FindAddress />
      </Section>
      <Section title={t('defence.lastDay')}>
        <RequestSeries />
      </Section>
      <Section title={t('defence.top')}>
        <TopThreats />
      </Section>
      <Section title={t('defence.blocks')}>
        <BlockTable />
      </Section>
    </Page>
  );
}
