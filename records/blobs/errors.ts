// Why a blob was not kept, given or taken. CIDs are those of ciphertext and name nobody.
import { CodedError } from '../../common/errors.ts';

export type BlobErrorType =
  /** No CID of a blob: version 1, base32, SHA-256, raw or dag-pb. */
  | { code: 'blob.cid' }
  | { code: 'blob.absent'; cid: string }
  | { code: 'blob.range'; cid: string }
  /** A file of this block is here and its bytes are others. Never given out, never repaired in place. */
  | { code: 'blob.damaged'; cid: string; block: string }
  | { code: 'blob.missing-block'; cid: string; block: string }
  /** A node that the importer does not make: whoever built it could have known. */
  | { code: 'blob.shape'; block: string }
  /** A peer gave bytes that are not those of the block that stands next. */
  | { code: 'blob.wrong-block'; block: string }
  /** A peer ended its answer before the range was whole, without an error. */
  | { code: 'blob.withheld'; cid: string }
  /** Nobody who was asked gave all of it; what came is on disk. */
  | { code: 'blob.unavailable'; cid: string; asked: number }
  | { code: 'blob.busy' };

export class BlobError extends CodedError<BlobErrorType> {}
