// Passes on to a colleague, for a time, what another clinic let the doctor read by name: the colleague is found by the name that she
// signs in with, and shown before anything is sent. That clinic decides.
import { Button, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useLive, useNode } from '../../../shared/node/node-context.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import { Pick } from '../../parts/pick.tsx';
import { typedDay, untilOf } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import { useCareAct } from '../data/use-care-act.ts';
import { CATEGORIES, CategoryChoice, firstCategory } from './category-choice.tsx';

type Colleague = Result<'consent_colleague'>;

/** A cover, not a career. */
const MONTH_MS = 30 * 86_400_000;
const MAX_REASON = 500;
const MAX_USER = 64;

export function PassOnForm({ card: { ref, clinics } }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const { health } = useLive();
  const clinicName = useClinicName();
  const act = useCareAct();
  const state = useFormState();
  const others = clinics.filter((clinic) => clinic !== health?.clinic.number);
  const [clinic, setClinic] = useState<string | undefined>(others.length === 1 ? String(others[0]) : undefined);
  const [user, setUser] = useState('');
  const [colleague, setColleague] = useState<Colleague>();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + MONTH_MS));
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  if (others.length === 0) return <p>{t('doctor.passOn.nobody')}</p>;
  const find = async (): Promise<readonly Mistake[] | undefined> => {
    if (user.trim() === '') return [{ field: 'pass-on-user', words: t('doctor.passOn.userMissing') }];
    try {
      setColleague(await client.call('consent_colleague', { user: user.trim() }));
      return undefined;
    } catch (error) {
      const unknown = codeOf(error) === 'consent.actor';
      return [{ field: 'pass-on-user', words: unknown ? t('doctor.passOn.unknown') : failureText(error) }];
    }
  };
  const submit = async () => {
    setSent(false);
    if (colleague === undefined) return find();
    const until = untilOf(day, nodeClock.now());
    const categories = CATEGORIES.filter((one) => chosen.includes(one));
    const found: Mistake[] = [];
    if (clinic === undefined) found.push({ field: 'pass-on-clinic', words: t('doctor.passOn.clinicMissing') });
    if (categories.length === 0) found.push({ field: firstCategory('pass-on'), words: t('doctor.passOn.whatMissing') });
    if (until === undefined) found.push({ field: 'pass-on-until', words: t('doctor.ask.untilWrong') });
    if (reason.trim() === '') found.push({ field: 'pass-on-reason', words: t('doctor.passOn.reasonMissing') });
    if (found.length > 0 || until === undefined || clinic === undefined) return found;
    return act(async () => {
      await client.call('consent_delegate', {
        ...{ patient: ref, clinic: Number(clinic), to: colleague.account, categories, until, reason: reason.trim() },
      });
      setColleague(undefined);
      setUser('');
      setChosen([]);
      setReason('');
      setSent(true);
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('doctor.passOn.title')}>
      <Text c="dimmed">{t('doctor.passOn.text')}</Text>
      <TextInput
        id="pass-on-user"
        label={t('doctor.passOn.user')}
        description={t('doctor.passOn.userHint')}
        value={user}
        onChange={(event) => {
          setUser(event.currentTarget.value);
          setColleague(undefined);
        }}
        error={state.wrong('pass-on-user')}
        maxLength={MAX_USER}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        size="md"
      />
      {colleague === undefined ? null : (
        <>
          <Text role="status">
            <bdi>{colleague.name}</bdi>, {t(`roles.${colleague.role}`)}, <bdi>{clinicName(colleague.clinic)}</bdi>
          </Text>
          <Pick
            id="pass-on-clinic"
            label={t('doctor.passOn.clinic')}
            none={t('doctor.ask.choose')}
            value={clinic}
            options={Object.fromEntries(others.map((number) => [String(number), clinicName(number)]))}
            onChange={setClinic}
            error={state.wrong('pass-on-clinic')}
          />
          <CategoryChoice
            id="pass-on"
            label={t('doctor.passOn.what')}
            value={chosen}
            onChange={setChosen}
            wrong={(field) => state.wrong(field)}
          />
          <UntilField
            id="pass-on-until"
            label={t('doctor.ask.until')}
            value={day}
            onChange={setDay}
            error={state.wrong('pass-on-until')}
          />
          <Textarea
            id="pass-on-reason"
            label={t('doctor.passOn.why')}
            description={t('doctor.ask.whyHint')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={state.wrong('pass-on-reason')}
            maxLength={MAX_REASON}
            rows={3}
            size="md"
          />
        </>
      )}
      <Actions>
        <Button type="submit" size="md" variant="default" loading={state.busy}>
          {t(colleague === undefined ? 'doctor.passOn.find' : 'doctor.passOn.submit')}
        </Button>
      </Actions>
      <Said said={sent ? { words: t('doctor.passOn.done'), failed: false } : undefined} />
    </Form>
  );
}
