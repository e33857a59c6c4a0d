// New recovery words in the place of the old ones. The vault is locked for them before the chain hears of them, so that
// whatever breaks off in between leaves words that open it; sending again does the rest.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toHex } from '../../../common/bytes.ts';
import { ACCOUNTS_SET_RECOVERY } from '../../../consensus/ledger/kinds.ts';
import { exportVaultFile } from '../../../identity/vault/file.ts';
import { deviceKeys, replaceWay } from '../../../identity/vault/vault.ts';
import { newWords, recoveryKeyOf } from '../../../identity/vault/words.ts';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSessionModules } from '../../shared/session/session-context.tsx';
import { askedTwo } from '../../shared/vault/asked-words.ts';
import { RecoveryWords } from '../../shared/vault/recovery-words.tsx';
import { prepareAndSend } from '../../shared/vault/send.ts';
import { useUnlock } from '../../shared/vault/unlock.tsx';
import { useAct } from '../parts/use-act.ts';
import classes from './account.module.css';

export interface NewWordsProps {
  /** On the chain; null where there is none. */
  readonly account: string | null;
  /** Whether the vault opens with words now. */
  readonly has: boolean;
}

export function NewWords({ account, has }: NewWordsProps) {
  const { t } = useTranslation();
  const unlock = useUnlock();
  const act = useAct();
  const keep = useKeepWords(account);
  const [made, setMade] = useState<{ readonly words: string; readonly asked: readonly [number, number] }>();
  // Nobody writes down words for a vault that they cannot open.
  const begin = () =>
    act.run(async () => {
      await unlock();
      setMade({ words: newWords(), asked: askedTwo() });
    });
  const finish = async (words: string) => {
    if (await act.run(() => keep(words), t('newWords.done'))) setMade(undefined);
  };
  return (
    <section aria-label={t('words.title')} className={classes.part}>
      <Text>{t(has ? 'newWords.intro' : 'newWords.none')}</Text>
      {made === undefined ? (
        <div>
          <Button variant="default" loading={act.busy} onClick={() => void begin()}>
            {t('newWords.make')}
          </Button>
        </div>
      ) : (
        <RecoveryWords {...made} onKept={() => finish(made.words)} onBack={() => setMade(undefined)} />
      )}
      <Said said={act.said} />
    </section>
  );
}

function useKeepWords(account: string | null): (words: string) => Promise<void> {
  const { client } = useNode();
  const { vaults } = useSessionModules();
  const unlock = useUnlock();
  return async (words) => {
    const { open, version } = await unlock();
    const sealed = await replaceWay(open, { kind: 'words', words });
    await client.call('account_vaultPut', { vault: exportVaultFile(sealed.file), version });
    vaults.keep(sealed);
    if (account === null) return;
    const { publicKey } = recoveryKeyOf(words);
    const { signing } = deviceKeys(sealed);
    await prepareAndSend(
      client,
      { action: 'set-recovery', account, author: toHex(signing.publicKey), recoveryKey: toHex(publicKey) },
      { seed: signing.seed, kind: ACCOUNTS_SET_RECOVERY, about: publicKey },
    );
  };
}
