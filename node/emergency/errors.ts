// Why an emergency was not opened, not closed or not reviewed here.
import { CodedError } from '../../common/errors.ts';

export type EmergencyErrorType =
  /** Doctors and nurses alone, with an account on the chain, not suspended. */
  | { code: 'emergency.role' }
  /** The words that say why are too few. */
  | { code: 'emergency.text' }
  /** No second factor was shown within the last minutes. */
  | { code: 'emergency.factor' }
  /** A review of an earlier emergency of this person is overdue: `object` names that one. */
  | { code: 'emergency.overdue'; object: string }
  /** The members have not made an emergency key yet. */
  | { code: 'emergency.no-key' }
  /** No clinic that answered has a chart of this patient. */
  | { code: 'emergency.nothing' }
  /** Fewer clinics helped than it takes; `refused` says why others did not. */
  | { code: 'emergency.too-few'; helped: number; needed: number; refused: readonly string[] }
  /** Nobody of another organisation was among those who helped. */
  | { code: 'emergency.one-organisation' }
  /** The proof does not hold for the clinic's verification share. */
  | { code: 'emergency.wrong-partial'; clinic: number }
  /** No such emergency, or not of this clinic. */
  | { code: 'emergency.unknown' }
  /** It is over, or was reviewed. */
  | { code: 'emergency.ended' }
  /** Who opened it does not review it. */
  | { code: 'emergency.own' };

export class EmergencyError extends CodedError<EmergencyErrorType> {}
