// Layouts of compact block relay (PROTOCOL 8.10): the compact block, and the request for transactions that are missing.
// Owns bytes only; every count is checked against its bound before anything is allocated for it.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { decodeCertificate, MAX_CERTIFICATE_BYTES } from '../../consensus/chain/finality/certificate.ts';
import { encodeSignedHeader, readHeader, SIGNED_HEADER_BYTES } from '../../consensus/chain/header.ts';
import type { Block, SignedHeader } from '../../consensus/chain/types.ts';
import { MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES, SIGNATURE_BYTES } from '../../consensus/limits.ts';
import { SHORT_ID_BYTES, shortIdsOf } from './short-ids.ts';

/** Bodies up to this size travel inside: asking for them would cost a round trip and save nothing. */
export const PREFILL_BYTES = 8 * 1024;
/** Of all prefilled transactions together, with their indexes: one more than fits `PREFILL_BYTES` is never sent. */
const MAX_PREFILLED_BYTES = 2 * PREFILL_BYTES;

/** Header, the largest certificate, what travels inside, and the short ids of 8192 transactions: 129 KiB. */
export const MAX_COMPACT_BYTES = 160 * 1024;
/** Transactions of an answer are packed into chunks up to this size. */
export const MAX_TRANSACTIONS_CHUNK_BYTES = 256 * 1024;
/** A whole body: every chunk but the last is so full that a transaction of the largest size did not fit any more. */
export const MAX_TRANSACTIONS_CHUNKS = 9;
export const MAX_MISSING_REQUEST_BYTES = 32 + 2 + 2 * MAX_BLOCK_TRANSACTIONS;

export interface Prefilled {
  readonly index: number;
  /** Encoded transaction. */
  readonly bytes: Uint8Array;
}

export interface CompactBlock extends SignedHeader {
  readonly certificate: Uint8Array;
  /** Ascending by index. */
  readonly prefilled: readonly Prefilled[];
  /** Of all other transactions, in block order. */
  readonly shortIds: readonly number[];
}

export function compactOf(block: Block): CompactBlock {
  const { header, signature, certificate, transactions } = block;
  const bodyBytes = transactions.reduce((sum, { bytes }) => sum + 4 + bytes.length, 0);
  if (bodyBytes <= PREFILL_BYTES) {
    const prefilled = transactions.map(({ bytes }, index) => ({ index, bytes }));
    return { header, signature, certificate, prefilled, shortIds: [] };
  }
  const shortId = shortIdsOf(encodeSignedHeader(block));
  const shortIds = transactions.map(({ witnessId }) => shortId(witnessId));
  return { header, signature, certificate, prefilled: [], shortIds };
}

/** `signed header 296 | certificate b16 | count u16 | count x (index u16, b16) | count u16 | count x short id 6`. */
export function encodeCompact(compact: CompactBlock): Uint8Array {
  const { certificate, prefilled, shortIds } = compact;
  const out = new Writer(512 + SHORT_ID_BYTES * shortIds.length)
    .fixed(encodeSignedHeader(compact), SIGNED_HEADER_BYTES)
    .bytes16(certificate, MAX_CERTIFICATE_BYTES)
    .u16(prefilled.length);
  for (const { index, bytes } of prefilled) out.u16(index).bytes16(bytes, MAX_TRANSACTION_BYTES);
  out.u16(shortIds.length);
  for (const id of shortIds) out.u16(Math.floor(id / 0x1_0000_0000)).u32(id % 0x1_0000_0000);
  return out.finish();
}

export function decodeCompact(bytes: Uint8Array): CompactBlock {
  bound('compact', bytes.length, MAX_COMPACT_BYTES);
  const reader = new Reader(bytes);
  const header = readHeader(reader);
  const signature = reader.fixed(SIGNATURE_BYTES);
  const certificate = reader.bytes16(MAX_CERTIFICATE_BYTES);
  if (certificate.length > 0) decodeCertificate(certificate);
  const prefilled: Prefilled[] = [];
  const prefilledCount = reader.u16();
  bound('compact.prefilled', prefilledCount, MAX_BLOCK_TRANSACTIONS);
  const start = reader.offset;
  let last = -1;
  for (let i = 0; i < prefilledCount; i++) {
    const index = reader.u16();
    if (index <= last) throw new CodecError({ code: 'codec.value', field: 'compact.index' });
    last = index;
    prefilled.push({ index, bytes: reader.bytes16(MAX_TRANSACTION_BYTES) });
    bound('compact.prefilled', reader.offset - start, MAX_PREFILLED_BYTES);
  }
  const count = reader.u16();
  bound('compact.transactions', prefilledCount + count, MAX_BLOCK_TRANSACTIONS);
  if (last >= prefilledCount + count) throw new CodecError({ code: 'codec.value', field: 'compact.index' });
  if (reader.left !== count * SHORT_ID_BYTES) throw new CodecError({ code: 'codec.value', field: 'compact.shortIds' });
  const shortIds = Array.from({ length: count }, () => reader.u16() * 0x1_0000_0000 + reader.u32());
  reader.end();
  return { header, signature, certificate, prefilled, shortIds };
}

/** Transactions of one block by their places in it. */
export interface MissingRequest {
  readonly block: Uint8Array;
  /** Ascending, at least one. */
  readonly indexes: readonly number[];
}

/** `block id 32 | count u16 (1..8192) | count x index u16, ascending`. */
export function encodeMissingRequest({ block, indexes }: MissingRequest): Uint8Array {
  const out = new Writer(34 + 2 * indexes.length).fixed(block, 32).u16(indexes.length);
  for (const index of indexes) out.u16(index);
  return out.finish();
}

export function decodeMissingRequest(bytes: Uint8Array): MissingRequest {
  const reader = new Reader(bytes);
  const block = reader.fixed(32);
  const count = reader.u16();
  if (count < 1 || count > MAX_BLOCK_TRANSACTIONS) throw new CodecError({ code: 'codec.range', field: 'count' });
  if (reader.left !== 2 * count) throw new CodecError({ code: 'codec.value', field: 'indexes' });
  let last = -1;
  const indexes = Array.from({ length: count }, () => {
    const index = reader.u16();
    if (index <= last) throw new CodecError({ code: 'codec.value', field: 'index' });
    last = index;
    return index;
  });
  reader.end();
  return { block, indexes };
}

/** One chunk of an answer: transactions as b16, back to back. */
export function* encodeTransactionChunks(transactions: Iterable<Uint8Array>): Generator<Uint8Array> {
  let chunk = new Writer(MAX_TRANSACTION_BYTES);
  for (const bytes of transactions) {
    if (chunk.length + 2 + bytes.length > MAX_TRANSACTIONS_CHUNK_BYTES) {
      yield chunk.finish();
      chunk = new Writer(MAX_TRANSACTION_BYTES);
    }
    chunk.bytes16(bytes, MAX_TRANSACTION_BYTES);
  }
  if (chunk.length > 0) yield chunk.finish();
}

/** Views into `chunk`. */
export function decodeTransactionChunk(chunk: Uint8Array): Uint8Array[] {
  const reader = new Reader(chunk);
  const transactions: Uint8Array[] = [];
  while (reader.left > 0) {
    transactions.push(reader.shared16(MAX_TRANSACTION_BYTES));
    bound('transactions', transactions.length, MAX_BLOCK_TRANSACTIONS);
  }
  return transactions;
}

function bound(field: string, length: number, limit: number): void {
  if (length > limit) throw new CodecError({ code: 'codec.length', field, length, limit });
}
