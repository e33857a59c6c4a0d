// Why an address is treated as it is here: the verdict first, then reports with where they come from, then its requests.
// From here an administrator blocks and unblocks. The address stands in no link and in no title.
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { usePerson } from '../../../shared/session/session-context.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import adminClasses from '../parts/admin.module.css';
import { BlockForm, DisputeForm, UnblockForm } from './block-forms.tsx';
import { ReportTable } from './explanation.tsx';
import { FindAddress } from './find-address.tsx';
import { takeAddress } from './handed-address.ts';
import { RequestTable } from './request-table.tsx';
import classes from './security.module.css';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/security.ts';

type Act = 'block' | 'unblock' | 'dispute';

export function AddressPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useState(takeAddress);
  const [step, setStep] = useState<'look' | Act>('look');
  const done = () => setStep('look');
  if (address === '') {
    return (
      <Page title={t('defence.find')}>
        <FindAddress onFound={setAddress} />
        <ButtonLink to="/admin/security">{t('defence.back')}</ButtonLink>
      </Page>
    );
  }
  if (step === 'block') {
    return (
      <Page title={t('defence.blockTitle')} intro={t('defence.blockIntro')}>
        <BlockForm address={address} onDone={done} />
      </Page>
    );
  }
  if (step === 'unblock') {
    return (
      <Page title={t('defence.unblockTitle')}>
        <UnblockForm address={address} onDone={done} />
      </Page>
    );
  }
  if (step === 'dispute') {
    return (
      <Page title={t('defence.disputeTitle')} intro={t('defence.disputeIntro')}>
        <DisputeForm address={address} onDone={done} />
      </Page>
    );
  }
  return (
    <Page title={t('defence.find')}>
      <Explained address={address} onStep={setStep} />
      <div className={classes.ways}>
        <Button variant="default" onClick={() => setAddress('')}>
          {t('defence.another')}
        </Button>
        <ButtonLink to="/admin/security">{t('defence.back')}</ButtonLink>
      </div>
    </Page>
  );
}

interface ExplainedProps {
  readonly address: string;
  onStep(step: Act): void;
}

function Explained({ address, onStep }: ExplainedProps) {
  const { client } = useNode();
  // Each reading is an entry of the access log: it is read when somebody asks.
  const query = useQuery({
    queryKey: ['admin', 'threat-explain', address],
    queryFn: ({ signal }) => client.call('threat_explain', { address }, signal),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  return <QueryView query={query}>{(found) => <Found found={found} onStep={onStep} />}</QueryView>;
}

interface FoundProps {
  readonly found: Result<'threat_explain'>;
  onStep(step: Act): void;
}

function Found({ found, onStep }: FoundProps) {
  const { t } = useTranslation();
  const { roles } = usePerson();
  const { address, verdict, reasons, reports, organisation, foreignOrganisations, chain, requests } = found;
  const decides = roles.includes('admin');
  const isOwn = (report: { readonly organisation: number }) => report.organisation === organisation;
  const disputable = reports.some((report) => {
    const said = report.disputes.some((dispute) => dispute.organisation === organisation);
    return !isOwn(report) && !said && report.stoppedUntil === null;
  });
  return (
    <>
      <Section title={t('defence.verdictOf', { address, verdict: t(`defence.verdicts.${verdict}`) })}>
        {reasons.length === 0 ? (
          <Text>{t('defence.nothingKnown')}</Text>
        ) : (
          <ul className={classes.reasons}>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
        {decides ? (
          <div className={adminClasses.buttons}>
            {reports.some(isOwn) ? (
              <Button size="md" variant={verdict === 'block' ? 'filled' : 'default'} onClick={() => onStep('unblock')}>
                {t('defence.unblockThis')}
              </Button>
            ) : (
              <Button size="md" onClick={() => onStep('block')}>
                {t('defence.blockThis')}
              </Button>
            )}
            {disputable ? (
              <Button size="md" variant="default" onClick={() => onStep('dispute')}>
                {t('defence.disputeThis')}
              </Button>
            ) : null}
          </div>
        ) : null}
      </Section>
      <Section title={t('defence.reports')}>
        {reports.length === 0 ? null : <ReportTable reports={reports} />}
        <Text mt="xs">{t('defence.foreign', { count: foreignOrganisations })}</Text>
        <Text c="dimmed">{t('defence.chain', { head: chain.head, final: chain.final })}</Text>
        {chain.behind ? <Text>{t('defence.behind')}</Text> : null}
      </Section>
      <Section title={t('defence.lastRequests')}>
        {requests.length === 0 ? (
          <Text c="dimmed">{t('defence.noRequests')}</Text>
        ) : (
          <RequestTable caption={t('defence.lastRequests')} hideCaption requests={requests} />
        )}
      </Section>
    </>
  );
}
