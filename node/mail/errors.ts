// What can be missing in the settings of mail.
import { CodedError } from '../../common/errors.ts';

export type MailErrorType =
  /** `mail.host` without `mail.from`. */
  | { code: 'config.mail-from' }
  /** Only one of `mail.user` and `mail.passwordFile`. */
  | { code: 'config.mail-password' };

export class MailError extends CodedError<MailErrorType> {}
