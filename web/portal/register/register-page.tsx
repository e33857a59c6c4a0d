// Registering: with an invitation, as the first administrator, or to be approved. Three steps: who you are, how you sign in,
// the words that bring you back.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newWords } from '../../../identity/vault/words.ts';
import { RpcError } from '../../../rpc/client.ts';
import type { Mistake } from '../../shared/form/form.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSession, useSessionModules } from '../../shared/session/session-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { useLinkToken } from '../../shared/ui/link-token.ts';
import { Page } from '../../shared/ui/page.tsx';
import { Loading, Notice } from '../../shared/ui/states.tsx';
import { askedTwo } from '../../shared/vault/asked-words.ts';
import { RecoveryWords } from '../../shared/vault/recovery-words.tsx';
import { ChooseSecret, type Secret } from './choose-secret.tsx';
import { PersonForm } from './person-form.tsx';
import type { Person } from './person-of.ts';
import { RegisteredNotice } from './registered.tsx';
import { type Registered, register } from './registration.ts';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function RegisterPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const { current, session } = useSession();
  const token = useLinkToken();
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => client.call('account_invitation', { token: token as string }, signal),
    enabled: token !== undefined,
    retry: false,
    gcTime: 0,
  });
  if (current === undefined || (token !== undefined && invitation.isPending)) {
    return (
      <Page title={t('register.title')}>
        <Loading />
      </Page>
    );
  }
  if (session !== undefined) return <Navigate to="/" replace />;
  if (invitation.isError) {
    return (
      <Page title={t('register.title')}>
        <Notice title={t('register.badLink')}>
          <p>{failureText(invitation.error)}</p>
          <ButtonLink to="/">{t('refusal.out')}</ButtonLink>
        </Notice>
      </Page>
    );
  }
  const offered = current.registration;
  if (invitation.data === undefined && !offered.staff && !offered.patients) {
    return (
      <Page title={t('register.title')}>
        <Notice title={t('register.closed')} live={false}>
          <p>{t(offered.firstAdministrator ? 'register.firstHint' : 'register.closedHint')}</p>
          <ButtonLink to="/sign-in">{t('nav.signIn')}</ButtonLink>
        </Notice>
      </Page>
    );
  }
  return <Steps token={token} invitation={invitation.data} />;
}

interface StepsProps {
  readonly token: string | undefined;
  readonly invitation: Parameters<typeof PersonForm>[0]['invitation'];
}

function Steps({ token, invitation }: StepsProps) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const { vaults } = useSessionModules();
  const [person, setPerson] = useState<Person>();
  const [secret, setSecret] = useState<Secret>();
  const [step, setStep] = useState<'person' | 'secret' | 'words'>('person');
  const [words] = useState(newWords);
  const [asked] = useState(askedTwo);
  const [mistakes, setMistakes] = useState<readonly Mistake[]>([]);
  const [done, setDone] = useState<Registered>();
  if (done !== undefined && person !== undefined) return <RegisteredNotice done={done} name={person.name} />;
  const finish = async () => {
    if (person === undefined || secret === undefined) return;
    try {
      const registered = await register({ token, ...person, secret, words }, { client, now: () => nodeClock.now() });
      setSecret(undefined);
      vaults.keep(registered.vault);
      setDone(registered);
    } catch (error) {
      const code = error instanceof RpcError ? error.code : '';
      const ofName = code === 'account.name-taken' || code === 'account.bad-name';
      setMistakes([{ ...(ofName ? { field: 'user-name' } : {}), words: failureText(error) }]);
      setStep(ofName ? 'person' : 'secret');
    }
  };
  const number = { person: 1, secret: 2, words: 3 }[step];
  return (
    <Page title={t('register.title')} intro={t(introKey(invitation?.kind))}>
      <Text c="dimmed" mb="md">
        {t('register.step', { number, of: 3 })}
      </Text>
      {step === 'person' ? (
        <PersonForm
          invitation={invitation}
          value={person}
          mistakes={mistakes}
          onDone={(value) => {
            setPerson(value);
            setMistakes([]);
            setStep('secret');
          }}
        />
      ) : null}
      {step === 'secret' && person !== undefined ? (
        <ChooseSecret
          person={person}
          mistakes={mistakes}
          onBack={() => setStep('person')}
          onDone={(value) => {
            setSecret(value);
            setMistakes([]);
            setStep('words');
          }}
        />
      ) : null}
      {step === 'words' ? (
        <RecoveryWords words={words} asked={asked} onKept={finish} onBack={() => setStep('secret')} />
      ) : null}
    </Page>
  );
}

function introKey(kind: string | undefined) {
  if (kind === 'first-administrator') return 'register.introFirst';
  return kind === undefined ? 'register.introOpen' : 'register.introInvited';
}
