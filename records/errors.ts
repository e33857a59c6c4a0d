// Why something was not kept or not read at this clinic. Metadata never names a patient, a resource or its content.
import { CodedError } from '../common/errors.ts';

export type RecordsErrorType =
  | { code: 'records.too-large'; size: number; limit: number }
  | { code: 'records.too-many-versions'; limit: number }
  /** A resource type or id that FHIR does not allow. */
  | { code: 'records.name' }
  /** A row does not open under this clinic's key: damaged, or of another clinic. Never repaired, never skipped. */
  | { code: 'records.damaged' };

export class RecordsError extends CodedError<RecordsErrorType> {}
