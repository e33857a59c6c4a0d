// Why a queue did not do a piece of work.
import { CodedError } from '../errors.ts';

export type QueueErrorType =
  /** Dropped for want of room: by the queue's policy this item or an older one. */
  { code: 'queue.full'; limit: number } | { code: 'queue.stopped' };

export class QueueError extends CodedError<QueueErrorType> {}
