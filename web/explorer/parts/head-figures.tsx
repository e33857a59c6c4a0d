// The figures at the top of the overview. Says what is not final, and when no block came for long.

import type { Health, LiveState } from '../../shared/node/live-chain.ts';
import { useLive } from '../../shared/node/node-context.tsx';
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
        { label: 'Head', value: <HeightLink height={head.height} />, hint: 'Newest block' },
        {
          label: 'Last block',
          value: <Age time={head.timestamp} />,
          hint: `One every ${durationText(health.blockInterval)} is the aim`,
        },
        finalFact(live),
        {
          label: 'Connected clinics',
          value: numberText(health.peers),
          hint: `Besides this one, of ${countText(health.members, 'member')}`,
        },
        {
          label: 'This node',
          value: health.ready ? 'Ready' : 'Not ready',
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
  if (phase !== 'backfill') return `Version ${version}`;
  return `Fetching older blocks: ${numberText(done)} of ${numberText(total)}`;
}

function finalFact(live: LiveState) {
  const label = 'Final height';
  const { final = 0, lag = 0, standsStill = false } = finalityOf(live) ?? {};
  const still = standsStill ? 'Stands still, ' : '';
  if (final === 0) {
    return { label, value: 'None', hint: 'Nothing is final yet: blocks are applied and may still move' };
  }
  return { label, value: <HeightLink height={final} />, hint: `${still}${countText(lag, 'block')} behind the head` };
}
