// Whether an access was allowed, and by what.
import { IconAlertOctagon, IconCircleCheckFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import tag from '../../shared/ui/status-tag.module.css';
import { careWord } from './care-words.ts';
import classes from './parts.module.css';

export interface AccessOutcomeProps {
  readonly outcome: 'permitted' | 'refused';
  readonly reason: string;
}

export function AccessOutcome({ outcome, reason }: AccessOutcomeProps) {
  const { t } = useTranslation();
  const allowed = outcome === 'permitted';
  const Icon = allowed ? IconCircleCheckFilled : IconAlertOctagon;
  return (
    <>
      <span className={`${tag.tag} ${classes.outcome}`} data-status={allowed ? 'final' : 'refused'}>
        <Icon size={16} aria-hidden />
        {t(`care.outcomes.${outcome}`)}
      </span>
      <span className={classes.note}>{careWord(t, 'reasons', reason)}</span>
    </>
  );
}
