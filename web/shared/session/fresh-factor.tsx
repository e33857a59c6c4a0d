// Grave acts need the second factor shown again: asks for it when the node says so, then does the act.
import { Button, TextInput } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RpcError } from '../../../rpc/client.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { Dialog } from '../dialog/dialog.tsx';
import { Actions, Form, useFormState } from '../form/form.tsx';
import { CANCELLED } from '../form/use-action.ts';
import { useNode } from '../node/node-context.tsx';
import { failureText } from '../text/errors.ts';
import { askPasskey } from '../vault/passkeys.ts';

type Fresh = <T>(act: () => Promise<T>) => Promise<T>;

const FreshContext = createContext<Fresh>((act) => act());

/** Runs an act; where the node wants the second factor first, asks for it and runs the act again. */
export function useFreshFactor(): Fresh {
  return useContext(FreshContext);
}

export function FreshFactorProvider({ children }: { children: ReactNode }) {
  const { client } = useNode();
  const [started, setStarted] = useState<Result<'session_confirmStart'>>();
  const answer = useRef<(shown: boolean) => void>(undefined);
  const ask = useCallback(async () => {
    setStarted(await client.call('session_confirmStart'));
    const shown = await new Promise<boolean>((resolve) => {
      answer.current = resolve;
    });
    setStarted(undefined);
    if (!shown) throw new RpcError({ code: CANCELLED, number: 0, details: {} });
  }, [client]);
  const fresh: Fresh = useCallback(
    async (act) => {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof RpcError && error.code === 'session.factor-needed')) throw error;
        await ask();
        return act();
      }
    },
    [ask],
  );
  return (
    <FreshContext value={fresh}>
      {children}
      {started === undefined ? null : <Ask started={started} onAnswer={(shown) => answer.current?.(shown)} />}
    </FreshContext>
  );
}

interface AskProps {
  readonly started: Result<'session_confirmStart'>;
  onAnswer(shown: boolean): void;
}

function Ask({ started: { ticket, options }, onAnswer }: AskProps) {
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
