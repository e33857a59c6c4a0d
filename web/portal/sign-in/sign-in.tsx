// Signing in, wherever it is asked for: passkey, user name and password, wallet, then the second factor. Ends in a session.
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignIn as SignInAnswer } from '../../../rpc/schema/session.ts';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSession, useSessionModules } from '../../shared/session/session-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { openQuietly } from '../../shared/vault/open.ts';
import { stretchPassword } from '../../shared/vault/passwords.ts';
import { SecondFactor } from './second-factor.tsx';
import classes from './sign-in.module.css';
import { WalletButtons } from './wallet-buttons.tsx';
import { signInWithPasskey } from './with-passkey.ts';
import { signInWithWallet } from './with-wallet.ts';

export interface SignInProps {
  /** Filled in already. */
  readonly name?: string;
  readonly onDone?: () => void;
  readonly extra?: ReactNode;
}

/** The way that this page can open the vault with, once the node hands it out. */
type Key = Parameters<typeof openQuietly>[1];

export function SignIn({ name = '', onDone, extra }: SignInProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { sessions, vaults } = useSessionModules();
  const { current } = useSession();
  const state = useFormState();
  const [ticket, setTicket] = useState<Extract<SignInAnswer, { step: 'second-factor' }>>();
  const [user, setUser] = useState(name);
  const [password, setPassword] = useState('');
  const key = useRef<Key>(undefined);

  const take = async (answer: SignInAnswer, opener?: Key): Promise<undefined> => {
    key.current = opener ?? key.current;
    if (answer.step === 'second-factor') {
      setTicket(answer);
      return;
    }
    setPassword('');
    const open = answer.vault === null ? undefined : await openQuietly(answer.vault, key.current);
    vaults.keep(open);
    if (open === undefined && key.current?.kind === 'password') vaults.offer(key.current);
    key.current = undefined;
    sessions.entered(answer.session);
    onDone?.();
  };
  const attempt = async (work: () => Promise<undefined>): Promise<Mistake[] | undefined> => {
    try {
      return await work();
    } catch (error) {
      return [{ words: failureText(error) }];
    }
  };
  const withPassword = async () => {
    const missing: Mistake[] = [];
    if (user.trim() === '') missing.push({ field: 'sign-in-name', words: t('signIn.nameMissing') });
    if (password === '') missing.push({ field: 'sign-in-password', words: t('signIn.passwordMissing') });
    if (missing.length > 0) return missing;
    return attempt(async () => {
      const stretched = await stretchPassword(password, await client.call('session_start', { name: user }));
      return take(await client.call('session_signIn', { name: user, auth: stretched.auth }), stretched.way);
    });
  };
  const withPasskey = () =>
    attempt(async () => {
      const { answer, way } = await signInWithPasskey(client, ticket?.ticket);
      return take(answer, way);
    });

  if (ticket !== undefined) {
    return (
      <SecondFactor
        methods={ticket.methods}
        onCode={(method, code) =>
          attempt(async () => take(await client.call('session_factor', { ticket: ticket.ticket, method, code })))
        }
        onPasskey={withPasskey}
        onBack={() => setTicket(undefined)}
      />
    );
  }
  const passkeys = current?.passkeys;
  return (
    <div className={classes.ways}>
      {passkeys?.possible === true ? (
        <section className={classes.way} aria-label={t('signIn.byPasskey')}>
          <Button
            variant="default"
            size="md"
            leftSection={<IconKey size={20} aria-hidden />}
            onClick={() => void state.submit(withPasskey)}
          >
            {t('signIn.passkey')}
          </Button>
          <p className={classes.hint}>{t('signIn.passkeyHint')}</p>
        </section>
      ) : null}
      <Form state={state} onSubmit={withPassword} label={t('signIn.byPassword')}>
        <TextInput
          id="sign-in-name"
          label={t('signIn.name')}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          error={state.wrong('sign-in-name')}
          autoComplete="username webauthn"
          autoCapitalize="none"
          spellCheck={false}
          size="md"
        />
        <PasswordInput
          id="sign-in-password"
          label={t('signIn.password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={state.wrong('sign-in-password')}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('form.showPassword') }}
          size="md"
        />
        <Actions>
          <Button type="submit" size="md" loading={state.busy} loaderProps={{ type: 'dots' }}>
            {t('signIn.submit')}
          </Button>
        </Actions>
      </Form>
      <WalletButtons
        label={t('signIn.byWallet')}
        onWallet={(wallet) =>
          void state.submit(() => attempt(async () => take(await signInWithWallet(client, wallet))))
        }
      />
      {passkeys?.possible === false ? (
        <p className={classes.hint}>{t('signIn.noPasskeys', { reason: passkeys.reason ?? '' })}</p>
      ) : null}
      {extra}
    </div>
  );
}
