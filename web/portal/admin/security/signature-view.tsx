// One attack signature: what it looks for, how far it has come, and an administrator's word on it.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignatureView } from '../../../../rpc/schema/threat-signature.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { usePerson } from '../../../shared/session/session-context.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { listText } from '../../../shared/text/sentence.ts';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import adminClasses from '../parts/admin.module.css';
import { ActForm, optionsOf, useChoice } from './act-form.tsx';
import classes from './security.module.css';

const RETIRE_REASONS = ['false-positives', 'outdated', 'replaced', 'mistake'] as const;

export interface SignatureDetailProps {
  readonly signature: SignatureView;
  onDone(): void;
}

export function SignatureDetail({ signature, onDone }: SignatureDetailProps) {
  const { t } = useTranslation();
  const { roles } = usePerson();
  const [step, setStep] = useState<'look' | 'confirm' | 'retire'>('look');
  if (step === 'confirm') return <ConfirmForm signature={signature} onDone={onDone} />;
  if (step === 'retire') return <RetireForm signature={signature} onDone={onDone} />;
  const { state, points, conditions, supporters, opponents, proposed, effectiveFrom, retired, clinic, clinicName } =
    signature;
  const isOpen = state === 'proposed';
  const moment = (time: number | null) => (time === null ? t('defence.notYet') : <FullMoment time={time} />);
  return (
    <div className={adminClasses.part}>
      <Facts
        facts={[
          { label: t('defence.state'), value: t(`defence.states.${state}`) },
          { label: t('defence.stateMeans'), value: t(`defence.stateMeanings.${state}`) },
          {
            label: t('defence.looksFor'),
            value: conditions.map(({ fields, pattern }) => (
              <div key={pattern}>
                <span className={classes.pattern} translate="no">
                  {pattern}
                </span>
                <span className={adminClasses.note}>
                  {listText(fields.map((field) => t(`defence.fields.${field}`)))}
                </span>
              </div>
            )),
          },
          { label: t('defence.points'), value: numberText(points), hint: t('defence.pointsHint') },
          {
            label: t('defence.proposedBy'),
            value: <bdi>{clinicName ?? t('admin.clinic', { number: clinic ?? '–' })}</bdi>,
          },
          { label: t('defence.proposed'), value: moment(proposed) },
          { label: t('defence.supporters'), value: numberText(supporters.length) },
          { label: t('defence.opponents'), value: numberText(opponents.length) },
          retired === null
            ? { label: t('defence.countsFrom'), value: moment(effectiveFrom) }
            : { label: t('defence.retired'), value: moment(retired) },
        ]}
      />
      {!roles.includes('admin') || state === 'retired' ? null : (
        <div className={adminClasses.buttons}>
          {isOpen ? (
            <Button size="md" onClick={() => setStep('confirm')}>
              {t('defence.confirmThis')}
            </Button>
          ) : null}
          <Button size="md" variant="default" onClick={() => setStep('retire')}>
            {t('defence.retireThis')}
          </Button>
        </div>
      )}
      {isOpen ? <Text c="dimmed">{t('defence.confirmHint')}</Text> : null}
      <div className={classes.ways}>
        <Button variant="default" onClick={onDone}>
          {t('defence.back')}
        </Button>
      </div>
    </div>
  );
}

function ConfirmForm({ signature: { id, name }, onDone }: SignatureDetailProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  return (
    <ActForm
      title={t('defence.confirmTitle')}
      facts={[
        { label: t('defence.signature'), value: name },
        { label: t('admin.reach'), value: t('defence.confirmReach') },
        { label: t('admin.for'), value: t('defence.confirmFor') },
      ]}
      choices={[]}
      submit={t('defence.confirmSubmit')}
      doneTitle={t('defence.confirmDone', { name })}
      act={async () => {
        const { status } = await client.call('threat_signatureConfirm', { signature: id });
        return t('defence.sent', { status: t(`statuses.${status}.word`) });
      }}
      back={t('defence.back')}
      onDone={onDone}
    />
  );
}

function RetireForm({ signature: { id, name }, onDone }: SignatureDetailProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const [reasons, reason] = useChoice<(typeof RETIRE_REASONS)[number]>({
    ...{ id: 'retire-reason', label: t('defence.reason'), missing: t('defence.reasonMissing') },
    options: optionsOf(RETIRE_REASONS, (one) => t(`defence.retireReasons.${one}`)),
  });
  return (
    <ActForm
      title={t('defence.retireTitle')}
      facts={[
        { label: t('defence.signature'), value: name },
        { label: t('admin.reach'), value: t('defence.retireReach') },
        { label: t('admin.for'), value: t('defence.retireFor') },
      ]}
      choices={[reasons]}
      submit={t('defence.retireSubmit')}
      doneTitle={t('defence.retireDone', { name })}
      act={async () => {
        const { status } = await client.call('threat_signatureRetire', { signature: id, reason });
        return t('defence.sent', { status: t(`statuses.${status}.word`) });
      }}
      back={t('defence.back')}
      onDone={onDone}
    />
  );
}
