// Shows a query in whichever state it is. Old data stays on the page while newer data cannot be had.

import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isUnknown } from '../text/errors.ts';
import { Failed, Loading, Notice } from './states.tsx';

export interface QueryViewProps<T> {
  readonly query: UseQueryResult<T>;
  /** What to show for an id that this node has not seen. */
  readonly unknown?: ReactNode;
  readonly rows?: number;
  readonly onCancel?: () => void;
  readonly children: (data: T) => ReactNode;
}

export function QueryView<T>({ query, unknown, rows, onCancel, children }: QueryViewProps<T>) {
  if (unknown !== undefined && isUnknown(query.error)) return unknown;
  // The page before stays while the next one loads.
  if (query.data !== undefined) return <div aria-busy={query.isPlaceholderData}>{children(query.data)}</div>;
  if (query.isError) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  if (query.fetchStatus === 'idle') return <Cancelled onRetry={() => void query.refetch()} />;
  return <Loading rows={rows} onCancel={onCancel} />;
}

function Cancelled({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice title={t('states.cancelled')}>
      <Button variant="default" onClick={onRetry}>
        {t('states.load')}
      </Button>
    </Notice>
  );
}
