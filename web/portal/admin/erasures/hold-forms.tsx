// Keeps records from being erased, and releases them again.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useNamed } from '../../doctor/data/patient.ts';
import classes from '../parts/admin.module.css';
import { ReasonField } from '../parts/reason-field.tsx';
import { useFormAct } from '../parts/use-form-act.ts';

export function HoldForm({ handle }: { handle: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const patient = useNamed([handle])(handle)?.ref;
  const [text, setText] = useState('');
  const submit = async () => {
    if (text.trim() === '') return [{ field: 'hold-text', words: t('admin.reasonMissing') }];
    if (patient === undefined) return [{ words: t('erasures.nobody') }];
    return act(() => client.call('erasure_hold', { patient, text: text.trim() }));
  };
  return (
    <div className={classes.part}>
      <Text>{t('erasures.keepText')}</Text>
      <Form state={state} onSubmit={submit} label={t('erasures.keep')}>
        <ReasonField
          id="hold-text"
          hint={t('erasures.patientReads')}
          value={text}
          onChange={setText}
          error={state.wrong('hold-text')}
        />
        <Actions>
          <Button type="submit" size="md" variant="default" loading={state.busy}>
            {t('erasures.keep')}
          </Button>
        </Actions>
      </Form>
    </div>
  );
}

export function ReleaseForm({ hold }: { hold: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const submit = () => act(() => client.call('erasure_release', { hold }));
  return (
    <div className={classes.part}>
      <Text>{t('erasures.releaseText')}</Text>
      <Form state={state} onSubmit={submit} label={t('erasures.release')}>
        <Actions>
          <Button type="submit" size="md" loading={state.busy}>
            {t('erasures.release')}
          </Button>
        </Actions>
      </Form>
    </div>
  );
}
