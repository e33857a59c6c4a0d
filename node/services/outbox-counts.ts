// How many statements of this clinic have not come to their end, or ended badly.
import type { Outbox } from '../outbox/outbox.ts';
import { recordStatus } from './chain-reader.ts';

export interface OutboxCounts {
  queued: number;
  pending: number;
  refused: number;
}

export function outboxCounts(outbox: Pick<Outbox, 'list'>): OutboxCounts {
  const counts = { queued: 0, pending: 0, refused: 0 };
  for (const record of outbox.list()) {
    const status = recordStatus(record);
    if (status === 'queued' || status === 'pending' || status === 'refused') counts[status]++;
  }
  return counts;
}
