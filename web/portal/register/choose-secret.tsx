// The second step: a password, or a wallet with a passphrase for the vault.
import { Button, Radio, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { NewPassword } from '../../shared/password/new-password.tsx';
import { passwordFault } from '../../shared/password/strength.ts';
import { findWallets, type Wallet } from '../sign-in/with-wallet.ts';
import type { Person } from './person-of.ts';
import classes from './register.module.css';
import type { Registration } from './registration.ts';

export type Secret = Registration['secret'];

export interface ChooseSecretProps {
  readonly person: Person;
  readonly mistakes: readonly Mistake[];
  onBack(): void;
  onDone(secret: Secret): void;
}

const PASSWORD = 'password';

export function ChooseSecret({ person, mistakes, onBack, onDone }: ChooseSecretProps) {
  const { t } = useTranslation();
  const state = useFormState(mistakes);
  const [wallets, setWallets] = useState<readonly Wallet[]>([]);
  const [way, setWay] = useState(PASSWORD);
  const [typed, setTyped] = useState('');
  useEffect(() => findWallets((wallet) => setWallets((before) => [...before, wallet])), []);
  const wallet = wallets.find(({ uuid }) => uuid === way);
  const { givenName, familyName, email = '' } = person.profile;
  const own = [person.name, givenName, familyName, email, email.split('@')[0] ?? ''];
  const submit = async () => {
    const fault = await passwordFault(typed, own);
    if (fault !== undefined) return [{ field: 'new-password', words: t(`password.${fault}`) }];
    onDone(wallet === undefined ? { password: typed } : { wallet, passphrase: typed });
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('register.secret')}>
      {wallets.length === 0 ? null : (
        <Radio.Group label={t('register.secret')} value={way} onChange={setWay}>
          <div className={classes.choices}>
            <Radio value={PASSWORD} label={t('register.byPassword')} size="md" />
            {wallets.map(({ uuid, name }) => (
              <Radio key={uuid} value={uuid} label={t('register.byWallet', { name })} size="md" />
            ))}
          </div>
        </Radio.Group>
      )}
      {wallet === undefined ? null : <Text>{t('register.walletVault')}</Text>}
      {/* Password managers keep the name with the password. */}
      <input type="text" name="username" autoComplete="username" value={person.name} readOnly hidden />
      <NewPassword
        id="new-password"
        label={t(wallet === undefined ? 'signIn.password' : 'vault.passphrase')}
        value={typed}
        onChange={setTyped}
        own={own}
        error={state.wrong('new-password')}
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('form.continue')}
        </Button>
        <Button variant="default" size="md" onClick={onBack}>
          {t('form.back')}
        </Button>
      </Actions>
    </Form>
  );
}
