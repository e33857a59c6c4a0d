// Says that the page stopped following the node, since when, and that what stands there is of then.
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useLive } from '../../shared/node/node-context.tsx';
import { clockText, zoneText } from '../../shared/time/format.ts';
import { useTimePreferences } from '../../shared/time/preferences.tsx';
import classes from './offline-banner.module.css';

export function OfflineBanner() {
  const { lostAt } = useLive();
  const { zone } = useTimePreferences();
  return (
    <div role="status" className={lostAt === undefined ? undefined : classes.banner}>
      {lostAt === undefined ? null : (
        <>
          <IconPlugConnectedX size={20} aria-hidden />
          <span>
            No connection to this clinic's node. What you see is as of {clockText(lostAt, zone)}{' '}
            {zoneText(lostAt, zone)}. The page connects again by itself.
          </span>
        </>
      )}
    </div>
  );
}
