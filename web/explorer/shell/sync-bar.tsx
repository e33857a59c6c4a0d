// A calm bar while this clinic's node catches up with the others: that the pages show the past, and how far it is.
import { IconRefresh } from '@tabler/icons-react';
import { isCatchingUp, type SyncState } from '../../shared/node/catching-up.ts';
import { useLive } from '../../shared/node/node-context.tsx';
import { numberText } from '../../shared/text/numbers.ts';
import classes from './sync-bar.module.css';

const STEPS: Readonly<Record<SyncState['phase'], string>> = {
  idle: '',
  headers: 'Headers checked',
  bodies: 'Blocks applied',
  'snapshot-headers': 'Headers of the final state checked',
  snapshot: 'Parts of the final state fetched',
  backfill: '',
};

export function SyncBar() {
  const { health, lostAt } = useLive();
  const sync = health !== undefined && lostAt === undefined && isCatchingUp(health.sync) ? health.sync : undefined;
  return (
    <section aria-label={sync === undefined ? undefined : 'Catching up'} className={sync && classes.bar}>
      {/* The sentence is said once; the figures move without being read out. */}
      <div role="status" className={sync && classes.words}>
        {sync === undefined ? null : (
          <>
            <IconRefresh size={20} aria-hidden />
            <span>
              This clinic's node is catching up with the other clinics. Until then these pages show an earlier state.
            </span>
          </>
        )}
      </div>
      {sync === undefined ? null : <Progress sync={sync} />}
    </section>
  );
}

function Progress({ sync: { phase, done, total } }: { sync: SyncState }) {
  if (total === 0) return null;
  const words = `${STEPS[phase]}: ${numberText(done)} of ${numberText(total)}`;
  return (
    <div className={classes.progress}>
      <progress max={total} value={done} aria-label="Progress" aria-valuetext={words} className={classes.track} />
      <span aria-hidden>{words}</span>
    </div>
  );
}
