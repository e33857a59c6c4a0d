// Why an API key is not made, turned or ended.
import { CodedError } from '../../../common/errors.ts';

export type ApiKeyErrorType =
  | { code: 'apikey.full'; limit: number }
  | { code: 'apikey.unknown' }
  | { code: 'apikey.ended' }
  | { code: 'apikey.scope'; scope: string }
  | { code: 'apikey.user-scopes' }
  | { code: 'apikey.until' }
  | { code: 'apikey.address'; index: number };

const SENTENCES: Readonly<Record<ApiKeyErrorType['code'], string>> = {
  'apikey.full': 'There are as many keys as this clinic keeps: revoke one first',
  'apikey.unknown': 'There is no key of this id',
  'apikey.ended': 'This key has ended: make a new one',
  'apikey.scope': 'There is no such scope, or FHIR has no such resource type',
  'apikey.user-scopes':
    'Scopes of user/ are for applications that a person signs in to, which this clinic has none of: an application by itself has scopes of patient/ or system/',
  'apikey.until': 'The end must lie ahead, and within two years',
  'apikey.address': 'This is no address or network',
};

export class ApiKeyError extends CodedError<ApiKeyErrorType> {
  constructor(type: ApiKeyErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
