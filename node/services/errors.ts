// What services answer when a caller asks for something that cannot be: codes that the schemas declare.
import { CodedError } from '../../common/errors.ts';

export type ServiceErrorType =
  | { code: 'chain.unknown-block' }
  | { code: 'chain.unknown-transaction' }
  | { code: 'chain.unknown-statement' }
  | { code: 'rpc.bad-cursor' }
  | { code: 'wallet.unknown-clinic'; clinic: number }
  | { code: 'wallet.amount' };

const SENTENCES: Readonly<Record<ServiceErrorType['code'], string>> = {
  'chain.unknown-block': 'There is no such block',
  'chain.unknown-transaction': 'There is no such transaction',
  'chain.unknown-statement': 'There is no such statement',
  'rpc.bad-cursor': 'The cursor is not one that a page before gave',
  'wallet.unknown-clinic': 'There is no clinic of this number',
  'wallet.amount': 'The amount does not fit 64 bits',
};

export class ServiceError extends CodedError<ServiceErrorType> {
  constructor(type: ServiceErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
