// Why a proof does not hold. Malformed bytes are CodecError.
import { CodedError } from '../../common/errors.ts';

export type ProofErrorType =
  /** Made for another network than the genesis document at hand. */
  | { code: 'proof.network' }
  /** A certificate and the header beside it are not about the same checkpoint, or steps do not ascend. */
  | { code: 'proof.checkpoint'; epoch: number }
  /** The certificate names a member set that does not follow from what was shown before. */
  | { code: 'proof.set'; epoch: number; set: number }
  /** Too few signatures, or of clinics that may not vote. */
  | { code: 'proof.quorum'; epoch: number }
  | { code: 'proof.signature'; epoch: number }
  /** A change of the members that the state of the checkpoint does not hold. */
  | { code: 'proof.change'; change: number }
  /** The block is not in the history that the final header commits to. */
  | { code: 'proof.history'; height: number }
  /** The transaction is not in the block. */
  | { code: 'proof.transaction' }
  /** The statement did not end so. */
  | { code: 'proof.outcome' }
  /** The state does not hold this value, or holds one where none was claimed. */
  | { code: 'proof.state' }
  /** The statement does not anchor this access event of this clinic. */
  | { code: 'proof.event' };

export class ProofError extends CodedError<ProofErrorType> {}
