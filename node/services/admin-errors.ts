// Why an administrator's wish was not done, where the rules of people and accounts do not say it already.
import { CodedError } from '../../common/errors.ts';

export type AdminErrorType =
  | { code: 'people.until' }
  | { code: 'people.has-administrator' }
  | { code: 'mail.off' }
  | { code: 'mail.address' };

const SENTENCES: Readonly<Record<AdminErrorType['code'], string>> = {
  'people.until': 'Roles end in the future',
  'people.has-administrator': 'This clinic has an administrator: ask for an invitation',
  'mail.off': 'This clinic sends no mails: no mail server is configured',
  'mail.address': 'This is no address that mails can be sent to',
};

export class AdminError extends CodedError<AdminErrorType> {
  constructor(type: AdminErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
