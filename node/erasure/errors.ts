// Why nothing was erased, held or certified here.
import { CodedError } from '../../common/errors.ts';

export type ErasureErrorType =
  /** This clinic keeps no chart of this patient. */
  | { code: 'erasure.nothing' }
  /** The patient's records here are held: release the hold first. */
  | { code: 'erasure.held' }
  /** An erasure of these records is under way. */
  | { code: 'erasure.exists'; erasure: string }
  /** No such erasure or hold of this clinic. */
  | { code: 'erasure.unknown' }
  /** The chain does not have it yet, or it is approved already. */
  | { code: 'erasure.not-now'; reason: string }
  /** The clinic that was asked did not answer, or not to this question. */
  | { code: 'erasure.unanswered'; clinic: number };

export class ErasureError extends CodedError<ErasureErrorType> {}
