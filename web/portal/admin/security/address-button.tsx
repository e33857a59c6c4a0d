// An address in a table: leads to why it is treated as it is, without standing in the link.
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { handAddress } from './handed-address.ts';
import classes from './security.module.css';

export function AddressButton({ address }: { address: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const look = () => {
    handAddress(address);
    void navigate({ to: '/admin/security/address' });
  };
  return (
    <button type="button" className={classes.look} aria-label={t('defence.why', { address })} onClick={look}>
      {address}
    </button>
  );
}
