// Why a vault was not made, read or opened. The metadata never holds a secret.
import { CodedError } from '../../common/errors.ts';

export type VaultErrorType =
  /** Not a vault file, or one that somebody altered. */
  | { code: 'vault.format'; field: string }
  /** The secret does not open the vault. */
  | { code: 'vault.secret' }
  /** The vault has no such way to open it. */
  | { code: 'vault.no-way'; kind: string }
  /** Another way stands at this place already. */
  | { code: 'vault.taken'; kind: string }
  /** A vault that no way opens is lost. */
  | { code: 'vault.last-way' }
  | { code: 'vault.too-many'; limit: number }
  /** Weaker than this program accepts, or dearer than it pays. */
  | { code: 'vault.kdf'; field: string }
  /** Not 24 words of the list, or mistyped: the checksum does not hold. */
  | { code: 'vault.words' }
  /** These holders' shares are not the ones that were promised; with none named, too few came, or another asks. */
  | { code: 'vault.share'; holders: readonly number[] }
  /** Not the bytes of one statement by this key. */
  | { code: 'vault.statement' };

export class VaultError extends CodedError<VaultErrorType> {}
