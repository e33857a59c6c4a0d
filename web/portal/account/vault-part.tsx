// The vault: what opens it, as a file, with new recovery words, with one more passphrase.
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { parseVaultFile, type VaultFile } from '../../../identity/vault/file.ts';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { saveText } from '../../shared/ui/save.ts';
import { useAct } from '../parts/use-act.ts';
import classes from './account.module.css';
import { EarlierVault } from './earlier-vault.tsx';
import { NewWords } from './new-words.tsx';
import { Passphrase } from './passphrase.tsx';

export interface VaultPartProps {
  /** On the chain; null where there is none. */
  readonly account: string | null;
  readonly version: number;
  readonly recoveryKey: boolean;
}

export function VaultPart({ account, version, recoveryKey }: VaultPartProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct();
  const query = useQuery({
    queryKey: ['me', 'vault', version],
    queryFn: ({ signal }) => client.call('account_vaultGet', {}, signal),
    gcTime: 0,
    // The vault before stays while the next is read, and with it what was said about the change.
    placeholderData: (before) => before,
  });
  return (
    <QueryView query={query}>
      {({ vault, version: from, before }) => {
        if (vault === null) return <Text>{t('vault.none')}</Text>;
        const earlier = before === null ? null : <EarlierVault key="earlier" {...before} from={from} />;
        const ways = waysOf(vault);
        if (ways === undefined) {
          return (
            <div className={classes.part}>
              <Text>{t('vault.unreadable')}</Text>
              {earlier}
            </div>
          );
        }
        const kinds = (['password', 'passkey', 'passphrase', 'words', 'guardians'] as const).filter((kind) =>
          ways.some((way) => way.kind === kind),
        );
        return (
          <div className={classes.part}>
            <Text>{t('vault.intro')}</Text>
            <Text>{t('vault.opens', { ways: kinds.map((kind) => t(`ways.${kind}`)).join(', ') })}</Text>
            <Text>{t(recoveryKey ? 'vault.recoveryKey' : 'vault.noRecoveryKey')}</Text>
            <div className={classes.buttons}>
              <Button
                variant="default"
                onClick={() => void act.run(async () => saveText('wardmesh-vault.json', vault), t('vault.saved'))}
              >
                {t('vault.save')}
              </Button>
            </div>
            <Said said={act.said} />
            {earlier}
            <NewWords account={account} has={kinds.includes('words')} />
            <Passphrase has={kinds.includes('passphrase')} />
          </div>
        );
      }}
    </QueryView>
  );
}

/** Undefined for what is no vault: somebody spoilt it. */
function waysOf(vault: string): VaultFile['ways'] | undefined {
  try {
    return parseVaultFile(vault).ways;
  } catch {
    return undefined;
  }
}
