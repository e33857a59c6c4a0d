// Why a user name or a part of a person's record was not accepted. The metadata never holds a value.
import { CodedError } from '../../common/errors.ts';

export type PersonRecordErrorType =
  | { code: 'user-name.length'; min: number; max: number }
  /** Something other than letters, digits and . _ - @ between them. */
  | { code: 'user-name.characters' }
  /** Letters of alphabets that are not written together: one may look like another. */
  | { code: 'user-name.alphabets' }
  /** Not a part of a person's record, or larger than one may be. */
  | { code: 'people.part'; part: string };

/** For people. */
function sentence(type: PersonRecordErrorType): string {
  switch (type.code) {
    case 'user-name.length':
      return `A user name has ${type.min} to ${type.max} characters`;
    case 'user-name.characters':
      return 'A user name has letters and digits, with single . _ - or @ between them';
    case 'user-name.alphabets':
      return 'A user name has letters of one alphabet and digits of one kind';
    case 'people.part':
      return `The part ${type.part} of the record is malformed`;
  }
}

export class PersonRecordError extends CodedError<PersonRecordErrorType> {
  constructor(type: PersonRecordErrorType, message?: string, options?: ErrorOptions) {
    super(type, message ?? sentence(type), options);
  }
}
