// Why catching up did not go on. What a code costs the peer is peer-policy.ts.
import { CodedError } from '../../common/errors.ts';

export type SyncErrorType =
  /** The peer belongs to another network. */
  | { code: 'sync.wrong-network' }
  /** The peer answered with something that was not asked for. */
  | { code: 'sync.wrong-answer'; height: number }
  /** The peer keeps back the body of a block whose header it gave. */
  | { code: 'sync.withheld'; height: number }
  /** The peer's part of a snapshot is not what the state root says. */
  | { code: 'sync.wrong-part'; part: number }
  /** No peer gave what is needed in time. */
  | { code: 'sync.stalled'; height: number }
  /** The peer's headers do not lead to a checkpoint that is proven final. */
  | { code: 'sync.not-final'; height: number };

export class SyncError extends CodedError<SyncErrorType> {}
