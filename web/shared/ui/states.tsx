// What a page shows when it has no data: loading, failed, empty, not seen yet. No dead ends.
import { Button, Skeleton, Text, Title, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { failureText } from '../text/errors.ts';
import classes from './states.module.css';

const SKELETON_MS = 300;
const STILL_MS = 10_000;

export function Loading({ rows = 5, onCancel }: { rows?: number; onCancel?: () => void }) {
  const { t } = useTranslation();
  const waited = useWaited();
  if (waited < SKELETON_MS) return <div data-loading />;
  const still = waited >= STILL_MS;
  return (
    <div className={classes.loading} data-loading>
      <VisuallyHidden role="status">{t(still ? 'states.still' : 'states.loading')}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={28} aria-hidden />
      ))}
      {still ? (
        <div className={classes.actions}>
          <Text aria-hidden>{t('states.still')}</Text>
          {onCancel === undefined ? null : (
            <Button variant="default" onClick={onCancel}>
              {t('form.cancel')}
            </Button>
          )}
        </div>
      ) : null}
    </div>
  );
}

function useWaited(): number {
  const [waited, setWaited] = useState(0);
  useEffect(() => {
    const timers = [SKELETON_MS, STILL_MS].map((ms) => setTimeout(() => setWaited(ms), ms));
    return () => timers.forEach(clearTimeout);
  }, []);
  return waited;
}

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice title={t('states.failed')}>
      <Text>{failureText(error)}</Text>
      <Button variant="default" onClick={onRetry}>
        {t('states.again')}
      </Button>
    </Notice>
  );
}

/** Also for empty lists and unknown ids. */
export function Notice({ title, children, live = true }: { title: string; children?: ReactNode; live?: boolean }) {
  return (
    <div className={classes.notice} role={live ? 'status' : undefined}>
      <Title order={2} size="h3">
        {title}
      </Title>
      {children}
    </div>
  );
}
