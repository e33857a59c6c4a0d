// Why something that a patient decides about herself was not done, in codes that the doors declare.
import { CodedError } from '../../common/errors.ts';

export type MeErrorType =
  /** Reception has not said whose account it is. */
  | { code: 'me.not-attached' }
  | { code: 'me.unknown-user' }
  /** The person has no account on the chain, or is no patient of this clinic. */
  | { code: 'me.no-account' }
  | { code: 'me.account-taken' }
  | { code: 'me.has-account' }
  | { code: 'me.provisional' }
  /** Not signed by a device of the account, or not now. */
  | { code: 'me.word' }
  /** Somebody took over: her key signs what lets others in, and what she decided. */
  | { code: 'me.taken-over' }
  /** A row, packet or key is not what this vault asks for. */
  | { code: 'me.vault'; field: string }
  /** Another page of the patient was faster: look again. */
  | { code: 'me.epoch'; newest: number }
  | { code: 'me.unknown-event' }
  | { code: 'me.full'; limit: number }
  /** Of the patient's vault, by somebody who acts for her. */
  | { code: 'me.not-hers' }
  /** ms: when the caller acts for the patient no more. */
  | { code: 'me.beyond-end'; ends: number };

const SENTENCES: Readonly<Record<MeErrorType['code'], string>> = {
  'me.not-attached': 'Reception has not yet confirmed whose records these are',
  'me.unknown-user': 'Nobody signs in here with this name',
  'me.no-account': 'This person has no account as a patient of this clinic',
  'me.account-taken': 'This account is that of another patient',
  'me.has-account': 'This patient has another account here: take that one back first',
  'me.provisional': 'The identifier of this patient is provisional: wait until it is known',
  'me.word': 'This was not signed by a device of the account just now',
  'me.taken-over': 'Somebody took over what clinics keep of this patient: the key of the take-over signs this',
  'me.vault': 'What came does not fit the vault',
  'me.epoch': 'The key of this category has changed: load it again',
  'me.unknown-event': 'There is no such access of these records',
  'me.full': 'There are too many of these already',
  'me.not-hers': 'What stands in the vault of a patient opens for her alone',
  'me.beyond-end': 'Whoever acts for a patient shares until that ends, and no longer',
};

export class MeError extends CodedError<MeErrorType> {
  constructor(type: MeErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
