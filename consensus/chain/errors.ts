// Why a header or block is not taken. Malformed bytes are CodecError; which codes condemn an id is decided here, once.
import { CodedError } from '../../common/errors.ts';

export type RootName = 'outcomeRoot' | 'stateRoot' | 'historyRoot';

export type CertificateProblem =
  /** The source is below what is final. */
  | 'old'
  /** A checkpoint is not of this chain. */
  | 'checkpoint'
  /** The source is not justified on this chain. */
  | 'source'
  /** What it shows is known. */
  | 'nothing-new'
  /** It names another member set, somebody who may not sign, or too few. */
  | 'quorum'
  | 'signature';

export type BlockErrorType =
  /** The id is above the header's own target (5.2). */
  | { code: 'block.work' }
  /** The target is easier or harder than genesis allows (5.7). */
  | { code: 'block.target-bounds' }
  /** Only block 0, which is never sent, has height 0 (3.3). */
  | { code: 'block.genesis' }
  /** `parent` is not the id of the block that it was checked against. */
  | { code: 'block.parent' }
  /** The height is not the parent's plus one. */
  | { code: 'block.height'; expected: number; found: number }
  /** The target is not the one that the parent leads to (5.7). */
  | { code: 'block.target' }
  /** The header names another member set than the one in force. */
  | { code: 'block.member-set'; expected: number; found: number }
  /** The signer is no clinic of the member set. */
  | { code: 'block.signer'; signer: number }
  /** Sooner after the parent than half a block interval (5.8). Times in ms. */
  | { code: 'block.spacing'; earliest: number; timestamp: number }
  /** The signer mined lately and has not waited long enough (5.9). Times in ms. */
  | { code: 'block.diversity'; earliest: number; timestamp: number }
  /** A root is not the one that the parent's execution gave. */
  | { code: 'block.root'; root: RootName }
  /** Further ahead of our clock than two block intervals: hold it until `due` (ms), never remember it as invalid (5.8). */
  | { code: 'block.early'; due: number }
  /** The signature is not the signer's (5.3); says nothing about the id. */
  | { code: 'block.signature' }
  /** The body is not the one that the header commits to (5.4); says nothing about the id. */
  | { code: 'block.tx-root' }
  /** The certificate does not hold on this chain (5.13.6). */
  | { code: 'block.certificate'; problem: CertificateProblem }
  /** The public-key work of the block is over budget. */
  | { code: 'block.units'; units: number; limit: number }
  /** A transaction may not stand at this height any more. */
  | { code: 'block.expired'; transaction: number; validUntil: number }
  /** A transaction may stand in blocks too far ahead. */
  | { code: 'block.lifetime'; transaction: number; validUntil: number }
  /** A signature in a transaction is wrong: the sender's or a statement's. */
  | { code: 'block.transaction-signature'; transaction: number }
  /** The sender is no active key of the member set. */
  | { code: 'block.sender'; transaction: number }
  /** A clinic author is not the sender's clinic (4.5). */
  | { code: 'block.author'; transaction: number; statement: number }
  /** A gateway key sent something else than a threat statement (4.5). */
  | { code: 'block.gateway'; transaction: number; statement: number }
  /** The sequence is not that sender's next. */
  | { code: 'block.sequence'; transaction: number; expected: number; found: number }
  /** One clinic filled more than its share while others mine too. */
  | { code: 'block.share'; clinic: number; bytes: number; limit: number };

export class BlockError extends CodedError<BlockErrorType> {}

/**
 * Whether the id itself is bad for ever. Not when time heals it, nor when the signature or body that came along
 * may simply be another's: the same id with the right ones is still welcome.
 */
export function condemnsId(error: BlockError): boolean {
  return error.code !== 'block.early' && error.code !== 'block.signature' && error.code !== 'block.tx-root';
}
