// Why somebody does not act for a patient, in codes that the doors declare.
import { CodedError } from '../../common/errors.ts';

export type RepresentativeErrorType =
  /** Was never named, has ended, or is another's. */
  | { code: 'representative.not-yours' }
  | { code: 'representative.unknown' }
  /** ms; null: an end is missing, and none follows from the birth date. */
  | { code: 'representative.end'; latest: number | null }
  | { code: 'representative.self' }
  /** Reserved to the patient and her guardians. */
  | { code: 'representative.may-not' }
  /** A guardian, whom reception or an overseer ends. */
  | { code: 'representative.guardian' }
  | { code: 'representative.full'; limit: number };

const SENTENCES: Readonly<Record<RepresentativeErrorType['code'], string>> = {
  'representative.not-yours': 'You do not act for this patient, or not any more',
  'representative.unknown': 'Nobody acts for this patient by that name',
  'representative.end': 'Who acts for a patient does so until a date, at most as long as is allowed',
  'representative.self': 'A patient acts for herself already',
  'representative.may-not': 'Who acts by a choice of the patient may not do this',
  'representative.guardian': 'Reception ends what guardians do',
  'representative.full': 'There are too many of these already',
};

export class RepresentativeError extends CodedError<RepresentativeErrorType> {
  constructor(type: RepresentativeErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
