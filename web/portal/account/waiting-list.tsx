// What waits for the person, each with the way to it.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { Link } from '../../shared/ui/link.tsx';
import { useWaiting } from '../data/waiting.ts';
import classes from './account.module.css';

export function WaitingList({ session }: { session: SessionView }) {
  const { t } = useTranslation();
  const waiting = useWaiting(session);
  if (waiting.length === 0) return <Text c="dimmed">{t('waiting.none')}</Text>;
  return (
    <ul className={classes.list}>
      {waiting.map(({ what, to, count }) => (
        <li key={what}>
          <Link to={to}>{t(`waiting.${what}`, { count })}</Link>
        </li>
      ))}
    </ul>
  );
}
