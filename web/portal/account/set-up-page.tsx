// What must be set up before anything else works: after a reset, the vault that the old password locked is opened another
// way and locked with the new one, or a new one is made.
import { Button, PasswordInput, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { exportVaultFile, parseVaultFile } from '../../../identity/vault/file.ts';
import { createVault, type OpenVault, replaceWay } from '../../../identity/vault/vault.ts';
import { newWords } from '../../../identity/vault/words.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useAction } from '../../shared/form/use-action.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { useFreshFactor } from '../../shared/session/fresh-factor.tsx';
import { usePerson, useSessionModules } from '../../shared/session/session-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { askedTwo } from '../../shared/vault/asked-words.ts';
import { OpenForm } from '../../shared/vault/open-form.tsx';
import { stretchPassword, type TypedWay } from '../../shared/vault/passwords.ts';
import { RecoveryWords } from '../../shared/vault/recovery-words.tsx';
import classes from './account.module.css';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function SetUpPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const person = usePerson();
  const vault = useQuery({
    queryKey: ['vault', person.user],
    queryFn: ({ signal }) => client.call('account_vaultGet', {}, signal),
    gcTime: 0,
  });
  const { vaults } = useSessionModules();
  const [anew, setAnew] = useState<boolean>();
  const locked = vaults.typed() !== undefined;
  // The keys of a new vault do not count yet: the recovery words ask for that there.
  const next = anew && person.account !== null ? '/account/security' : '/';
  if (person.mustSetUp !== 'vault' && !locked) return <Navigate to={next} replace />;
  return (
    <Page title={t('setUp.title')} intro={t('setUp.intro')}>
      <QueryView query={vault}>
        {(kept) => <SetUpVault kept={kept} anew={anew ?? kept.vault === null} setAnew={setAnew} />}
      </QueryView>
    </Page>
  );
}

interface SetUpVaultProps {
  readonly kept: { readonly vault: string | null; readonly version: number };
  readonly anew: boolean;
  setAnew(anew: boolean): void;
}

function SetUpVault({ kept, anew, setAnew }: SetUpVaultProps) {
  const { t } = useTranslation();
  const { vaults } = useSessionModules();
  const [way, setWay] = useState<TypedWay | undefined>(vaults.typed());
  const [opened, setOpened] = useState<OpenVault>();
  const keep = useKeepVault(kept.version);
  const action = useAction();
  if (way === undefined) return <PasswordAgain onWay={setWay} />;
  const made = (open: OpenVault) => {
    setAnew(true);
    return keep(open);
  };
  if (anew) return <NewVault way={way} onMade={made} onBack={kept.vault === null ? undefined : () => setAnew(false)} />;
  const finish = (open: OpenVault) => {
    setOpened(open);
    return action.run(async () => keep(await replaceWay(open, way)));
  };
  return (
    <div className={classes.part}>
      <Section title={t('setUp.open')}>
        {opened === undefined && kept.vault !== null ? (
          <OpenForm
            file={parseVaultFile(kept.vault)}
            kinds={['passkey', 'words', 'passphrase', 'password']}
            onOpen={(open) => void finish(open)}
          />
        ) : null}
        <Said said={action.said} />
      </Section>
      <Section title={t('setUp.none')}>
        <Text mb="md">{t('setUp.noneText')}</Text>
        <Button variant="default" onClick={() => setAnew(true)}>
          {t('setUp.new')}
        </Button>
      </Section>
    </div>
  );
}

/** Puts the vault at the clinic and goes on. */
function useKeepVault(version: number) {
  const { client } = useNode();
  const { vaults, sessions } = useSessionModules();
  const fresh = useFreshFactor();
  const queries = useQueryClient();
  return async (open: OpenVault) => {
    await fresh(() => client.call('account_vaultPut', { vault: exportVaultFile(open.file), version }));
    vaults.keep(open);
    await sessions.refresh();
    await queries.invalidateQueries({ queryKey: ['me'] });
  };
}

function PasswordAgain({ onWay }: { onWay: (way: TypedWay) => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { name } = usePerson();
  const state = useFormState();
  const [password, setPassword] = useState('');
  const submit = async () => {
    if (password === '') return [{ field: 'password-again', words: t('signIn.passwordMissing') }];
    try {
      onWay((await stretchPassword(password, await client.call('session_start', { name }))).way);
      return undefined;
    } catch (error) {
      return [{ words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('setUp.title')}>
      <PasswordInput
        id="password-again"
        label={t('setUp.password')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={state.wrong('password-again')}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ 'aria-label': t('form.showPassword') }}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('form.continue')}
        </Button>
      </Actions>
    </Form>
  );
}

interface NewVaultProps {
  readonly way: TypedWay;
  onMade(open: OpenVault): Promise<void>;
  readonly onBack: (() => void) | undefined;
}

function NewVault({ way, onMade, onBack }: NewVaultProps) {
  const { t } = useTranslation();
  const [words] = useState(newWords);
  const [asked] = useState(askedTwo);
  const action = useAction();
  const make = async () => {
    await action.run(async () => onMade(await createVault([way, { kind: 'words', words }])));
  };
  return (
    <Section title={t('words.title')}>
      <RecoveryWords words={words} asked={asked} onKept={make} onBack={onBack} />
      <Said said={action.said} />
    </Section>
  );
}
