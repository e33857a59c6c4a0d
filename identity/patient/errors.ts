// Why an identity document or a patient identifier was not accepted. The metadata never holds a number or an identifier.
import { CodedError } from '../../common/errors.ts';

export type IdentifierErrorType =
  /** Not an ISO 3166-1 alpha-2 code. */
  | { code: 'identifier.country' }
  /** Not a document type name. */
  | { code: 'identifier.type' }
  /** Numbers of this type are unique only at their issuer: `type@issuer` is needed. */
  | { code: 'identifier.issuer'; country: string; type: string }
  /** The number holds letters or marks outside A-Z, or the text is too long to be a number. */
  | { code: 'identifier.characters'; country: string; type: string }
  | { code: 'identifier.length'; country: string; type: string; length: number }
  /** Letters where digits belong, or the other way round. */
  | { code: 'identifier.format'; country: string; type: string }
  | { code: 'identifier.check-digit'; country: string; type: string }
  /** A number that stands for "none" or is printed on samples. */
  | { code: 'identifier.placeholder'; country: string; type: string }
  /** Not a PID, or mistyped: the checksum does not hold. */
  | { code: 'identifier.pid' }
  /** The secret does not belong to the network's identifier key. */
  | { code: 'identifier.key' }
  /** The evaluator did not answer every input. */
  | { code: 'identifier.evaluation' }
  /** Too many identifiers are being computed; ask again later. */
  | { code: 'identifier.busy' };

export class IdentifierError extends CodedError<IdentifierErrorType> {}
