// A passphrase that opens the vault and nothing else: for who signs in by wallet or passkey alone.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { exportVaultFile } from '../../../identity/vault/file.ts';
import { type OpenVault, removeWay, replaceWay } from '../../../identity/vault/vault.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { NewPassword } from '../../shared/password/new-password.tsx';
import { passwordFault } from '../../shared/password/strength.ts';
import { useSessionModules } from '../../shared/session/session-context.tsx';
import { typedWay } from '../../shared/vault/passwords.ts';
import { useUnlock } from '../../shared/vault/unlock.tsx';
import { useAct } from '../parts/use-act.ts';

export function Passphrase({ has }: { has: boolean }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { vaults } = useSessionModules();
  const unlock = useUnlock();
  const act = useAct();
  const state = useFormState();
  const [typed, setTyped] = useState('');
  const change = async (alter: (open: OpenVault) => Promise<OpenVault>) => {
    const { open, version } = await unlock();
    const altered = await alter(open);
    await client.call('account_vaultPut', { vault: exportVaultFile(altered.file), version });
    vaults.keep(altered);
  };
  const submit = async () => {
    const fault = await passwordFault(typed, []);
    if (fault !== undefined) return [{ field: 'passphrase', words: t(`password.${fault}`) }];
    const set = async (open: OpenVault) => replaceWay(open, await typedWay('passphrase', typed));
    if (await act.run(() => change(set), t('vault.passphraseSet'))) setTyped('');
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('vault.passphrase')}>
      <NewPassword
        id="passphrase"
        label={t(has ? 'vault.passphraseNew' : 'vault.passphraseAdd')}
        value={typed}
        onChange={setTyped}
        own={[]}
        error={state.wrong('passphrase')}
      />
      <Actions>
        <Button type="submit" variant="default" loading={act.busy}>
          {t('vault.passphraseKeep')}
        </Button>
        {has ? (
          <Button
            variant="default"
            onClick={() =>
              void act.run(
                () => change((open) => removeWay(open, { kind: 'passphrase' })),
                t('vault.passphraseRemoved'),
              )
            }
          >
            {t('vault.passphraseRemove')}
          </Button>
        ) : null}
      </Actions>
      <Said said={act.said} />
    </Form>
  );
}
