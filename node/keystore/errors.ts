// Why a keystore or its passphrase was not usable. A wrong passphrase and a damaged body cannot be told apart.
import { CodedError } from '../../common/errors.ts';

export type KeystoreErrorType =
  | { code: 'keystore.missing'; path: string }
  | { code: 'keystore.exists'; path: string }
  /** The file is open to others: it must be a plain file of mode 0600 (0400) of the node's own user. */
  | { code: 'keystore.mode'; path: string; mode: string }
  /** Not a keystore, of another version, or cut off. */
  | { code: 'keystore.format'; path: string; reason: string }
  /** Does not open: a wrong passphrase, or altered bytes. */
  | { code: 'keystore.locked'; path: string }
  | { code: 'keystore.passphrase'; reason: string }
  | { code: 'keystore.contents'; reason: string };

export class KeystoreError extends CodedError<KeystoreErrorType> {}
