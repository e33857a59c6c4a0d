// Why an event of the record of accesses cannot be shown.
import { CodedError } from '../../common/errors.ts';

export type AuditErrorType =
  | { code: 'audit.unknown-event'; event: number }
  /** No anchor on the chain covers it yet. */
  | { code: 'audit.not-anchored'; event: number };

const SENTENCES: Readonly<Record<AuditErrorType['code'], string>> = {
  'audit.unknown-event': 'This clinic has no such access event.',
  'audit.not-anchored': 'The access event is not anchored on the chain yet.',
};

export class AuditError extends CodedError<AuditErrorType> {
  constructor(type: AuditErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
