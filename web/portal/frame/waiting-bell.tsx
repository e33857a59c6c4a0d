// How many things wait for this person.
import { IconBell } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { useWaiting } from '../data/waiting.ts';
import { MarkLink } from './mark-link.tsx';

export function WaitingBell({ session }: { session: SessionView }) {
  const { t } = useTranslation();
  const count = useWaiting(session).reduce((sum, waiting) => sum + waiting.count, 0);
  return (
    <MarkLink
      to="/notifications"
      label={t('frame.bell', { count })}
      count={count}
      icon={<IconBell size={18} aria-hidden />}
    />
  );
}
