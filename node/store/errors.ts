// Why a database cannot do what was asked. `store.damaged` means: this directory is not to be trusted any more. A copy of
// what the network has (chain, attachments) is then fetched again into a fresh directory, what only this clinic has comes
// from its journal copy; nothing is ever repaired in place.
import { CodedError } from '../../common/errors.ts';

export type StoreErrorType =
  /** Bytes on disk are not what was written, and going back did not help. `what` names the part, `file` the file. */
  | { code: 'store.damaged'; what: string; file?: string }
  /** Another process has the directory open. */
  | { code: 'store.locked'; path: string }
  /** The directory belongs to another network. */
  | { code: 'store.genesis' }
  /** The directory was written by another version of the layout. */
  | { code: 'store.version'; what: string; found: number; expected: number }
  /** The key does not open this database. */
  | { code: 'store.key' }
  | { code: 'store.closed' }
  | { code: 'store.unknown-block'; block: string }
  /** The block is no child of the tip. */
  | { code: 'store.not-child'; block: string }
  /** Block 0 cannot be undone. */
  | { code: 'store.genesis-tip' }
  /** No snapshot is being taken in. */
  | { code: 'store.no-import' }
  /** Nothing can be shown about a block above the last final one. */
  | { code: 'store.not-final'; height: number; final: number }
  /** Too much was written since the last final block to show the state that it commits to. */
  | { code: 'store.too-far'; limit: number }
  /** This node does not keep what a proof about this height needs. */
  | { code: 'store.not-kept'; height: number }
  /** A bound on entries or bytes is reached. */
  | { code: 'store.full'; limit: number }
  /** More than so many rows changed while all rows of one moment were read. */
  | { code: 'store.changed'; limit: number }
  /** It is older than what this clinic knows to have been in it: what was ended since would begin again. */
  | { code: 'store.older'; what: string }
  /** What was lost is being brought back from others: nothing is read or written before that. */
  | { code: 'store.recovering' }
  /** The thread that owns the database is gone. */
  | { code: 'store.worker'; reason: string }
  /** There is no room on the disk: nothing of the write was kept. */
  | { code: 'store.disk-full' }
  /** The disk failed to take what was written: nothing is acknowledged until all is written there anew. */
  | { code: 'store.not-synced' }
  /** The disk or the engine refused: unreadable, out of handles. */
  | { code: 'store.failed'; reason: string };

export class StoreError extends CodedError<StoreErrorType> {}
