// Asks another clinic, and through it the patient, for access: which clinic, what, until when, why.
import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useLive, useNode } from '../../../shared/node/node-context.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import { Pick } from '../../parts/pick.tsx';
import { typedDay, untilOf } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import { useCareAct } from '../data/use-care-act.ts';
import { CATEGORIES, CategoryChoice, firstCategory } from './category-choice.tsx';

const QUARTER_MS = 90 * 86_400_000;
const MAX_REASON = 500;

export function AskForm({ card: { ref, clinics } }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const { health } = useLive();
  const clinicName = useClinicName();
  const act = useCareAct();
  const state = useFormState();
  const others = clinics.filter((clinic) => clinic !== health?.clinic.number);
  const [clinic, setClinic] = useState<string | undefined>(others.length === 1 ? String(others[0]) : undefined);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + QUARTER_MS));
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  if (others.length === 0) return <p>{t('doctor.ask.nobody')}</p>;
  const submit = async () => {
    setSent(false);
    const until = untilOf(day, nodeClock.now());
    const categories = CATEGORIES.filter((one) => chosen.includes(one));
    const found: Mistake[] = [];
    if (clinic === undefined) found.push({ field: 'ask-clinic', words: t('doctor.ask.clinicMissing') });
    if (categories.length === 0) found.push({ field: firstCategory('ask'), words: t('doctor.ask.whatMissing') });
    if (until === undefined) found.push({ field: 'ask-until', words: t('doctor.ask.untilWrong') });
    if (reason.trim() === '') found.push({ field: 'ask-reason', words: t('doctor.ask.reasonMissing') });
    if (found.length > 0 || until === undefined || clinic === undefined) return found;
    return act(async () => {
      await client.call('consent_request', {
        ...{ patient: ref, clinic: Number(clinic), categories, until, reason: reason.trim() },
      });
      setChosen([]);
      setReason('');
      setSent(true);
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('doctor.ask.title')}>
      <Pick
        id="ask-clinic"
        label={t('doctor.ask.clinic')}
        none={t('doctor.ask.choose')}
        value={clinic}
        options={Object.fromEntries(others.map((number) => [String(number), clinicName(number)]))}
        onChange={setClinic}
        error={state.wrong('ask-clinic')}
      />
      <CategoryChoice
        id="ask"
        label={t('doctor.ask.what')}
        value={chosen}
        onChange={setChosen}
        wrong={(field) => state.wrong(field)}
      />
      <UntilField
        id="ask-until"
        label={t('doctor.ask.until')}
        value={day}
        onChange={setDay}
        error={state.wrong('ask-until')}
      />
      <Textarea
        id="ask-reason"
        label={t('doctor.ask.why')}
        description={t('doctor.ask.whyHint')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={state.wrong('ask-reason')}
        maxLength={MAX_REASON}
        rows={3}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('doctor.ask.submit')}
        </Button>
      </Actions>
      <Said said={sent ? { words: t('doctor.ask.done'), failed: false } : undefined} />
    </Form>
  );
}
