// For who lost every way in and chose people before: asks them, waits, and takes what they gave.
import { Button, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { parseVaultFile } from '../../../identity/vault/file.ts';
import { askingOf, joinShares, proofOf } from '../../../identity/vault/recovery-guardians.ts';
import { openVault } from '../../../identity/vault/vault.ts';
import { checkWords } from '../../../identity/vault/words.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useAction } from '../../shared/form/use-action.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { Deadline } from '../../shared/time/moment.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { FinishRecovery, type Joined } from './finish-recovery.tsx';
import { forgetAsking, type KeptAsking, keepAsking } from './kept-asking.ts';
import classes from './recovery.module.css';

export function BeginAsking({ onBegun }: { onBegun: (kept: KeptAsking) => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const [typed, setTyped] = useState('');
  const submit = async () => {
    const name = typed.trim();
    if (name === '') return [{ field: 'recover-name', words: t('signIn.nameMissing') }];
    try {
      const seed = randomBytes(32);
      const { key, token } = askingOf(seed);
      // Kept before anybody is asked: what comes for a key that is lost helps nobody.
      keepAsking({ name, seed, until: 0 });
      const { until } = await client.call('recovery_begin', { name, key: toHex(key), token: toHex(token) });
      keepAsking({ name, seed, until });
      onBegun({ name, seed, until });
      return undefined;
    } catch (error) {
      forgetAsking();
      return [{ words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('recover.third')}>
      <Text>{t('ask.intro')}</Text>
      <Text>{t('ask.device')}</Text>
      <TextInput
        id="recover-name"
        label={t('signIn.name')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={state.wrong('recover-name')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={256}
        size="md"
      />
      <Actions>
        <Button type="submit" variant="default" size="md" loading={state.busy}>
          {t('ask.begin')}
        </Button>
      </Actions>
    </Form>
  );
}

export function Asked({ kept, onForgotten }: { kept: KeptAsking; onForgotten: () => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAction();
  const [joined, setJoined] = useState<Joined>();
  const [missing, setMissing] = useState(false);
  const asking = askingOf(kept.seed);
  const look = async () => {
    setMissing(false);
    const { shares } = await client.call('recovery_collect', { token: toHex(asking.token) });
    if (shares === null) return setMissing(true);
    const { genesis } = await client.call('node_health');
    const { account, version, threshold, hashes, released, vault } = shares;
    const of = { genesisId: fromHex(genesis), account: fromHex(account), version, threshold };
    const given = released.map(({ index, sealed }) => ({ index, sealed: fromHex(sealed) }));
    const { secret, falseHolders } = await joinShares({ ...of, hashes: hashes.map(fromHex) }, given, asking);
    const open = await openVault(parseVaultFile(vault), { kind: 'guardians', secret });
    const liars = released.filter(({ index }) => falseHolders.includes(index)).map(({ name }) => name);
    setJoined({ open, account, token: toHex(asking.token), proof: toHex(proofOf(secret)), liars });
  };
  if (joined !== undefined) return <FinishRecovery joined={joined} />;
  const forget = () => {
    forgetAsking();
    onForgotten();
  };
  return (
    <Notice title={t('ask.asked', { name: kept.name })}>
      <p>{t('ask.call')}</p>
      <p className={classes.words} translate="no">
        {checkWords(asking.key)}
      </p>
      <p>
        {t('ask.until')} <Deadline time={kept.until} />
      </p>
      <p>{t('ask.same')}</p>
      <Actions>
        <Button loading={act.busy} onClick={() => void act.run(look)}>
          {t('ask.look')}
        </Button>
        <Button variant="default" onClick={forget}>
          {t('ask.forget')}
        </Button>
      </Actions>
      <Said said={missing ? { words: t('ask.missing'), failed: false } : act.said} />
    </Notice>
  );
}
