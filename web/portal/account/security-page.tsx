// How the person signs in and what opens the vault: passkeys first, then codes, wallets, password, vault, sessions.
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { useMe } from '../data/waiting.ts';
import { RunningRecovery } from '../recovery/running-recovery.tsx';
import { TrustedPeople } from '../recovery/trusted-people.tsx';
import classes from './account.module.css';
import { CodeApp } from './code-app.tsx';
import { DeviceKeys } from './device-keys.tsx';
import { Passkeys } from './passkeys.tsx';
import { PasswordChange } from './password-change.tsx';
import { Sessions } from './sessions.tsx';
import { VaultPart } from './vault-part.tsx';
import { Wallets } from './wallets.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/recovery.ts';
import '../../shared/text/en/sign-in.ts';

export function SecurityPage() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <Page title={t('security.title')}>
      <RunningRecovery />
      <QueryView query={me}>
        {({ account, factors, name, vaultVersion, recoveryKey }) => (
          <div className={classes.part}>
            <Section title={t('passkeys.title')}>
              <Passkeys passkeys={factors.passkeys} />
            </Section>
            <Section title={t('codeApp.title')}>
              <CodeApp totp={factors.totp} left={factors.recoveryCodes} />
            </Section>
            <Section title={t('wallets.title')}>
              <Wallets wallets={factors.wallets} />
            </Section>
            <Section title={t('password.title')}>
              <PasswordChange has={factors.password} name={name} />
            </Section>
            <Section title={t('vault.title')}>
              <VaultPart account={account} version={vaultVersion} recoveryKey={recoveryKey} />
            </Section>
            {account === null || vaultVersion === 0 ? null : (
              <Section title={t('trust.title')}>
                <TrustedPeople account={account} />
              </Section>
            )}
            {account === null ? null : (
              <Section title={t('keys.title')}>
                <DeviceKeys account={account} />
              </Section>
            )}
          </div>
        )}
      </QueryView>
      <Section title={t('sessions.title')}>
        <Sessions />
      </Section>
    </Page>
  );
}
