// Passes on to a colleague, for a time, what another clinic let the doctor read by name: the colleague is found by the name that she
// signs in with, and shown before anything is sent. That clinic decides.
import { Button, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import { useCareAct } from '../data/use-care-act.ts';
import { TermsFields, useTerms } from './terms-fields.tsx';

type Colleague = Result<'consent_colleague'>;

/** A cover, not a career. */
const MONTH_MS = 30 * 86_400_000;
const MAX_USER = 64;

export function PassOnForm({ card: { ref, clinics } }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const clinicName = useClinicName();
  const act = useCareAct();
  const state = useFormState();
  const terms = useTerms({ id: 'pass-on', clinics, lasts: MONTH_MS });
  const [user, setUser] = useState('');
  const [colleague, setColleague] = useState<Colleague>();
  const [sent, setSent] = useState(false);
  const words = {
    clinic: t('doctor.passOn.clinic'),
    clinicMissing: t('doctor.passOn.clinicMissing'),
    what: t('doctor.passOn.what'),
    whatMissing: t('doctor.passOn.whatMissing'),
    why: t('doctor.passOn.why'),
    reasonMissing: t('doctor.passOn.reasonMissing'),
  };
  if (terms.others.length === 0) return <p>{t('doctor.passOn.nobody')}</p>;
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
    const said = terms.read(words);
    if (!('clinic' in said)) return said;
    return act(async () => {
      await client.call('consent_delegate', { patient: ref, to: colleague.account, ...said });
      setColleague(undefined);
      setUser('');
      terms.clear();
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
          <TermsFields terms={terms} words={words} wrong={(field) => state.wrong(field)} />
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
