// Says that the page stopped following the node, since when, and that what stands there is of then; or that the node itself
// reaches no other clinic, and what becomes of what is done meanwhile.
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLive } from '../../shared/node/node-context.tsx';
import { clockText, zoneText } from '../../shared/time/format.ts';
import { useTimePreferences } from '../../shared/time/preferences.tsx';
import classes from './offline-banner.module.css';

export function OfflineBanner() {
  const { t } = useTranslation();
  const { lostAt, alone } = useLive();
  const { zone } = useTimePreferences();
  const at = (time: number) => ({ time: clockText(time, zone), zone: zoneText(time, zone) });
  const words = (): string | undefined => {
    if (lostAt !== undefined) return t('frame.offline', at(lostAt));
    if (alone === undefined) return undefined;
    return alone.since === undefined ? t('frame.alone') : t('frame.aloneSince', at(alone.since));
  };
  const said = words();
  return (
    <div role="status" className={said === undefined ? undefined : classes.banner}>
      {said === undefined ? null : (
        <>
          <IconPlugConnectedX size={20} aria-hidden />
          <span>{said}</span>
        </>
      )}
    </div>
  );
}
