// The vault as it was before its last changes, for who finds it spoilt: saved as a file, or put back.
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSessionModules } from '../../shared/session/session-context.tsx';
import { FullMoment } from '../../shared/time/moment.tsx';
import { saveText } from '../../shared/ui/save.ts';
import { useAct } from '../parts/use-act.ts';
import classes from './account.module.css';

export interface EarlierVaultProps {
  readonly vault: string;
  readonly replaced: number;
  /** Version that stands now. */
  readonly from: number;
}

export function EarlierVault({ vault, replaced, from }: EarlierVaultProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { vaults } = useSessionModules();
  const act = useAct();
  const putBack = async () => {
    await client.call('account_vaultPut', { vault, version: from });
    vaults.keep(undefined);
  };
  return (
    <div className={classes.part}>
      <Text>
        {t('vault.earlier')} <FullMoment time={replaced} />
      </Text>
      <div className={classes.buttons}>
        <Button variant="default" onClick={() => saveText('wardmesh-vault-earlier.json', vault)}>
          {t('vault.earlierSave')}
        </Button>
        <Button variant="default" loading={act.busy} onClick={() => void act.run(putBack, t('vault.earlierDone'))}>
          {t('vault.earlierBack')}
        </Button>
      </div>
      <Said said={act.said} />
    </div>
  );
}
