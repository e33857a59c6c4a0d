// What stops execution without being a block's fault: the state or the member sets that it was given do not fit together.
import { CodedError } from '../../common/errors.ts';

export type LedgerErrorType =
  /** A row that every state has is missing: the state is damaged. */
  | { code: 'ledger.row'; what: string }
  /** A member set is not the one in force, or one that was is not at hand. */
  | { code: 'ledger.set'; set: number };

export class LedgerError extends CodedError<LedgerErrorType> {}
