// Asks another clinic, and through it the patient, for access: which clinic, what, until when, why.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useCareAct } from '../data/use-care-act.ts';
import { TermsFields, useTerms } from './terms-fields.tsx';

const QUARTER_MS = 90 * 86_400_000;

export function AskForm({ card: { ref, clinics } }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const state = useFormState();
  const terms = useTerms({ id: 'ask', clinics, lasts: QUARTER_MS });
  const [sent, setSent] = useState(false);
  const words = {
    clinic: t('doctor.ask.clinic'),
    clinicMissing: t('doctor.ask.clinicMissing'),
    what: t('doctor.ask.what'),
    whatMissing: t('doctor.ask.whatMissing'),
    why: t('doctor.ask.why'),
    reasonMissing: t('doctor.ask.reasonMissing'),
  };
  if (terms.others.length === 0) return <p>{t('doctor.ask.nobody')}</p>;
  const submit = async () => {
    setSent(false);
    const said = terms.read(words);
    if (!('clinic' in said)) return said;
    return act(async () => {
      await client.call('consent_request', { patient: ref, ...said });
      terms.clear();
      setSent(true);
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('doctor.ask.title')}>
      <TermsFields terms={terms} words={words} wrong={(field) => state.wrong(field)} />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('doctor.ask.submit')}
        </Button>
      </Actions>
      <Said said={sent ? { words: t('doctor.ask.done'), failed: false } : undefined} />
    </Form>
  );
}
