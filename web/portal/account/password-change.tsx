// A new password: opens the vault with the old one and locks it with the new one before the clinic hears of it.
import { Button, PasswordInput, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { exportVaultFile, parseVaultFile } from '../../../identity/vault/file.ts';
import { openVault, replaceWay } from '../../../identity/vault/vault.ts';
import { RpcError } from '../../../rpc/client.ts';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { NewPassword } from '../../shared/password/new-password.tsx';
import { passwordFault } from '../../shared/password/strength.ts';
import { useFreshFactor } from '../../shared/session/fresh-factor.tsx';
import { useSessionModules } from '../../shared/session/session-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { openQuietly } from '../../shared/vault/open.ts';
import { stretchPassword } from '../../shared/vault/passwords.ts';
import { useUnlock } from '../../shared/vault/unlock.tsx';

export function PasswordChange({ has, name }: { has: boolean; name: string }) {
  const { t } = useTranslation();
  const change = useChange(has, name);
  const state = useFormState();
  const [old, setOld] = useState('');
  const [typed, setTyped] = useState('');
  const [done, setDone] = useState<string>();
  const submit = async () => {
    setDone(undefined);
    const found: Mistake[] = has && old === '' ? [{ field: 'old-password', words: t('signIn.passwordMissing') }] : [];
    const fault = await passwordFault(typed, [name]);
    if (fault !== undefined) found.push({ field: 'new-password', words: t(`password.${fault}`) });
    if (found.length > 0) return found;
    try {
      const ended = await change(old, typed);
      setOld('');
      setTyped('');
      setDone(t('password.changed', { count: ended }));
      return undefined;
    } catch (error) {
      const wrong = error instanceof RpcError && error.code === 'session.refused';
      return [
        { ...(wrong ? { field: 'old-password' } : {}), words: wrong ? t('password.oldWrong') : failureText(error) },
      ];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('password.title')}>
      {has ? (
        <PasswordInput
          id="old-password"
          label={t('password.old')}
          value={old}
          onChange={(event) => setOld(event.currentTarget.value)}
          error={state.wrong('old-password')}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('form.showPassword') }}
          size="md"
        />
      ) : (
        <Text>{t('password.none')}</Text>
      )}
      <NewPassword
        id="new-password"
        label={t('password.new')}
        value={typed}
        onChange={setTyped}
        own={[name]}
        error={state.wrong('new-password')}
      />
      <Actions>
        <Button type="submit" variant="default" loading={state.busy}>
          {t(has ? 'password.change' : 'password.set')}
        </Button>
      </Actions>
      <Said said={done === undefined ? undefined : { words: done, failed: false }} />
    </Form>
  );
}

/** Resolves to how many other sessions ended. */
function useChange(has: boolean, name: string): (old: string, typed: string) => Promise<number> {
  const { client } = useNode();
  const { vaults, sessions } = useSessionModules();
  const unlock = useUnlock();
  const fresh = useFreshFactor();
  const queries = useQueryClient();
  return async (old, typed) => {
    const before = has ? await stretchPassword(old, await client.call('session_start', { name })) : undefined;
    const { vault } = await client.call('account_vaultGet');
    const opened = vault === null ? undefined : await openQuietly(vault, before?.way);
    const after = await stretchPassword(typed);
    const open = opened ?? (await unlock()).open;
    const sealed = await replaceWay(open, after.way);
    const params = {
      auth: before?.auth ?? null,
      newSalt: after.salt,
      newAuth: after.auth,
      vault: exportVaultFile(sealed.file),
    };
    const { sessionsEnded } = await fresh(() => client.call('account_changePassword', params));
    vaults.keep(await openVault(parseVaultFile(params.vault), after.way));
    await Promise.all([queries.invalidateQueries({ queryKey: ['me'] }), sessions.refresh()]);
    return sessionsEnded;
  };
}
