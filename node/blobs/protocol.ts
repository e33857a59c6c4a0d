// `/wardmesh/blob/1` (PROTOCOL 11.4): part of a blob as the blocks that hold it, in the order of its DAG, so that whoever
// asked can compare each with its CID as it comes. Owns layouts and limits of the protocol.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import type { ByteRange } from '../../records/blobs/blob-store.ts';
import { CID_BYTES, cidBytes, cidText } from '../../records/blobs/cid.ts';
import { BlobError } from '../../records/blobs/errors.ts';

const MIB = 1024 * 1024;
/** Of one request; what is longer is asked for in turn, each time with a ticket of its own. */
export const MAX_RANGE_BYTES = 256 * MIB;
/** What stands in a request to be judged by others. */
export const MAX_BLOB_TICKET_BYTES = 16 * 1024;
/**
 * Of a block in one chunk: a slow line moves that much within the time that a chunk has. A leaf of 1 MiB is three of them, of
 * which the last is the shorter.
 */
export const PIECE_BYTES = 349_526;

const REQUEST_BYTES = CID_BYTES + 8 + 4 + 2;
/** Leaves of the largest range that begins within one, and the nodes above them, in pieces. */
const MAX_PIECES = (MAX_RANGE_BYTES / MIB + 2 + 16) * Math.ceil(MIB / PIECE_BYTES);
const LENGTH_AT = CID_BYTES + 8;

export const BLOBS: ProtocolOptions = {
  protocol: '/wardmesh/blob/1',
  maxRequestBytes: REQUEST_BYTES + MAX_BLOB_TICKET_BYTES,
  maxChunkBytes: PIECE_BYTES,
  maxChunks: MAX_PIECES,
  rate: 1024,
  burst: 4096,
  cost: (request) => 1 + (request.length < REQUEST_BYTES ? 0 : Math.floor(lengthIn(request) / MIB)),
};

export interface BlobRequest {
  readonly cid: string;
  /** May end beyond the blob; of no bytes: its root alone. At most MAX_RANGE_BYTES. */
  readonly range: ByteRange;
  readonly ticket: Uint8Array;
}

export function encodeBlobRequest({ cid, range, ticket }: BlobRequest): Uint8Array {
  return new Writer(REQUEST_BYTES + ticket.length)
    .fixed(cidBytes(cid), CID_BYTES)
    .u64(range.offset)
    .u32(range.length)
    .bytes16(ticket, MAX_BLOB_TICKET_BYTES)
    .finish();
}

/** Throws CodecError. */
export function decodeBlobRequest(bytes: Uint8Array): BlobRequest {
  const reader = new Reader(bytes);
  const cid = decodedCid(reader.fixed(CID_BYTES));
  const offset = reader.u64();
  const length = reader.u32();
  if (length > MAX_RANGE_BYTES || !Number.isSafeInteger(offset + length)) {
    throw new CodecError({ code: 'codec.value', field: 'blob.range' });
  }
  const ticket = reader.bytes16(MAX_BLOB_TICKET_BYTES);
  reader.end();
  return { cid, range: { offset, length }, ticket };
}

/** The parts of a block as they lie in it, without a copy. All but the last have PIECE_BYTES, the last fewer, if need be none. */
export function* piecesOf(block: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at <= block.length; at += PIECE_BYTES) yield block.subarray(at, at + PIECE_BYTES);
}

function decodedCid(bytes: Uint8Array): string {
  try {
    return cidText(bytes);
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    throw new CodecError({ code: 'codec.value', field: 'blob.cid' });
  }
}

function lengthIn(request: Uint8Array): number {
  return new DataView(request.buffer, request.byteOffset).getUint32(LENGTH_AT);
}
