// What a clinic did wrong that was asked to evaluate for another; the codes are those that blame knows (peer-policy.ts).
import { CodedError } from '../../common/errors.ts';

export type EvaluationErrorType =
  /** The proof does not hold for the clinic's verification share. */
  { code: 'identifier.wrong-partial'; clinic: number };

export class EvaluationError extends CodedError<EvaluationErrorType> {}
