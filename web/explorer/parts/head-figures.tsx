// The figures at the top of the overview. Says what is not final, and when no block came for long.

import type { Health, LiveState } from '../../shared/node/live-chain.ts';
import { useLive } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { sentence } from '../../shared/text/sentence.ts';
import { durationText } from '../../shared/time/format.ts';
import { useAge } from '../../shared/time/moment.tsx';
import { Figures } from '../../shared/ui/facts.tsx';
import { Loading } from '../../shared/ui/states.tsx';
import { finalityOf } from '../data/finality.ts';
import { HeightLink } from './links.tsx';

export function HeadFigures() {
  const live = useLive();
  const { health, head } = live;
  if (health === undefined || head === undefined) return <Loading rows={2} />;
  return (
    <Figures
      facts={[
        {
          label: texts.t('chain.headFigures.head'),
          value: <HeightLink height={head.height} />,
          hint: texts.t('chain.headFigures.newestBlock'),
        },
        {
          label: texts.t('chain.words.lastBlock'),
          value: <Age time={head.timestamp} />,
          hint: texts.t('chain.headFigures.aim', { duration: durationText(health.blockInterval) }),
        },
        finalFact(live),
        {
          label: texts.t('chain.headFigures.connectedClinics'),
          value: numberText(health.peers),
          hint: texts.t('chain.headFigures.besides', { members: countText(health.members, 'member') }),
        },
        {
          label: texts.t('chain.headFigures.thisNode'),
          value: health.ready ? texts.t('chain.headFigures.ready') : texts.t('chain.headFigures.notReady'),
          hint: health.ready ? activity(health) : sentence(health.reasons.join('; ')),
        },
      ]}
    />
  );
}

function Age({ time }: { time: number }) {
  return <>{useAge(time)}</>;
}

/** Older blocks come in while all else goes on. */
function activity({ sync: { phase, done, total }, version }: Health): string {
  if (phase !== 'backfill') return texts.t('chain.headFigures.version', { version });
  return texts.t('chain.headFigures.backfill', { done: numberText(done), total: numberText(total) });
}

function finalFact(live: LiveState) {
  const label = texts.t('chain.headFigures.finalHeight');
  const { final = 0, lag = 0, standsStill = false } = finalityOf(live) ?? {};
  if (final === 0) {
    return { label, value: texts.t('chain.words.none'), hint: texts.t('chain.headFigures.nothingIsFinal') };
  }
  const key = standsStill ? 'chain.headFigures.still' : 'chain.headFigures.behind';
  return { label, value: <HeightLink height={final} />, hint: texts.t(key, { blocks: countText(lag, 'block') }) };
}
