// What a peer did wrong with a compact block. Whether it could have known is peer-policy.ts.
import { CodedError } from '../../common/errors.ts';

export type CompactErrorType =
  /** It relayed the block and does not give the transactions that are missing. */
  | { code: 'compact.withheld' }
  /** It gave transactions other than those that its short ids name. */
  | { code: 'compact.wrong-transactions' }
  /** Its short ids are not those of the block that its header commits to. */
  | { code: 'compact.wrong-ids' };

export class CompactError extends CodedError<CompactErrorType> {}
