// A calm bar while this clinic's node catches up with the others: that the pages show the past, and how far it is.
import { IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isCatchingUp, type SyncState } from '../../shared/node/catching-up.ts';
import { useLive } from '../../shared/node/node-context.tsx';
import { numberText } from '../../shared/text/numbers.ts';
import classes from './sync-bar.module.css';

const STEPS = {
  headers: 'sync.headers',
  bodies: 'sync.bodies',
  'snapshot-headers': 'sync.snapshotHeaders',
  snapshot: 'sync.snapshot',
} as const satisfies Partial<Record<SyncState['phase'], string>>;

export function SyncBar() {
  const { t } = useTranslation();
  const { health, lostAt } = useLive();
  const sync = health !== undefined && lostAt === undefined && isCatchingUp(health.sync) ? health.sync : undefined;
  return (
    <section aria-label={sync === undefined ? undefined : t('sync.label')} className={sync && classes.bar}>
      {/* The sentence is said once; the figures move without being read out. */}
      <div role="status" className={sync && classes.words}>
        {sync === undefined ? null : (
          <>
            <IconRefresh size={20} aria-hidden />
            <span>{t('sync.text')}</span>
          </>
        )}
      </div>
      {sync === undefined ? null : <Progress sync={sync} />}
    </section>
  );
}

function Progress({ sync: { phase, done, total } }: { sync: SyncState }) {
  const { t } = useTranslation();
  if (total === 0 || !(phase in STEPS)) return null;
  const step = t(STEPS[phase as keyof typeof STEPS]);
  const words = t('sync.figure', { step, done: numberText(done), total: numberText(total) });
  return (
    <div className={classes.progress}>
      <progress
        max={total}
        value={done}
        aria-label={t('sync.progress')}
        aria-valuetext={words}
        className={classes.track}
      />
      <span aria-hidden>{words}</span>
    </div>
  );
}
