// Emergency access (break-glass): first why, then what it means, with a button that nobody presses by mistake; and afterwards
// what was opened.
import { Button, Radio, Textarea } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Params } from '../../../../rpc/schema/methods.ts';
import { Actions, ErrorSummary, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { usePerson } from '../../../shared/session/session-context.tsx';
import { durationText } from '../../../shared/time/format.ts';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useEmergencyTimes, useOpenEmergency } from '../data/emergency.ts';
import { useCard } from '../data/patient.ts';
import { useCareAct } from '../data/use-care-act.ts';
import classes from '../parts/doctor.module.css';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');

type Reason = Params<'emergency_open'>['reason'];

const REASONS = [
  'unconscious',
  'life-threat',
  'covering',
  'confirm-identity',
  'other',
] as const satisfies readonly Reason[];
const MAX_TEXT = 500;

interface Asked {
  readonly reason: Reason;
  readonly text: string;
}

export function EmergencyPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  const { data: card } = useCard(ref);
  const open = useOpenEmergency(card?.handle);
  const { hasSecondFactor } = usePerson();
  const [asked, setAsked] = useState<Asked>();
  const [given, setGiven] = useState<Asked>();
  const content = () => {
    if (open !== undefined) {
      return (
        <Notice title={t('doctor.emergency.open')}>
          <p>{t('doctor.emergency.openText')}</p>
          <ButtonLink to="/patients/$ref" params={{ ref }}>
            {t('doctor.record.toTimeline')}
          </ButtonLink>
        </Notice>
      );
    }
    if (!hasSecondFactor) {
      return (
        <Notice title={t('doctor.emergency.noFactor')} live={false}>
          <p>{t('doctor.emergency.noFactorText')}</p>
          <ButtonLink to="/account/security">{t('waiting.second-factor')}</ButtonLink>
        </Notice>
      );
    }
    if (asked !== undefined) return <Confirm patient={ref} asked={asked} onBack={() => setAsked(undefined)} />;
    return (
      <WhyForm
        given={given}
        patient={ref}
        onDone={(why) => {
          setGiven(why);
          setAsked(why);
        }}
      />
    );
  };
  return <Page title={t('doctor.emergency.title')}>{content()}</Page>;
}

interface WhyFormProps {
  readonly given: Asked | undefined;
  readonly patient: string;
  onDone(asked: Asked): void;
}

function WhyForm({ given, patient, onDone }: WhyFormProps) {
  const { t } = useTranslation();
  const state = useFormState();
  const [reason, setReason] = useState(given?.reason);
  const [text, setText] = useState(given?.text ?? '');
  const submit = async () => {
    const found: Mistake[] = [];
    if (reason === undefined)
      found.push({ field: `emergency-${REASONS[0]}`, words: t('doctor.emergency.reasonMissing') });
    if (text.trim() === '') found.push({ field: 'emergency-text', words: t('doctor.emergency.textMissing') });
    if (found.length > 0 || reason === undefined) return found;
    onDone({ reason, text: text.trim() });
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('doctor.emergency.title')}>
      <p>{t('doctor.emergency.intro')}</p>
      <Radio.Group
        label={t('doctor.emergency.reason')}
        value={reason ?? ''}
        onChange={(value) => setReason(value as Reason)}
        error={state.wrong(`emergency-${REASONS[0]}`)}
        size="md"
      >
        <div className={classes.reasons}>
          {REASONS.map((one) => (
            <Radio key={one} id={`emergency-${one}`} value={one} label={t(`care.reasons.${one}`)} size="md" />
          ))}
        </div>
      </Radio.Group>
      <Textarea
        id="emergency-text"
        label={t('doctor.emergency.text')}
        description={t('doctor.emergency.textHint')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={state.wrong('emergency-text')}
        maxLength={MAX_TEXT}
        rows={3}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md">
          {t('form.continue')}
        </Button>
        <ButtonLink to="/patients/$ref" params={{ ref: patient }} size="md">
          {t('form.cancel')}
        </ButtonLink>
      </Actions>
    </Form>
  );
}

interface ConfirmProps {
  readonly patient: string;
  readonly asked: Asked;
  onBack(): void;
}

function Confirm({ patient, asked, onBack }: ConfirmProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const times = useEmergencyTimes();
  const state = useFormState();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const open = () => state.submit(() => act(() => client.call('emergency_open', { patient, ...asked })));
  return (
    <section className={classes.interruption} aria-label={t('doctor.emergency.sure')} aria-busy={state.busy}>
      <ErrorSummary mistakes={state.mistakes} />
      <h2 ref={heading} tabIndex={-1}>
        {t('doctor.emergency.sure')}
      </h2>
      <p>{t('doctor.emergency.sureText')}</p>
      {times === undefined ? null : (
        <p>{t('doctor.emergency.told', { open: durationText(times.openMs), review: durationText(times.reviewMs) })}</p>
      )}
      <p>
        {t(`care.reasons.${asked.reason}`)}: <bdi>{asked.text}</bdi>
      </p>
      <Actions>
        <Button color="red" size="md" onClick={() => void open()} loading={state.busy}>
          {t('doctor.emergency.submit')}
        </Button>
        <Button variant="default" size="md" onClick={onBack}>
          {t('form.back')}
        </Button>
      </Actions>
    </section>
  );
}
