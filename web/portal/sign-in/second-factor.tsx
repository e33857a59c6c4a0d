// The second step of signing in: a code of the app, a passkey, or a recovery code.
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignIn } from '../../../rpc/schema/session.ts';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import classes from './sign-in.module.css';

type Method = Extract<SignIn, { step: 'second-factor' }>['methods'][number];
type CodeMethod = Exclude<Method, 'passkey'>;
type Outcome = Promise<readonly Mistake[] | undefined>;

export interface SecondFactorProps {
  readonly methods: readonly Method[];
  onCode(method: CodeMethod, code: string): Outcome;
  onPasskey(): Outcome;
  onBack(): void;
}

export function SecondFactor({ methods, onCode, onPasskey, onBack }: SecondFactorProps) {
  const { t } = useTranslation();
  const codes = methods.filter((method): method is CodeMethod => method !== 'passkey');
  const [method, setMethod] = useState<CodeMethod | undefined>(codes[0]);
  const [code, setCode] = useState('');
  const state = useFormState();
  const submit = async () => {
    if (method === undefined) return onPasskey();
    if (code.trim() === '') return [{ field: 'second-factor', words: t(`factor.${method}.missing`) }];
    const mistakes = await onCode(method, method === 'totp' ? code.replace(/\s/g, '') : code.trim());
    return mistakes?.map(({ words }) => ({ field: 'second-factor', words }));
  };
  const other = codes.find((one) => one !== method);
  return (
    <Form state={state} onSubmit={submit} label={t('factor.title')}>
      <h2 className={classes.title}>{t('factor.title')}</h2>
      {methods.includes('passkey') ? (
        <Button variant="default" size="md" onClick={() => void state.submit(onPasskey)}>
          {t('factor.passkey')}
        </Button>
      ) : null}
      {method === undefined ? null : (
        <TextInput
          key={method}
          id="second-factor"
          label={t(`factor.${method}.label`)}
          description={t(`factor.${method}.hint`)}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={state.wrong('second-factor')}
          autoComplete="one-time-code"
          inputMode={method === 'totp' ? 'numeric' : 'text'}
          autoFocus
          spellCheck={false}
          size="md"
        />
      )}
      <Actions>
        {method === undefined ? null : (
          <Button type="submit" size="md" loading={state.busy}>
            {t('factor.submit')}
          </Button>
        )}
        <Button variant="default" size="md" onClick={onBack}>
          {t('form.back')}
        </Button>
      </Actions>
      {other === undefined ? null : (
        <div>
          <button
            type="button"
            className="link"
            onClick={() => {
              setMethod(other);
              setCode('');
            }}
          >
            {t(`factor.${other}.instead`)}
          </button>
        </div>
      )}
    </Form>
  );
}
