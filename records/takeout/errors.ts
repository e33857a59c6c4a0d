// Why a takeout does not hold. What is named is a place in the archive, never what stands there.
import { CodedError } from '../../common/errors.ts';

export type TakeoutErrorType =
  /** No takeout, or not all of it. */
  | { code: 'takeout.format'; reason: string }
  /** Of another network than the genesis document. */
  | { code: 'takeout.network' }
  /** The clinic that it names did not sign this listing. */
  | { code: 'takeout.signature' }
  /** A file is not what the listing says. */
  | { code: 'takeout.file'; file: string }
  /** The listing names it, and it is not there. */
  | { code: 'takeout.missing'; file: string }
  /** It is there, and the listing does not name it. */
  | { code: 'takeout.stray'; file: string }
  /** A proof shows something else than the listing says. */
  | { code: 'takeout.proof'; file: string };

export class TakeoutError extends CodedError<TakeoutErrorType> {}
