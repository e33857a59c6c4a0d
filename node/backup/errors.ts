// Why a backup was not made or not restored. Nothing of the target exists then that was not there before.
import { CodedError } from '../../common/errors.ts';

export type BackupErrorType =
  /** Decrypted, but no backup of this program, or not all of it. */
  | { code: 'backup.format'; reason: string }
  /** Made by a later version. */
  | { code: 'backup.version'; found: number; expected: number }
  /** The passphrase or key does not open it, or it was altered. */
  | { code: 'backup.locked'; path: string }
  /** There is something already: nothing is ever restored over it. */
  | { code: 'backup.exists'; path: string }
  /** The node does not hold all bodies of the chain any more. */
  | { code: 'backup.pruned' };

export class BackupError extends CodedError<BackupErrorType> {}
