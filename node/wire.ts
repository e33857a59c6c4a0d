// Layouts of what nodes send each other around blocks: gossip bundles and sync requests (PROTOCOL 8).
// Owns bytes only; who may ask for what is node/sync.

import { CodecError } from '../common/codec/errors.ts';
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import type { Checkpoint } from '../consensus/chain/finality/types.ts';
import { readCheckpoint, writeCheckpoint } from '../consensus/chain/finality/vote.ts';
import type { Attachment } from '../consensus/ledger/types.ts';
import {
  MAX_ATTACHMENT_BYTES,
  MAX_ATTACHMENTS_BYTES,
  MAX_STATEMENTS,
  MAX_TRANSACTION_BYTES,
} from '../consensus/limits.ts';

/** A transaction with its attachments, as gossip carries it. */
export interface Bundle {
  readonly transaction: Uint8Array;
  readonly attachments: readonly Attachment[];
}

export const MAX_BUNDLE_BYTES = 1 + MAX_ATTACHMENTS_BYTES + MAX_STATEMENTS * 34 + 2 + MAX_TRANSACTION_BYTES;
export const STATUS_VERSION = 2;
export const MAX_RANGE = 64;
export const MAX_HASHES = 32;

/** `count u8 | count x (salt 32, b16) | transaction b16`. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const out = new Writer(bundle.transaction.length + 64).u8(bundle.attachments.length);
  for (const { salt, bytes } of bundle.attachments) out.fixed(salt, 32).bytes16(bytes, MAX_ATTACHMENT_BYTES);
  return out.bytes16(bundle.transaction, MAX_TRANSACTION_BYTES).finish();
}

export function decodeBundle(bytes: Uint8Array): Bundle {
  const reader = new Reader(bytes);
  const count = reader.u8();
  if (count > MAX_STATEMENTS) {
    throw new CodecError({ code: 'codec.length', field: 'attachments', length: count, limit: MAX_STATEMENTS });
  }
  const attachments: Attachment[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const salt = reader.fixed(32);
    const content = reader.bytes16(MAX_ATTACHMENT_BYTES);
    total += content.length;
    if (total > MAX_ATTACHMENTS_BYTES) {
      throw new CodecError({ code: 'codec.length', field: 'attachments', length: total, limit: MAX_ATTACHMENTS_BYTES });
    }
    attachments.push({ salt, bytes: content });
  }
  const transaction = reader.bytes16(MAX_TRANSACTION_BYTES);
  reader.end();
  return { transaction, attachments };
}

/** What two nodes tell each other when they meet, and again when a tip moves. */
export interface Status {
  readonly genesisId: Uint8Array;
  readonly height: number;
  readonly head: Uint8Array;
  readonly work: bigint;
  /** As the sender's head decided; what a status claims proves nothing. */
  readonly finalised: Checkpoint;
  readonly justified: Checkpoint;
  /** Height of the oldest block whose body the sender can give. */
  readonly oldestBody: number;
  /** ms since 1970, the sender's clock. */
  readonly clock: number;
}

/** `version u16 | genesis 32 | height u64 | head 32 | work u256 | finalised, justified: epoch u64, id 32 | oldest body u64 | clock u64`. */
export function encodeStatus(status: Status): Uint8Array {
  const out = new Writer(256)
    .u16(STATUS_VERSION)
    .fixed(status.genesisId, 32)
    .u64(status.height)
    .fixed(status.head, 32)
    .u256(status.work);
  writeCheckpoint(out, status.finalised);
  writeCheckpoint(out, status.justified);
  return out.u64(status.oldestBody).u64(status.clock).finish();
}

export function decodeStatus(bytes: Uint8Array): Status {
  const reader = new Reader(bytes);
  if (reader.u16() !== STATUS_VERSION) throw new CodecError({ code: 'codec.value', field: 'status version' });
  const status = {
    genesisId: reader.fixed(32),
    height: reader.u64(),
    head: reader.fixed(32),
    work: reader.u256(),
    finalised: readCheckpoint(reader),
    justified: readCheckpoint(reader),
    oldestBody: reader.u64(),
    clock: reader.u64(),
  };
  reader.end();
  return status;
}

/** Main-chain blocks from..from+count-1. `from u64 | count u8`. */
export interface RangeRequest {
  readonly from: number;
  readonly count: number;
}

export function encodeRangeRequest(request: RangeRequest): Uint8Array {
  return new Writer(9).u64(request.from).u8(request.count).finish();
}

export function decodeRangeRequest(bytes: Uint8Array): RangeRequest {
  const reader = new Reader(bytes);
  const request = { from: reader.u64(), count: reader.u8() };
  reader.end();
  if (request.count < 1 || request.count > MAX_RANGE) throw new CodecError({ code: 'codec.range', field: 'count' });
  return request;
}

/** How far somebody knows a sender's waiting transactions: below `next` without a gap. */
export interface Known {
  readonly sender: Uint8Array;
  readonly next: number;
}

/** Senders named in one request; what is not named is sent whole. */
export const MAX_KNOWN = 2048;

/** `count u16 | count x (sender 32, next u64)`; nothing at all asks for everything. */
export function encodeKnown(known: readonly Known[]): Uint8Array {
  const named = known.slice(0, MAX_KNOWN);
  const out = new Writer(2 + 40 * named.length).u16(named.length);
  for (const { sender, next } of named) out.fixed(sender, 32).u64(next);
  return out.finish();
}

export function decodeKnown(bytes: Uint8Array): Known[] {
  if (bytes.length === 0) return [];
  const reader = new Reader(bytes);
  const count = reader.u16();
  if (count > MAX_KNOWN) throw new CodecError({ code: 'codec.range', field: 'count' });
  const known = Array.from({ length: count }, () => ({ sender: reader.fixed(32), next: reader.u64() }));
  reader.end();
  return known;
}

/** `count u8 | count x 32`: block ids, or attachment commitments. */
export function encodeHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const out = new Writer(1 + 32 * hashes.length).u8(hashes.length);
  for (const hash of hashes) out.fixed(hash, 32);
  return out.finish();
}

export function decodeHashes(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const count = reader.u8();
  if (count < 1 || count > MAX_HASHES) throw new CodecError({ code: 'codec.range', field: 'count' });
  const hashes = Array.from({ length: count }, () => reader.fixed(32));
  reader.end();
  return hashes;
}
