// How many statements wait on this clinic's disk or for a block; the way to the outbox.
import { IconSend } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNode } from '../../shared/node/node-context.tsx';
import { MarkLink } from './mark-link.tsx';

const EVERY_MS = 10_000;

export function OutboxMark() {
  const { t } = useTranslation();
  const { client } = useNode();
  const waiting = useQuery({
    queryKey: ['outbox', 'waiting'],
    queryFn: async ({ signal }) => {
      const queued = client.call('outbox_list', { status: 'queued', limit: 1 }, signal);
      const pending = client.call('outbox_list', { status: 'pending', limit: 1 }, signal);
      return (await queued).total + (await pending).total;
    },
    refetchInterval: EVERY_MS,
    retry: false,
  });
  const count = waiting.data ?? 0;
  return (
    <MarkLink
      to="/outbox"
      label={t('frame.outbox', { count })}
      count={count}
      icon={<IconSend size={18} aria-hidden />}
    />
  );
}
