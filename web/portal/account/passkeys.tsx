// The person's passkeys: made here, named, taken away. One with PRF opens the vault as well.
import { Button, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { exportVaultFile } from '../../../identity/vault/file.ts';
import { addWay, hasWay, type OpenVault, removeWay } from '../../../identity/vault/vault.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSession, useSessionModules } from '../../shared/session/session-context.tsx';
import { bytesOfUrl } from '../../shared/text/base64.ts';
import { FullMoment, Moment } from '../../shared/time/moment.tsx';
import { makePasskey, type PasskeyAnswer } from '../../shared/vault/passkeys.ts';
import { useUnlock } from '../../shared/vault/unlock.tsx';
import { useAct } from '../parts/use-act.ts';
import classes from './account.module.css';

type Passkey = Result<'account_me'>['factors']['passkeys'][number];

export function Passkeys({ passkeys }: { passkeys: readonly Passkey[] }) {
  const { t } = useTranslation();
  const { current } = useSession();
  const possible = current?.passkeys;
  return (
    <div className={classes.part}>
      <Text>{t('passkeys.intro')}</Text>
      {passkeys.length === 0 ? <Text c="dimmed">{t('passkeys.none')}</Text> : null}
      <ul className={classes.list}>
        {passkeys.map((passkey) => (
          <Row key={passkey.id} passkey={passkey} />
        ))}
      </ul>
      {possible?.possible === true ? (
        <Add />
      ) : possible === undefined ? null : (
        <Text>{t('signIn.noPasskeys', { reason: possible.reason ?? '' })}</Text>
      )}
    </div>
  );
}

function Row({ passkey }: { passkey: Passkey }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { vaults } = useSessionModules();
  const unlock = useUnlock();
  const act = useAct();
  const credential = { kind: 'passkey', credential: bytesOfUrl(passkey.id) } as const;
  const remove = async () => {
    const unlocked = passkey.prf ? await unlock() : undefined;
    // First: the node may ask for the second factor before, and this passkey may be the one that shows it.
    await client.call('account_passkeyRemove', { id: passkey.id });
    if (unlocked === undefined || !hasWay(unlocked.open.file, credential)) return;
    const rest = await removeWay(unlocked.open, credential);
    await client.call('account_vaultPut', { vault: exportVaultFile(rest.file), version: unlocked.version });
    vaults.keep(rest);
  };
  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <bdi className={classes.name}>{passkey.name}</bdi>
        <div className={classes.note}>
          {t('passkeys.made')} <FullMoment time={passkey.made} />
          {passkey.lastUsed === null ? null : (
            <>
              {'; '}
              {t('passkeys.used')} <Moment time={passkey.lastUsed} />
            </>
          )}
          {passkey.prf ? `; ${t('passkeys.opensVault')}` : null}
        </div>
        <Said said={act.said} />
      </div>
      <Button
        variant="default"
        loading={act.busy}
        aria-label={t('passkeys.removeNamed', { name: passkey.name })}
        onClick={() => void act.run(remove)}
      >
        {t('form.remove')}
      </Button>
    </li>
  );
}

function Add() {
  const { t } = useTranslation();
  const { client } = useNode();
  const { vaults } = useSessionModules();
  const unlock = useUnlock();
  const act = useAct();
  const state = useFormState();
  const [name, setName] = useState('');
  const add = async () => {
    const { open, version } = await unlock();
    const { ticket, options } = await client.call('account_passkeyStart');
    const made = await makePasskey(options);
    const opener = await opened(open, made);
    const vault = opener === undefined ? {} : { vault: exportVaultFile(opener.file) };
    const params = { ticket, response: made.response, name: name.trim(), prf: opener !== undefined, ...vault };
    await client.call('account_passkeyFinish', params);
    if (opener !== undefined && version >= 0) vaults.keep(opener);
  };
  const submit = async () => {
    if (name.trim() === '') return [{ field: 'passkey-name', words: t('passkeys.nameMissing') }];
    if (await act.run(add, t('passkeys.added'))) setName('');
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('passkeys.add')}>
      <TextInput
        id="passkey-name"
        label={t('passkeys.name')}
        description={t('passkeys.nameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={state.wrong('passkey-name')}
        maxLength={64}
        autoComplete="off"
        size="md"
      />
      <Actions>
        <Button type="submit" loading={act.busy}>
          {t('passkeys.add')}
        </Button>
      </Actions>
      <Said said={act.said} />
    </Form>
  );
}

/** The vault with the passkey as one more way; undefined when it cannot be one. */
async function opened(open: OpenVault, { way }: PasskeyAnswer): Promise<OpenVault | undefined> {
  return way === undefined ? undefined : addWay(open, way);
}
