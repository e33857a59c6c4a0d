// Why a block or a transaction was not taken, as far as the node (not consensus) decides it.
import { CodedError } from '../../common/errors.ts';

export type ChainErrorType =
  /** The block is a descendant of one that was found invalid. */
  | { code: 'chain.invalid-ancestor'; block: string }
  /** The block was executed or checked before and found invalid. */
  | { code: 'chain.known-invalid'; block: string }
  /** The block's branch leaves out what is final here. */
  | { code: 'chain.conflicts-final'; block: string }
  /** A signature of a transaction that waits for a block does not verify. */
  | { code: 'chain.bad-signature' };

export class ChainError extends CodedError<ChainErrorType> {}
