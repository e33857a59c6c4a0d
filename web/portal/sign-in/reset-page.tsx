// A new password by mail: asks for the link, or takes the one that came.
import { Button, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { NewPassword } from '../../shared/password/new-password.tsx';
import { passwordFault } from '../../shared/password/strength.ts';
import { failureText } from '../../shared/text/errors.ts';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { useLinkToken } from '../../shared/ui/link-token.ts';
import { Page } from '../../shared/ui/page.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { stretchPassword } from '../../shared/vault/passwords.ts';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function ResetPage() {
  const { t } = useTranslation();
  const token = useLinkToken();
  return (
    <Page title={t('reset.title')} intro={t(token === undefined ? 'reset.intro' : 'reset.introLink')}>
      {token === undefined ? <AskForLink /> : <SetPassword token={token} />}
    </Page>
  );
}

export function AskForLink() {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState(false);
  if (asked) {
    return (
      <Notice title={t('reset.sent')}>
        <p>{t('reset.sentText')}</p>
        <ButtonLink to="/sign-in">{t('nav.signIn')}</ButtonLink>
      </Notice>
    );
  }
  const submit = async () => {
    if (typed.trim() === '') return [{ field: 'name-or-mail', words: t('reset.missing') }];
    try {
      await client.call('account_resetStart', { nameOrMail: typed.trim() });
      setAsked(true);
      return undefined;
    } catch (error) {
      return [{ words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('reset.title')}>
      <TextInput
        id="name-or-mail"
        label={t('reset.nameOrMail')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={state.wrong('name-or-mail')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={254}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('reset.send')}
        </Button>
      </Actions>
    </Form>
  );
}

function SetPassword({ token }: { token: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  if (done) {
    return (
      <Notice title={t('reset.done')}>
        <p>{t('reset.doneText')}</p>
        <ButtonLink to="/sign-in" variant="filled" size="md">
          {t('nav.signIn')}
        </ButtonLink>
      </Notice>
    );
  }
  const submit = async () => {
    const fault = await passwordFault(password, []);
    if (fault !== undefined) return [{ field: 'new-password', words: t(`password.${fault}`) }];
    try {
      const { salt, auth } = await stretchPassword(password);
      await client.call('account_resetFinish', { token, salt, auth });
      setPassword('');
      setDone(true);
      return undefined;
    } catch (error) {
      return [{ words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('reset.title')}>
      <NewPassword
        id="new-password"
        label={t('password.new')}
        value={password}
        onChange={setPassword}
        own={[]}
        error={state.wrong('new-password')}
      />
      <Text c="dimmed">{t('reset.vaultHint')}</Text>
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('password.change')}
        </Button>
      </Actions>
    </Form>
  );
}
