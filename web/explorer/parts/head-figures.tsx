// The figures at the top of the overview. Says what is not final, and when no block came for long.

import type { Health } from '../../shared/node/live-chain.ts';
import { useLive } from '../../shared/node/node-context.tsx';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { durationText } from '../../shared/time/format.ts';
import { useAge } from '../../shared/time/moment.tsx';
import { Figures } from '../../shared/ui/facts.tsx';
import { Loading } from '../../shared/ui/states.tsx';
import { HeightLink } from './links.tsx';

export function HeadFigures() {
  const { health, head } = useLive();
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
        finalFact(health, head.height),
        {
          label: 'Connected clinics',
          value: numberText(health.peers),
          hint: `Besides this one, of ${countText(health.members, 'member')}`,
        },
        {
          label: 'This node',
          value: health.ready ? 'Ready' : 'Not ready',
          hint: health.ready ? `Version ${health.version}` : health.reasons.join('; '),
        },
      ]}
    />
  );
}

function Age({ time }: { time: number }) {
  return <>{useAge(time)}</>;
}

function finalFact({ final }: Health, head: number) {
  const label = 'Final height';
  if (final.height === 0) {
    return { label, value: 'None', hint: 'Nothing is final yet: blocks are applied and may still move' };
  }
  return {
    label,
    value: <HeightLink height={final.height} />,
    hint: `${countText(head - final.height, 'block')} behind the head`,
  };
}
