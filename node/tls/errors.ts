// What can be wrong with a certificate that the configuration names.
import { CodedError } from '../../common/errors.ts';

export type TlsErrorType =
  /** `config.` codes: the command ends with the exit code of a wrong configuration. */
  | { code: 'config.tls-file'; file: string; reason: string }
  /** Only one of certificate and key is named. */
  | { code: 'config.tls-half' }
  /** Certificate and key are no pair, or no PEM. */
  | { code: 'config.tls-pair'; reason: string };

export class TlsError extends CodedError<TlsErrorType> {}
