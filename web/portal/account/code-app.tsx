// The authenticator app and the recovery codes that go with it.
import { Button, Text, TextInput } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RpcError } from '../../../rpc/client.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { saveText } from '../../shared/ui/save.ts';
import { Loading } from '../../shared/ui/states.tsx';
import { useAct } from '../parts/use-act.ts';
import classes from './account.module.css';

const QrCode = lazy(async () => ({ default: (await import('../../shared/ui/qr-code.tsx')).QrCode }));

export function CodeApp({ totp, left }: { totp: boolean; left: number }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct();
  const [started, setStarted] = useState<{ secret: string; uri: string }>();
  const [codes, setCodes] = useState<readonly string[]>();
  if (codes !== undefined) return <Codes codes={codes} onDone={() => setCodes(undefined)} />;
  if (started !== undefined) {
    return (
      <Enrol
        started={started}
        onCancel={() => setStarted(undefined)}
        onCodes={(made) => {
          setStarted(undefined);
          setCodes(made);
        }}
      />
    );
  }
  const start = async () => setStarted(await client.call('account_totpStart'));
  const renew = async () => setCodes((await client.call('account_recoveryCodesNew')).recoveryCodes);
  return (
    <div className={classes.part}>
      <Text>{t(totp ? 'codeApp.on' : 'codeApp.off')}</Text>
      {totp ? <Text>{t('codeApp.left', { count: left })}</Text> : null}
      <div className={classes.buttons}>
        {totp ? (
          <>
            <Button variant="default" onClick={() => void act.run(renew)}>
              {t('codeApp.renew')}
            </Button>
            <Button
              variant="default"
              onClick={() => void act.run(() => client.call('account_totpRemove'), t('codeApp.removed'))}
            >
              {t('codeApp.remove')}
            </Button>
          </>
        ) : (
          <Button variant="default" onClick={() => void act.run(start)}>
            {t('codeApp.setUp')}
          </Button>
        )}
      </div>
      <Said said={act.said} />
    </div>
  );
}

interface EnrolProps {
  readonly started: { readonly secret: string; readonly uri: string };
  onCancel(): void;
  onCodes(codes: readonly string[]): void;
}

function Enrol({ started, onCancel, onCodes }: EnrolProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct();
  const state = useFormState();
  const [code, setCode] = useState('');
  const submit = async () => {
    const typed = code.replace(/\s/g, '');
    if (!/^\d{6}$/.test(typed)) return [{ field: 'totp-code', words: t('factor.totp.missing') }];
    try {
      const { recoveryCodes } = await client.call('account_totpFinish', { code: typed });
      onCodes(recoveryCodes);
      void act.run(async () => undefined);
      return undefined;
    } catch (error) {
      const wrong = error instanceof RpcError && error.code === 'session.refused';
      return [{ field: 'totp-code', words: wrong ? t('codeApp.wrong') : failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('codeApp.setUp')}>
      <Text>{t('codeApp.scan')}</Text>
      <Suspense fallback={<Loading rows={3} />}>
        <QrCode text={started.uri} label={t('codeApp.qr')} />
      </Suspense>
      <div>
        <Text>{t('codeApp.secret')}</Text>
        <code className={classes.secret} translate="no">
          {started.secret.match(/.{1,4}/g)?.join(' ')}
        </code>
      </div>
      <TextInput
        id="totp-code"
        label={t('factor.totp.label')}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        error={state.wrong('totp-code')}
        inputMode="numeric"
        autoComplete="one-time-code"
        size="md"
      />
      <Actions>
        <Button type="submit" loading={state.busy}>
          {t('codeApp.finish')}
        </Button>
        <Button variant="default" onClick={onCancel}>
          {t('form.cancel')}
        </Button>
      </Actions>
    </Form>
  );
}

function Codes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Text role="status">{t('codeApp.codes')}</Text>
      <ol className={classes.codes} translate="no">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className={classes.buttons}>
        <Button variant="default" onClick={() => saveText('wardmesh-recovery-codes.txt', `${codes.join('\n')}\n`)}>
          {t('words.save')}
        </Button>
        <Button onClick={onDone}>{t('codeApp.kept')}</Button>
      </div>
    </div>
  );
}
