// Ethereum wallets that may sign in.
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { Ident } from '../../shared/ui/ident.tsx';
import { useAct } from '../parts/use-act.ts';
import { WalletButtons } from '../sign-in/wallet-buttons.tsx';
import { proveWallet, type Wallet } from '../sign-in/with-wallet.ts';
import classes from './account.module.css';

export function Wallets({ wallets }: { wallets: readonly string[] }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct();
  const link = async (wallet: Wallet) => {
    const { ticket, signature } = await proveWallet(client, wallet);
    await client.call('account_walletLink', { ticket, signature });
  };
  return (
    <div className={classes.part}>
      {wallets.length === 0 ? <Text c="dimmed">{t('wallets.none')}</Text> : null}
      <ul className={classes.list}>
        {wallets.map((address) => (
          <li key={address} className={classes.row}>
            <div className={classes.main}>
              <Ident value={address} label={t('wallets.title')} />
            </div>
            <Button
              variant="default"
              aria-label={t('wallets.removeNamed', { address })}
              onClick={() => void act.run(() => client.call('account_walletUnlink', { address }))}
            >
              {t('form.remove')}
            </Button>
          </li>
        ))}
      </ul>
      <WalletButtons
        label={t('wallets.link')}
        onWallet={(wallet) => void act.run(() => link(wallet), t('wallets.linked'))}
      />
      <Said said={act.said} />
    </div>
  );
}
