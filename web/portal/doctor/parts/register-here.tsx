// A patient of other clinics who is not registered here yet: whoever writes registers first, and that opens no record.
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useCareAct } from '../data/use-care-act.ts';
import classes from './doctor.module.css';

export interface RegisterHereProps {
  readonly patient: string;
  /** Why; for who wants to write when absent. */
  readonly text?: string;
}

export function RegisterHere({ patient, text }: RegisterHereProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const state = useFormState();
  const submit = () => act(() => client.call('patient_register', { patients: [{ patient }] }));
  return (
    <div className={classes.part}>
      <p>{text ?? t('doctor.register.text')}</p>
      <Form state={state} onSubmit={submit} label={t('doctor.register.submit')}>
        <div>
          <Button type="submit" size="md" loading={state.busy}>
            {t('doctor.register.submit')}
          </Button>
        </div>
      </Form>
    </div>
  );
}
