// Why an account is not made or changed at this clinic, and why a person's statement is not taken in.
import { CodedError } from '../../common/errors.ts';

export type AccountErrorType =
  /** The chain does not know it, and nothing here is about to make it. */
  | { code: 'account.unknown' }
  /** Only the organisation that made an account suspends it. */
  | { code: 'account.other-organisation'; organisation: number }
  | { code: 'account.suspended' }
  /** This clinic never gave the role. */
  | { code: 'account.no-such-role' }
  /** Not exactly one signed accounts.create. */
  | { code: 'account.bad-statement' }
  /** What is to be prepared does not fit the account as it is. */
  | { code: 'account.not-now'; reason: string };

const SENTENCES: Readonly<Record<AccountErrorType['code'], string>> = {
  'account.unknown': 'There is no such account',
  'account.other-organisation': 'Only the organisation that made the account can suspend it',
  'account.suspended': 'The account is suspended',
  'account.no-such-role': 'The person has no such role here',
  'account.bad-statement': 'The signed statement does not make an account',
  'account.not-now': 'The account does not allow this now',
};

export class AccountError extends CodedError<AccountErrorType> {
  constructor(type: AccountErrorType) {
    super(type, type.code === 'account.not-now' ? type.reason : SENTENCES[type.code]);
  }
}
