// Why a transaction is not kept waiting here. Local policy: none of it makes a block invalid.
import { CodedError } from '../../common/errors.ts';

export type MempoolErrorType =
  /** The sending key belongs to no member. */
  | { code: 'mempool.sender' }
  /** The sequence was used on the chain already. */
  | { code: 'mempool.stale'; sequence: number; next: number }
  /** Another transaction holds this sequence: the first seen keeps it. */
  | { code: 'mempool.taken'; sequence: number }
  /** Too far above the sender's next sequence. */
  | { code: 'mempool.gap'; sequence: number; next: number }
  /** It can no longer enter a block, or only too far in the future. */
  | { code: 'mempool.expired'; validUntil: number }
  /** No room: the pool is full and this clinic is above its share. */
  | { code: 'mempool.full' };

export class MempoolError extends CodedError<MempoolErrorType> {}
