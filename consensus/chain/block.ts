// Block layout and the root over its body (PROTOCOL 5.4). Transactions are decoded and sealed on the way in.
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { sealTransaction } from '../ledger/transaction.ts';
import type { SealedTransaction } from '../ledger/types.ts';
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES, SIGNATURE_BYTES } from '../limits.ts';
import { merkleRoot } from '../merkle.ts';
import { decodeCertificate, MAX_CERTIFICATE_BYTES } from './finality/certificate.ts';
import { decodeSignedHeader, readHeader, SIGNED_HEADER_BYTES, writeHeader } from './header.ts';
import type { Block, SignedHeader } from './types.ts';

/** Bytes of a block without transactions: header, signature, certificate length, count. */
export const BLOCK_OVERHEAD_BYTES = SIGNED_HEADER_BYTES + 2 + 4;
/** Bytes that a transaction takes in a block beside its own. */
export const TRANSACTION_OVERHEAD_BYTES = 2;

export function encodedBlockBytes(block: Block): number {
  let size = BLOCK_OVERHEAD_BYTES + block.certificate.length;
  for (const { bytes } of block.transactions) size += TRANSACTION_OVERHEAD_BYTES + bytes.length;
  return size;
}

export function encodeBlock(block: Block): Uint8Array {
  const size = encodedBlockBytes(block);
  bound('block', size, MAX_BLOCK_BYTES);
  bound('block.transactions', block.transactions.length, MAX_BLOCK_TRANSACTIONS);
  const out = writeHeader(new Writer(size), block.header)
    .fixed(block.signature, SIGNATURE_BYTES)
    .bytes16(block.certificate, MAX_CERTIFICATE_BYTES)
    .u32(block.transactions.length);
  for (const { bytes } of block.transactions) out.bytes16(bytes, MAX_TRANSACTION_BYTES);
  return out.finish();
}

/** Throws CodecError for malformed bytes, of a transaction too. Its transactions are copies: kept, they pin no block. */
export function decodeBlock(genesisId: Uint8Array, bytes: Uint8Array): Block {
  return atOnce(
    readBlock(genesisId, bytes, Number.POSITIVE_INFINITY, (reader) => reader.bytes16(MAX_TRANSACTION_BYTES)),
  );
}

/** As `decodeBlock`, its transactions views into `bytes`: for whoever forgets both at once. */
export function decodeBlockShared(genesisId: Uint8Array, bytes: Uint8Array): Block {
  return atOnce(decodeBlockInSteps(genesisId, bytes, Number.POSITIVE_INFINITY));
}

/** As `decodeBlockShared`, pausing after every `step` transactions: a full block is 50 ms of work and more. */
export function decodeBlockInSteps(genesisId: Uint8Array, bytes: Uint8Array, step: number): BlockSteps {
  return readBlock(genesisId, bytes, step, (reader) => reader.shared16(MAX_TRANSACTION_BYTES));
}

type BlockSteps = Generator<undefined, Block, undefined>;

function atOnce(steps: BlockSteps): Block {
  return steps.next().value as Block;
}

function* readBlock(
  genesisId: Uint8Array,
  bytes: Uint8Array,
  step: number,
  next: (reader: Reader) => Uint8Array,
): BlockSteps {
  bound('block', bytes.length, MAX_BLOCK_BYTES);
  const reader = new Reader(bytes);
  const header = readHeader(reader);
  const signature = reader.fixed(SIGNATURE_BYTES);
  const certificate = reader.bytes16(MAX_CERTIFICATE_BYTES);
  if (certificate.length > 0) decodeCertificate(certificate);
  const count = reader.u32();
  bound('block.transactions', count, MAX_BLOCK_TRANSACTIONS);
  const transactions: SealedTransaction[] = [];
  for (let i = 0; i < count; i++) {
    transactions.push(sealTransaction(genesisId, next(reader)));
    if (transactions.length % step === 0) yield;
  }
  reader.end();
  return { header, signature, certificate, transactions };
}

/** The header and signature with which an encoded block begins; the body stays unread. */
export function signedHeaderOf(blockBytes: Uint8Array): SignedHeader {
  return decodeSignedHeader(blockBytes.subarray(0, SIGNED_HEADER_BYTES));
}

/** The certificate in an encoded block, empty when it has none; nothing else of the body is read. */
export function certificateOf(blockBytes: Uint8Array): Uint8Array {
  if (blockBytes.length < BLOCK_OVERHEAD_BYTES) return EMPTY_BYTES;
  return new Reader(blockBytes.subarray(SIGNED_HEADER_BYTES)).bytes16(MAX_CERTIFICATE_BYTES);
}

/** txRoot, 32 bytes. */
export function transactionRoot(certificate: Uint8Array, witnessIds: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(bodyLeaves(certificate, witnessIds));
}

/** What txRoot is over, in order. */
export function bodyLeaves(certificate: Uint8Array, witnessIds: readonly Uint8Array[]): Uint8Array[] {
  return [taggedHash('wardmesh/certificate/1', certificate), ...witnessIds];
}

function bound(field: string, length: number, limit: number): void {
  if (length > limit) throw new CodecError({ code: 'codec.length', field, length, limit });
}
