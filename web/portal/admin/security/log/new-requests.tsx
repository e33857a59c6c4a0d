// How many requests were judged since the list was read: rows wait until somebody asks, as each reading is written down.
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNode } from '../../../../shared/node/node-context.tsx';
import { numberText } from '../../../../shared/text/numbers.ts';
import { allOf } from '../counts.ts';
import type { RequestFilter } from './log-filter.ts';

export interface NewRequestsProps {
  /** Of all or of one thing that was done; whose requests come is not known here. */
  readonly action: RequestFilter['action'];
  /** When the list was read; counting begins anew with it. */
  readonly since: number;
  onShow(): void;
}

export function NewRequests({ action, since, onShow }: NewRequestsProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const [arrived, setArrived] = useState({ since, count: 0 });
  useEffect(
    () =>
      client.subscribe('threats', {}, ({ second }) => {
        const more = action === undefined ? allOf(second) : second[action];
        setArrived((before) => ({ since, count: (before.since === since ? before.count : 0) + more }));
      }),
    [client, action, since],
  );
  const count = arrived.since === since ? arrived.count : 0;
  return (
    <p>
      {count === 0 ? (
        t('defence.log.noNewer')
      ) : (
        <Button variant="light" onClick={onShow}>
          {t('defence.log.new', { count, number: numberText(count) })}
        </Button>
      )}
    </p>
  );
}
