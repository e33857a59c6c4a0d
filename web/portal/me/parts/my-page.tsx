// A page about the patient who is signed in. Who is not known at reception yet reads what to do, not an error.
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from './me.module.css';

const NOT_ATTACHED = 'me.not-attached';

export interface MyViewProps<T> {
  readonly query: UseQueryResult<T>;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

export function MyView<T>({ query, rows, children }: MyViewProps<T>) {
  if (codeOf(query.error) === NOT_ATTACHED) return <NotAttached />;
  return (
    <QueryView query={query} rows={rows}>
      {children}
    </QueryView>
  );
}

export function NotAttached() {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Notice title={t('me.notAttached')} live={false}>
        <p>{t('me.notAttachedText')}</p>
        <p>{t('me.notAttachedNext')}</p>
      </Notice>
    </div>
  );
}
