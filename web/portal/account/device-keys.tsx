// The keys that act for the person on the chain. Who lost them asks for new ones with the recovery words; whoever still has
// one stops what somebody else asked for.
import { Button, Text, Textarea } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { EMPTY_BYTES, fromHex, toHex } from '../../../common/bytes.ts';
import {
  ACCOUNTS_RECOVER_FINISH,
  ACCOUNTS_RECOVER_START,
  ACCOUNTS_RECOVER_VETO,
} from '../../../consensus/ledger/kinds.ts';
import { possessionProof } from '../../../identity/vault/device-statements.ts';
import { deviceKeys, type OpenVault } from '../../../identity/vault/vault.ts';
import { recoveryKeyOf } from '../../../identity/vault/words.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useVault } from '../../shared/session/session-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { Deadline } from '../../shared/time/moment.tsx';
import { Ident } from '../../shared/ui/ident.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { prepareAndSend } from '../../shared/vault/send.ts';
import { useUnlock } from '../../shared/vault/unlock.tsx';
import { useAct } from '../parts/use-act.ts';
import classes from './account.module.css';

type Account = Result<'account_get'>;

const EVERY_MS = 5000;

export function DeviceKeys({ account }: { account: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const open = useVault();
  const query = useQuery({
    queryKey: ['me', 'chain', account],
    queryFn: ({ signal }) => client.call('account_get', { account }, signal),
    refetchInterval: EVERY_MS,
  });
  const own = open === undefined ? undefined : toHex(deviceKeys(open).signing.publicKey);
  return (
    <QueryView query={query} unknown={<Notice title={t('keys.notYet')}>{t('keys.notYetText')}</Notice>}>
      {(view) => (
        <div className={classes.part}>
          <Text>{t('keys.intro')}</Text>
          <ul className={classes.list}>
            {view.keys.map(({ key, status }) => (
              <li key={key} className={classes.row}>
                <div className={classes.main}>
                  <Ident value={key} label={t('keys.key')} />
                  <div className={classes.note}>
                    {t(`keys.${status}`)}
                    {key === own ? `, ${t('keys.own')}` : null}
                  </div>
                </div>
              </li>
            ))}
          </ul>
          <Recovery view={view} open={open} own={own} />
        </div>
      )}
    </QueryView>
  );
}

interface RecoveryProps {
  readonly view: Account;
  readonly open: OpenVault | undefined;
  readonly own: string | undefined;
}

function Recovery({ view, open, own }: RecoveryProps) {
  const { t } = useTranslation();
  const unlock = useUnlock();
  const act = useAct();
  const inForce = view.keys.some(({ key, status }) => key === own && status === 'live');
  const running = view.recovery?.state === 'open' ? view.recovery : undefined;
  if (open === undefined && (running !== undefined || !view.keys.some(({ status }) => status === 'live'))) {
    return (
      <div className={classes.part}>
        <Text>{t('keys.openFirst')}</Text>
        <div>
          <Button variant="default" onClick={() => void act.run(unlock)}>
            {t('unlock.title')}
          </Button>
        </div>
        <Said said={act.said} />
      </div>
    );
  }
  if (open === undefined) return null;
  if (running !== undefined && running.key !== own)
    return inForce ? <Veto account={view.account} open={open} ready={running.ready} /> : null;
  if (running !== undefined) return <Finish account={view.account} open={open} ready={running.ready} />;
  return inForce ? null : <Start view={view} open={open} />;
}

function useSend() {
  const { client } = useNode();
  const queries = useQueryClient();
  return async (...request: Parameters<typeof prepareAndSend> extends [unknown, ...infer R] ? R : never) => {
    await prepareAndSend(client, ...request);
    await queries.invalidateQueries({ queryKey: ['me'] });
  };
}

function Veto({ account, open, ready }: { account: string; open: OpenVault; ready: number }) {
  const { t } = useTranslation();
  const act = useAct();
  const send = useSend();
  const { signing } = deviceKeys(open);
  const stop = () =>
    send(
      { action: 'recover-veto', account, author: toHex(signing.publicKey) },
      { seed: signing.seed, kind: ACCOUNTS_RECOVER_VETO, about: EMPTY_BYTES },
    );
  return (
    <Notice title={t('keys.foreign')}>
      <p>
        {t('keys.foreignText')} <Deadline time={ready} />
      </p>
      <Button onClick={() => void act.run(stop, t('keys.stopped'))}>{t('keys.stop')}</Button>
      <Said said={act.said} />
    </Notice>
  );
}

function Finish({ account, open, ready }: { account: string; open: OpenVault; ready: number }) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const isReady = useSyncExternalStore(nodeClock.onTick, () => nodeClock.now() >= ready);
  const act = useAct();
  const send = useSend();
  const { signing } = deviceKeys(open);
  const finish = () =>
    send(
      { action: 'recover-finish', account },
      { seed: signing.seed, kind: ACCOUNTS_RECOVER_FINISH, about: fromHex(account) },
    );
  return (
    <Notice title={t('keys.started')}>
      <p>
        {t('keys.ready')} <Deadline time={ready} />
      </p>
      {isReady ? <Button onClick={() => void act.run(finish, t('keys.finished'))}>{t('keys.finish')}</Button> : null}
      <Said said={act.said} />
    </Notice>
  );
}

function Start({ view: { account, recoveryKey }, open }: { view: Account; open: OpenVault }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const send = useSend();
  const [words, setWords] = useState('');
  const [done, setDone] = useState(false);
  if (recoveryKey === null) return <Text>{t('keys.noWords')}</Text>;
  const submit = async () => {
    if (words.trim() === '') return [{ field: 'recovery-words', words: t('unlock.missing') }];
    try {
      const recovery = recoveryKeyOf(words);
      if (toHex(recovery.publicKey) !== recoveryKey) return [{ field: 'recovery-words', words: t('keys.otherWords') }];
      const { genesis } = await client.call('node_health');
      const { signing, encryption } = deviceKeys(open);
      const proof = possessionProof(signing.seed, fromHex(genesis), fromHex(account), signing.publicKey);
      const keys = { key: toHex(signing.publicKey), encryptionKey: toHex(encryption.publicKey), proof: toHex(proof) };
      const signer = { seed: recovery.seed, kind: ACCOUNTS_RECOVER_START, about: fromHex(account) };
      await send({ action: 'recover-start', account, ...keys }, signer);
      setWords('');
      setDone(true);
      return undefined;
    } catch (error) {
      return [{ field: 'recovery-words', words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('keys.recover')}>
      <Text>{t('keys.lost')}</Text>
      <Textarea
        id="recovery-words"
        label={t('ways.words')}
        description={t('unlock.wordsHint')}
        rows={4}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        error={state.wrong('recovery-words')}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        size="md"
      />
      <Actions>
        <Button type="submit" variant="default" loading={state.busy}>
          {t('keys.recover')}
        </Button>
      </Actions>
      <Said said={done ? { words: t('keys.sent'), failed: false } : undefined} />
    </Form>
  );
}
