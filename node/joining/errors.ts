// Why an invitation is not taken, or somebody is not served before admission.
import { CodedError } from '../../common/errors.ts';

export type JoiningErrorType =
  /** The text is no invitation. */
  | { code: 'invitation.malformed'; reason: string }
  /** Not signed by the clinic that it names. */
  | { code: 'invitation.signature' }
  /** Made for a clinic with another node key. */
  | { code: 'invitation.not-for-us' }
  /** ms since 1970. */
  | { code: 'invitation.expired'; expires: number }
  /** Whoever made the invitation did not answer. */
  | { code: 'invitation.no-peer'; peerId: string; reason: string }
  /** What a peer gave is the genesis of another network. */
  | { code: 'invitation.wrong-network' }
  /** This node follows the chain but belongs to no member. */
  | { code: 'clinic.not-a-member' }
  /** As many as this node watches over at once. */
  | { code: 'observers.full'; limit: number }
  /** Already a member of the network. */
  | { code: 'observers.member'; clinic: number };

export class JoiningError extends CodedError<JoiningErrorType> {}
