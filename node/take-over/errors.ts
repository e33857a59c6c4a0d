// Why this clinic says nothing about a take-over.
import { CodedError } from '../../common/errors.ts';

export type TakeOverErrorType =
  | { code: 'takeover.unknown' }
  /** As the chain is now it would be refused, or say what stands already. */
  | { code: 'takeover.not-now'; reason: string };

export class TakeOverError extends CodedError<TakeOverErrorType> {
  constructor(type: TakeOverErrorType) {
    super(type, type.code === 'takeover.unknown' ? 'The chain has no such take-over.' : type.reason);
  }
}
