// Says that the page stopped following the node, since when, and that what stands there is of then.
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLive } from '../../shared/node/node-context.tsx';
import { clockText, zoneText } from '../../shared/time/format.ts';
import { useTimePreferences } from '../../shared/time/preferences.tsx';
import classes from './offline-banner.module.css';

export function OfflineBanner() {
  const { t } = useTranslation();
  const { lostAt } = useLive();
  const { zone } = useTimePreferences();
  return (
    <div role="status" className={lostAt === undefined ? undefined : classes.banner}>
      {lostAt === undefined ? null : (
        <>
          <IconPlugConnectedX size={20} aria-hidden />
          <span>{t('frame.offline', { time: clockText(lostAt, zone), zone: zoneText(lostAt, zone) })}</span>
        </>
      )}
    </div>
  );
}
