// Why the outbox did not acknowledge a statement.
import { CodedError } from '../../common/errors.ts';

export type OutboxErrorType =
  /** Too many statements wait already; nothing was written. */
  | { code: 'outbox.full'; waiting: number }
  /** The node is stopping. */
  | { code: 'outbox.stopped' }
  /** The statement is malformed or its signature is bad. */
  | { code: 'outbox.invalid'; reason: string };

export class OutboxError extends CodedError<OutboxErrorType> {}
