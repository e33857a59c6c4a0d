// One emergency, and for the privacy officer of the clinic that opened it its review: whether it was justified, and why.
import { Button, Radio, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EmergencyView } from '../../../../rpc/schema/emergency.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useLive, useNode } from '../../../shared/node/node-context.tsx';
import { useActing } from '../../../shared/session/session-context.tsx';
import { Deadline, FullMoment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { Ident, WholeIdent } from '../../../shared/ui/ident.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { careWord } from '../../parts/care-words.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from '../parts/admin.module.css';
import { ReasonField } from '../parts/reason-field.tsx';
import { useFormAct } from '../parts/use-form-act.ts';
import { EmergencyState } from './emergencies-page.tsx';
import { useEmergencies } from './use-emergencies.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';

const route = getRouteApi('/person/overseers/admin/emergencies/$emergency');

export function EmergencyPage() {
  const { t } = useTranslation();
  const { emergency: id } = route.useParams();
  const query = useEmergencies();
  return (
    <Page title={t('admin.emergencies.one')}>
      <QueryView query={query}>
        {({ emergencies }) => {
          const emergency = emergencies.find((one) => one.emergency === id);
          return emergency === undefined ? (
            <Notice title={t('admin.emergencies.unknown')}>
              <ButtonLink to="/admin/emergencies">{t('admin.emergencies.toList')}</ButtonLink>
            </Notice>
          ) : (
            <>
              <EmergencyFacts emergency={emergency} />
              <Section title={t('admin.emergencies.review')}>
                <Review emergency={emergency} />
              </Section>
            </>
          );
        }}
      </QueryView>
    </Page>
  );
}

function EmergencyFacts({ emergency }: { emergency: EmergencyView }) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const { who, account, clinic, opened, ends, closed, reason, text, handle } = emergency;
  return (
    <Facts
      facts={[
        { label: t('admin.status'), value: <EmergencyState emergency={emergency} /> },
        { label: t('admin.emergencies.opened'), value: <FullMoment time={opened} /> },
        {
          label: t(closed === null ? 'admin.emergencies.ends' : 'admin.emergencies.closed'),
          value: closed === null ? <Deadline time={ends} /> : <FullMoment time={closed} />,
        },
        {
          label: t('admin.emergencies.by'),
          value: who === null ? <Ident value={account} label={t('admin.emergencies.account')} /> : <bdi>{who}</bdi>,
        },
        { label: t('admin.access.clinic'), value: <bdi>{clinicName(clinic)}</bdi> },
        { label: t('admin.reason'), value: careWord(t, 'reasons', reason) },
        { label: t('admin.emergencies.text'), value: <bdi>{text}</bdi> },
        {
          label: t('admin.emergencies.patient'),
          value: <WholeIdent value={handle} label={t('admin.emergencies.patient')} />,
        },
      ]}
    />
  );
}

function Review({ emergency }: { emergency: EmergencyView }) {
  const { t } = useTranslation();
  const { health } = useLive();
  const { role } = useActing();
  const { review, state, clinic, reviewDue } = emergency;
  if (review !== null) {
    return (
      <Facts
        facts={[
          { label: t('admin.emergencies.verdict'), value: careWord(t, 'reasons', review.verdict) },
          { label: t('admin.emergencies.reviewed'), value: <FullMoment time={review.at} /> },
          ...(review.text === null ? [] : [{ label: t('admin.reason'), value: <bdi>{review.text}</bdi> }]),
        ]}
      />
    );
  }
  if (state === 'open') return <Text>{t('admin.emergencies.stillOpen')}</Text>;
  const due = (
    <Text>
      {t('admin.emergencies.due')} <Deadline time={reviewDue} />
    </Text>
  );
  if (clinic !== health?.clinic.number) return <Text>{t('admin.emergencies.elsewhere')}</Text>;
  return (
    <div className={classes.part}>
      {due}
      {role === 'privacy-officer' ? (
        <ReviewForm emergency={emergency} />
      ) : (
        <Text>{t('admin.emergencies.officer')}</Text>
      )}
    </div>
  );
}

type Verdict = 'justified' | 'unjustified';

function ReviewForm({ emergency: { emergency } }: { emergency: EmergencyView }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const [verdict, setVerdict] = useState<Verdict>();
  const [text, setText] = useState('');
  const submit = async () => {
    const found: Mistake[] = [];
    if (verdict === undefined) found.push({ field: 'verdict-justified', words: t('admin.emergencies.verdictMissing') });
    if (text.trim() === '') found.push({ field: 'review-reason', words: t('admin.reasonMissing') });
    if (found.length > 0 || verdict === undefined) return found;
    return act(() => client.call('emergency_review', { emergency, verdict, text: text.trim() }));
  };
  return (
    <Form state={state} onSubmit={submit} label={t('admin.emergencies.review')}>
      <Radio.Group
        label={t('admin.emergencies.verdict')}
        value={verdict ?? ''}
        onChange={(value) => setVerdict(value as Verdict)}
        error={state.wrong('verdict-justified')}
        size="md"
      >
        <div className={classes.choices}>
          <Radio id="verdict-justified" value="justified" label={t('admin.emergencies.justified')} size="md" />
          <Radio value="unjustified" label={t('admin.emergencies.unjustified')} size="md" />
        </div>
      </Radio.Group>
      <ReasonField
        id="review-reason"
        hint={t('admin.emergencies.reviewHint')}
        value={text}
        onChange={setText}
        error={state.wrong('review-reason')}
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('admin.emergencies.submit')}
        </Button>
      </Actions>
    </Form>
  );
}
