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
  /** Not a reference to a patient that this clinic made. */
  | { code: 'identifier.ref' }
  /** This node holds no share of the identifier key: its clinic is not admitted. */
  | { code: 'identifier.no-key' }
  /** The evaluator did not answer every input. */
  | { code: 'identifier.evaluation' }
  /** Fewer clinics that hold shares of the identifier key answered than are needed. */
  | { code: 'identifier.unreachable'; reached: number; needed: number }
  /** Holders of shares have evaluated as much for this clinic as they do in a day; `until` in ms since 1970. */
  | { code: 'identifier.quota'; until: number }
  /** Too many identifiers are being computed; ask again later. */
  | { code: 'identifier.busy' };

/** For people; without the number. */
function sentence(type: IdentifierErrorType): string {
  const what = 'type' in type ? `${type.country} ${type.type} number` : '';
  switch (type.code) {
    case 'identifier.country':
      return 'The country is no ISO 3166-1 alpha-2 code, such as US';
    case 'identifier.type':
      return 'The type is no document type, such as ssn or passport';
    case 'identifier.issuer':
      return `A ${what} is unique only at its issuer: give the type as ${type.type}@issuer`;
    case 'identifier.characters':
      return `The ${what} has characters that such numbers do not have`;
    case 'identifier.length':
      return `The ${what} has ${type.length} characters, which is not a length of such numbers`;
    case 'identifier.format':
      return `The ${what} has letters where digits belong, or the other way round`;
    case 'identifier.check-digit':
      return `The ${what} is mistyped: its check digit does not fit`;
    case 'identifier.placeholder':
      return `The ${what} is a placeholder, not a person's number`;
    case 'identifier.pid':
      return 'The PID is mistyped: its checksum does not fit';
    case 'identifier.ref':
      return 'This reference to a patient is not from this clinic';
    case 'identifier.no-key':
      return 'This clinic is not admitted to the network: it holds no identifier key';
    case 'identifier.evaluation':
      return 'The identifier could not be computed';
    case 'identifier.unreachable':
      return `The identifier needs ${type.needed} clinics with a share of the identifier key; ${type.reached} can be reached`;
    case 'identifier.quota':
      return `The other clinics compute no more new identifiers for this clinic before ${new Date(type.until).toISOString()}`;
    case 'identifier.busy':
      return 'Too many identifiers are being computed; ask again in a moment';
  }
}

export class IdentifierError extends CodedError<IdentifierErrorType> {
  constructor(type: IdentifierErrorType, message?: string, options?: ErrorOptions) {
    super(type, message ?? sentence(type), options);
  }
}
