// The shares are joined and the old vault is open: a new password and new words, and the person is signed in.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toHex } from '../../../common/bytes.ts';
import { ACCOUNTS_SET_RECOVERY } from '../../../consensus/ledger/kinds.ts';
import { exportVaultFile } from '../../../identity/vault/file.ts';
import { createVault, deviceKeys, type OpenVault } from '../../../identity/vault/vault.ts';
import { newWords, recoveryKeyOf } from '../../../identity/vault/words.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useAction } from '../../shared/form/use-action.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { NewPassword } from '../../shared/password/new-password.tsx';
import { passwordFault } from '../../shared/password/strength.ts';
import { useSessionModules } from '../../shared/session/session-context.tsx';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { askedTwo } from '../../shared/vault/asked-words.ts';
import { stretchPassword } from '../../shared/vault/passwords.ts';
import { RecoveryWords } from '../../shared/vault/recovery-words.tsx';
import { prepareAndSend } from '../../shared/vault/send.ts';
import { forgetAsking } from './kept-asking.ts';
import classes from './recovery.module.css';

/** `token`, `proof`: hex. `liars`: names of who gave something else than a share. */
export interface Joined {
  readonly open: OpenVault;
  readonly account: string;
  readonly token: string;
  readonly proof: string;
  readonly liars: readonly string[];
}

export function FinishRecovery({ joined }: { joined: Joined }) {
  const { t } = useTranslation();
  const state = useFormState();
  const act = useAction();
  const finish = useFinish(joined);
  const [password, setPassword] = useState('');
  const [made, setMade] = useState<{ readonly words: string; readonly asked: readonly [number, number] }>();
  const [done, setDone] = useState(false);
  if (done) {
    return (
      <Notice title={t('finish.done')}>
        <p>{t('finish.doneText')}</p>
        <ButtonLink to="/account/security" variant="filled" size="md">
          {t('finish.next')}
        </ButtonLink>
      </Notice>
    );
  }
  const submit = async () => {
    const fault = await passwordFault(password, []);
    if (fault !== undefined) return [{ field: 'new-password', words: t(`password.${fault}`) }];
    setMade({ words: newWords(), asked: askedTwo() });
    return undefined;
  };
  const keep = async (words: string) => {
    if (await act.run(() => finish(password, words))) setDone(true);
  };
  return (
    <div className={classes.part}>
      <Text>{t('finish.intro')}</Text>
      {joined.liars.length === 0 ? null : <Text>{t('finish.liars', { names: joined.liars.join(', ') })}</Text>}
      {made === undefined ? (
        <Form state={state} onSubmit={submit} label={t('password.new')}>
          <NewPassword
            id="new-password"
            label={t('password.new')}
            value={password}
            onChange={setPassword}
            own={[]}
            error={state.wrong('new-password')}
          />
          <Actions>
            <Button type="submit" size="md" loading={state.busy}>
              {t('finish.go')}
            </Button>
          </Actions>
        </Form>
      ) : (
        <RecoveryWords {...made} onKept={() => keep(made.words)} onBack={() => setMade(undefined)} />
      )}
      <Said said={act.said} />
    </div>
  );
}

function useFinish({ open, account, token, proof }: Joined): (password: string, words: string) => Promise<void> {
  const { client } = useNode();
  const { sessions, vaults } = useSessionModules();
  return async (password, words) => {
    const { way, salt, auth } = await stretchPassword(password);
    // A vault of its own: no way of before opens it.
    const vault = await createVault([way, { kind: 'words', words }], open.contents.device);
    const given = { token, proof, salt, auth, vault: exportVaultFile(vault.file) };
    const { name } = await client.call('recovery_finish', given);
    forgetAsking();
    const answer = await client.call('session_signIn', { name, auth });
    if (answer.step !== 'signed-in') return;
    vaults.keep(vault);
    sessions.entered(answer.session);
    const { publicKey } = recoveryKeyOf(words);
    const { signing } = deviceKeys(vault);
    await prepareAndSend(
      client,
      { action: 'set-recovery', account, author: toHex(signing.publicKey), recoveryKey: toHex(publicKey) },
      { seed: signing.seed, kind: ACCOUNTS_SET_RECOVERY, about: publicKey },
    );
  };
}
