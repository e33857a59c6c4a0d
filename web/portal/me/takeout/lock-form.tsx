// Asks how a takeout is to be locked, makes it, and says how far it is.
import { Button, PasswordInput, Radio, Text, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { NewPassword } from '../../../shared/password/new-password.tsx';
import { passwordFault } from '../../../shared/password/strength.ts';
import { failureText } from '../../../shared/text/errors.ts';
import { bytesText } from '../../../shared/text/numbers.ts';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import parts from '../../parts/parts.module.css';
import classes from '../parts/me.module.css';
import type { Lock, MadeTakeout } from './make-takeout.ts';

type Way = Lock['type'];
type Step = number | 'checking';

/** Bech32 of 32 bytes; what is mistyped in it the library finds. */
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const STEP_BYTES = 1024 * 1024;

export function LockForm({ onMade }: { onMade: (made: MadeTakeout) => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const [way, setWay] = useState<Way>('passphrase');
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [recipient, setRecipient] = useState('');
  const [step, setStep] = useState<Step>();
  const stop = useRef<AbortController>(undefined);
  const typed = async (): Promise<Lock | readonly Mistake[]> => {
    if (way === 'key') {
      const key = recipient.trim().toLowerCase();
      if (RECIPIENT.test(key)) return { type: 'key', recipient: key };
      return [{ field: 'takeout-recipient', words: t('takeout.recipientWrong') }];
    }
    const fault = await passwordFault(passphrase, []);
    const found: Mistake[] = [];
    if (fault !== undefined) found.push({ field: 'takeout-passphrase', words: t(`password.${fault}`) });
    if (passphrase !== again) found.push({ field: 'takeout-again', words: t('takeout.againWrong') });
    return found.length > 0 ? found : { type: 'passphrase', passphrase };
  };
  const submit = async () => {
    const lock = await typed();
    if (!('type' in lock)) return lock;
    const aborter = new AbortController();
    stop.current = aborter;
    setStep(0);
    try {
      const { makeTakeout } = await import('./make-takeout.ts');
      const made = await makeTakeout(client, lock, {
        signal: aborter.signal,
        onFetched: setStep,
        onChecking: () => setStep('checking'),
      });
      onMade(made);
      return undefined;
    } catch (error) {
      return [aborter.signal.aborted ? { words: t('takeout.stopped') } : failed(error)];
    } finally {
      setStep(undefined);
    }
  };
  const failed = (error: unknown): Mistake => {
    const code = codeOf(error) ?? '';
    if (code === 'crypto.input') return { field: 'takeout-recipient', words: t('takeout.recipientWrong') };
    return { words: /^(takeout|crypto|codec)\./.test(code) ? t('takeout.damaged') : failureText(error) };
  };
  return (
    <Form state={state} onSubmit={submit} label={t('takeout.title')}>
      <Text>{t('takeout.text')}</Text>
      <Radio.Group label={t('takeout.how')} value={way} onChange={(value) => setWay(value as Way)} size="md">
        <div className={classes.choices}>
          <Radio value="passphrase" label={t('takeout.passphraseWay')} size="md" />
          <Radio value="key" label={t('takeout.keyWay')} size="md" />
        </div>
      </Radio.Group>
      {way === 'passphrase' ? (
        <>
          <NewPassword
            id="takeout-passphrase"
            label={t('takeout.passphrase')}
            value={passphrase}
            onChange={setPassphrase}
            own={[]}
            error={state.wrong('takeout-passphrase')}
          />
          <PasswordInput
            id="takeout-again"
            label={t('takeout.again')}
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            error={state.wrong('takeout-again')}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('form.showPassword') }}
            size="md"
          />
        </>
      ) : (
        <TextInput
          id="takeout-recipient"
          label={t('takeout.recipient')}
          description={t('takeout.recipientHint')}
          value={recipient}
          onChange={(event) => setRecipient(event.currentTarget.value)}
          error={state.wrong('takeout-recipient')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          size="md"
        />
      )}
      {step === undefined ? null : <Progress step={step} />}
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('takeout.submit')}
        </Button>
        {step === undefined ? (
          <ButtonLink to="/me" size="md">
            {t('form.cancel')}
          </ButtonLink>
        ) : (
          <Button variant="default" size="md" onClick={() => stop.current?.abort()}>
            {t('takeout.stop')}
          </Button>
        )}
      </Actions>
    </Form>
  );
}

/** How large it becomes nobody knows before its end. Read out by the megabyte. */
function Progress({ step }: { step: Step }) {
  const { t } = useTranslation();
  const words =
    step === 'checking'
      ? t('takeout.checking')
      : t('takeout.fetching', { size: bytesText(step < STEP_BYTES ? step : step - (step % STEP_BYTES)) });
  return (
    <div className={parts.progress}>
      <progress className={parts.track} aria-label={t('takeout.title')} />
      <span role="status">{words}</span>
    </div>
  );
}
