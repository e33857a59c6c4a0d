// The dialog that asks for the second factor once more.
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../rpc/schema/methods.ts';
import { Dialog } from '../dialog/dialog.tsx';
import { Actions, Form, useFormState } from '../form/form.tsx';
import { useNode } from '../node/node-context.tsx';
import { failureText } from '../text/errors.ts';
import { askPasskey } from '../vault/passkeys.ts';
import '../text/en/sign-in.ts';

export interface AskFactorProps {
  readonly started: Result<'session_confirmStart'>;
  onAnswer(shown: boolean): void;
}

export function AskFactor({ started: { ticket, options }, onAnswer }: AskFactorProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const [code, setCode] = useState('');
  const state = useFormState();
  const confirm = async (show: () => Promise<unknown>, field?: string) => {
    try {
      await show();
      onAnswer(true);
      return undefined;
    } catch (error) {
      return [{ ...(field === undefined ? {} : { field }), words: failureText(error) }];
    }
  };
  const byPasskey = () =>
    confirm(async () => {
      const { response } = await askPasskey(options ?? {});
      return client.call('session_confirm', { ticket, response });
    });
  const byCode = async () => {
    const typed = code.replace(/\s/g, '');
    if (typed === '') return [{ field: 'confirm-code', words: t('factor.totp.missing') }];
    const method = /^\d{6}$/.test(typed) ? 'totp' : 'recovery-code';
    return confirm(() => client.call('session_confirm', { method, code: typed }), 'confirm-code');
  };
  return (
    <Dialog title={t('fresh.title')} onCancel={() => onAnswer(false)}>
      <p>{t('fresh.text')}</p>
      <Form state={state} onSubmit={byCode} label={t('fresh.title')}>
        {options === null ? null : (
          <Button variant="default" onClick={() => void state.submit(byPasskey)}>
            {t('factor.passkey')}
          </Button>
        )}
        <TextInput
          id="confirm-code"
          label={t('fresh.code')}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={state.wrong('confirm-code')}
          autoComplete="one-time-code"
          spellCheck={false}
          size="md"
        />
        <Actions>
          <Button type="submit" loading={state.busy}>
            {t('factor.submit')}
          </Button>
          <Button variant="default" onClick={() => onAnswer(false)}>
            {t('form.cancel')}
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}
