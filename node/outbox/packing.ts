// What goes into one transaction of what waits. Pure.
import { packedLength } from '../../consensus/ledger/transaction.ts';
import { MAX_ATTACHMENTS_BYTES, MAX_STATEMENTS, MAX_TRANSACTION_BYTES } from '../../consensus/limits.ts';
import type { OutboxRecord } from './record.ts';

/** How many of the first records fit in one transaction: at least one, since one always fits. */
export function fitting(queue: readonly OutboxRecord[]): number {
  const lengths: number[] = [];
  let attached = 0;
  for (const record of queue.slice(0, MAX_STATEMENTS)) {
    lengths.push(record.statement.length);
    attached += record.attachment?.bytes.length ?? 0;
    const tooLong = packedLength(lengths) > MAX_TRANSACTION_BYTES;
    if (tooLong || attached > MAX_ATTACHMENTS_BYTES) return Math.max(1, lengths.length - 1);
  }
  return lengths.length;
}
