// Whether something is shared now, was, or is refused on purpose.
import { IconAlertOctagon, IconCircleCheckFilled, IconCircleDashed } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { MyShare } from '../../../../rpc/schema/me.ts';
import tag from '../../../shared/ui/status-tag.module.css';

const SHOWN = {
  shared: { data: 'final', Icon: IconCircleCheckFilled },
  refused: { data: 'refused', Icon: IconAlertOctagon },
  ended: { data: 'queued', Icon: IconCircleDashed },
  stopped: { data: 'queued', Icon: IconCircleDashed },
} as const;

export function ShareState({ share: { effect, state } }: { share: Pick<MyShare, 'effect' | 'state'> }) {
  const { t } = useTranslation();
  const inForce = effect === 'permit' ? 'shared' : 'refused';
  // What a clinic gave after somebody had taken over never let anybody in.
  const shown = state === 'active' ? inForce : state === 'inactive' ? 'ended' : 'stopped';
  const { data, Icon } = SHOWN[shown];
  return (
    <span className={tag.tag} data-status={data}>
      <Icon size={16} aria-hidden />
      {t(`me.sharing.states.${shown}`)}
    </span>
  );
}
