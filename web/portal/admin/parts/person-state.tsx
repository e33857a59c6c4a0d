// Where a person stands with this organisation: word, icon and colour together.
import { IconAlertOctagon, IconBan, IconCircle, IconCircleCheckFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { AdminUser } from '../../../../rpc/schema/admin.ts';
import classes from '../../../shared/ui/status-tag.module.css';

type State = AdminUser['state'];

export const STATES = ['waiting', 'active', 'refused', 'suspended'] as const satisfies readonly State[];

const LOOKS = {
  waiting: { look: 'pending', Icon: IconCircle },
  active: { look: 'final', Icon: IconCircleCheckFilled },
  refused: { look: 'queued', Icon: IconBan },
  suspended: { look: 'refused', Icon: IconAlertOctagon },
} as const satisfies Record<State, unknown>;

export function PersonState({ state }: { state: State }) {
  const { t } = useTranslation();
  const { look, Icon } = LOOKS[state];
  return (
    <span className={classes.tag} data-status={look}>
      <Icon size={16} aria-hidden />
      {t(`admin.states.${state}`)}
    </span>
  );
}
