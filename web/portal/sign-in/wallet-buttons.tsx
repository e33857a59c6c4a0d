// A button for each wallet that this browser has; nothing where there is none.
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './sign-in.module.css';
import { findWallets, type Wallet } from './with-wallet.ts';

export function WalletButtons({ label, onWallet }: { label: string; onWallet: (wallet: Wallet) => void }) {
  const { t } = useTranslation();
  const [wallets, setWallets] = useState<readonly Wallet[]>([]);
  useEffect(() => findWallets((wallet) => setWallets((before) => [...before, wallet])), []);
  if (wallets.length === 0) return null;
  return (
    <section className={classes.way} aria-label={label}>
      <h2 className={classes.title}>{label}</h2>
      <div className={classes.wallets}>
        {wallets.map((wallet) => (
          <Button
            key={wallet.uuid}
            variant="default"
            leftSection={wallet.icon === undefined ? null : <img src={wallet.icon} alt="" className={classes.icon} />}
            onClick={() => onWallet(wallet)}
          >
            <bdi>{wallet.name}</bdi>
          </Button>
        ))}
      </div>
      <p className={classes.hint}>{t('signIn.walletHint')}</p>
    </section>
  );
}
