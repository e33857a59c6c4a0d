// How the clinic's web side stands: what comes now, which safety switches are open, what came in a day, who stood out, what is
// blocked and by whom, what is disputed, which signatures there are. What an administrator closes or decides is a page of its own.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BreakerView } from '../../../../rpc/schema/security.ts';
import type { SignatureView } from '../../../../rpc/schema/threat-signature.ts';
import { usePerson } from '../../../shared/session/session-context.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { BlockTable } from './block-table.tsx';
import { BreakerList, ReleaseForm } from './breaker-list.tsx';
import { FindAddress } from './find-address.tsx';
import { LiveFigures } from './live-figures.tsx';
import { RequestSeries } from './request-series.tsx';
import classes from './security.module.css';
import { SignatureTable } from './signature-table.tsx';
import { SignatureDetail } from './signature-view.tsx';
import { TopThreats } from './top-threats.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/security.ts';

export function SecurityPage() {
  const { t } = useTranslation();
  const { roles } = usePerson();
  const [breaker, setBreaker] = useState<BreakerView>();
  const [signature, setSignature] = useState<SignatureView>();
  if (breaker !== undefined) {
    return (
      <Page title={t('defence.releaseTitle')}>
        <ReleaseForm breaker={breaker} onDone={() => setBreaker(undefined)} />
      </Page>
    );
  }
  if (signature !== undefined) {
    return (
      <Page title={t('defence.signatureTitle', { name: signature.name })}>
        <SignatureDetail signature={signature} onDone={() => setSignature(undefined)} />
      </Page>
    );
  }
  return (
    <Page title={t('nav.defence')} intro={t('defence.intro')}>
      <Section title={t('defence.now')}>
        <LiveFigures />
      </Section>
      <Section title={t('defence.breakersTitle')}>
        <BreakerList onRelease={roles.includes('admin') ? setBreaker : undefined} />
      </Section>
      <Section title={t('defence.find')}>
        <FindAddress />
      </Section>
      <Section title={t('defence.lastDay')}>
        <RequestSeries />
        <div className={classes.ways}>
          <ButtonLink to="/admin/security/log">{t('defence.log.open')}</ButtonLink>
        </div>
      </Section>
      <Section title={t('defence.top')}>
        <TopThreats />
      </Section>
      <Section title={t('defence.blocks')}>
        <BlockTable />
      </Section>
      <Section title={t('defence.disputes')}>
        <BlockTable disputed />
      </Section>
      <Section title={t('defence.signatures')}>
        <SignatureTable onLook={setSignature} />
      </Section>
    </Page>
  );
}
