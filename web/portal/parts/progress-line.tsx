// How far something is, as a bar and in words; read out in steps of a quarter.
import { VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { shareText } from '../../shared/text/numbers.ts';
import classes from './parts.module.css';

const STEPS = 4;

export function ProgressLine({ label, share }: { label: string; share: number }) {
  const { t } = useTranslation();
  const whole = Math.floor(share * 100) / 100;
  return (
    <div className={classes.progress}>
      <span aria-hidden>{t('me.progress', { label, share: shareText(whole) })}</span>
      <progress className={classes.track} max={1} value={whole} aria-label={label} aria-valuetext={shareText(whole)} />
      <VisuallyHidden role="status">
        {t('me.progress', { label, share: shareText(Math.floor(share * STEPS) / STEPS) })}
      </VisuallyHidden>
    </div>
  );
}
