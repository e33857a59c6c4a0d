// Entries of one minute and one source, sealed under the key of their day: when the key is gone, so are the addresses and
// all else. The head stands open: how many of which action, so that counting needs no key. Owns no file.
//   u32 length of what follows | head | nonce 12 | entries sealed, with the head as associated data
//   head: version u8 | key u32 | first number u64 | minute u32 | entries u16 | by action 4 x u16 | threats u16 |
//         lost before it u32 | source text16 | last sequence of the source u64
import { aeadOpen, aeadSeal, randomBytes } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { AEAD_NONCE_BYTES } from '../../common/crypto/bounds.ts';
import type { Action } from '../judge/decision.ts';
import { type LoggedRequest, readEntry, writeEntry } from './entry.ts';
import { isThreat } from './ranking.ts';

/** By place in the head. */
export const LOG_ACTIONS = ['allow', 'challenge', 'limit', 'refuse'] as const satisfies readonly Action[];
export type ActionCounts = Readonly<Record<Action, number>>;

export interface BlockHead {
  /** Which key opens it. */
  readonly key: number;
  /** Number of its first entry; the others follow without a gap. */
  readonly first: number;
  /** Since 1970. */
  readonly minute: number;
  readonly count: number;
  readonly actions: ActionCounts;
  /** How many of them stand out: ranking.ts. */
  readonly threats: number;
  /** Requests before this block that were judged and are in no entry. */
  readonly lost: number;
  /** Name of the gateway that judged; empty for the node itself. */
  readonly source: string;
  /** The source's own count of its entries, of the last one in here; 0 for the node itself. */
  readonly sequence: number;
}

export type BlockFacts = Pick<BlockHead, 'key' | 'first' | 'minute' | 'lost' | 'source' | 'sequence'>;

export interface SealedBlock {
  readonly head: BlockHead;
  /** All of it, with its length before it. */
  readonly bytes: Uint8Array;
  /** Bytes of length and head. */
  readonly headEnd: number;
}

export const MAX_BLOCK_ENTRIES = 256;
export const MAX_BLOCK_BYTES = 1024 * 1024;
export const MAX_SOURCE_BYTES = 80;
const VERSION = 1;
const MINUTES_A_DAY = 1440;
const LENGTH_BYTES = 4;

/** Days since 1970 (UTC). */
export function dayOf(minute: number): number {
  return Math.floor(minute / MINUTES_A_DAY);
}

/** All entries are of `facts.minute`; one to MAX_BLOCK_ENTRIES. */
export function sealBlock(key: Uint8Array, facts: BlockFacts, entries: readonly LoggedRequest[]): SealedBlock {
  const plain = new Writer(160 * entries.length);
  const actions = { allow: 0, challenge: 0, limit: 0, refuse: 0 };
  let threats = 0;
  for (const entry of entries) {
    writeEntry(plain, entry);
    actions[entry.decision.action]++;
    if (isThreat(entry)) threats++;
  }
  const head: BlockHead = { ...facts, count: entries.length, actions, threats };
  const headBytes = encodeHead(head);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  const sealed = aeadSeal(key, nonce, plain.finish(), headBytes);
  const length = new Writer(LENGTH_BYTES).u32(headBytes.length + nonce.length + sealed.length).finish();
  return {
    head,
    bytes: concatBytes(length, headBytes, nonce, sealed),
    headEnd: LENGTH_BYTES + headBytes.length,
  };
}

/** The blocks of a file one after another, until what is there is no whole block any more. */
export function* blocksIn(bytes: Uint8Array): Generator<SealedBlock> {
  for (let at = 0; bytes.length - at > LENGTH_BYTES; ) {
    const length = new Reader(bytes.subarray(at, at + LENGTH_BYTES)).u32();
    const end = at + LENGTH_BYTES + length;
    if (length > MAX_BLOCK_BYTES || end > bytes.length) return;
    const block = bytes.subarray(at, end);
    const read = readHead(block.subarray(LENGTH_BYTES));
    if (read === undefined) return;
    yield { head: read.head, bytes: block, headEnd: LENGTH_BYTES + read.length };
    at = end;
  }
}

/** In the order of judgement. Throws CryptoError under another key, CodecError for what no node wrote. */
export function openBlock(key: Uint8Array, { head, bytes, headEnd }: SealedBlock): LoggedRequest[] {
  const headBytes = bytes.subarray(LENGTH_BYTES, headEnd);
  const nonce = bytes.subarray(headEnd, headEnd + AEAD_NONCE_BYTES);
  const input = new Reader(aeadOpen(key, nonce, bytes.subarray(headEnd + AEAD_NONCE_BYTES), headBytes));
  const entries = Array.from({ length: head.count }, () => readEntry(input, head.minute));
  input.end();
  return entries;
}

function encodeHead({ key, first, minute, count, actions, threats, lost, source, sequence }: BlockHead): Uint8Array {
  const out = new Writer(64).u8(VERSION).u32(key).u64(first).u32(minute).u16(count);
  for (const action of LOG_ACTIONS) out.u16(actions[action]);
  return out.u16(threats).u32(lost).text16(source, MAX_SOURCE_BYTES).u64(sequence).finish();
}

/** Undefined for what is no head. */
function readHead(bytes: Uint8Array): { readonly head: BlockHead; readonly length: number } | undefined {
  try {
    const input = new Reader(bytes);
    if (input.u8() !== VERSION) return undefined;
    const [key, first, minute, count] = [input.u32(), input.u64(), input.u32(), input.u16()];
    const [allow, challenge, limit, refuse] = [input.u16(), input.u16(), input.u16(), input.u16()];
    const [threats, lost] = [input.u16(), input.u32()];
    const [source, sequence] = [input.text16(MAX_SOURCE_BYTES), input.u64()];
    const sum = allow + challenge + limit + refuse;
    if (count === 0 || count > MAX_BLOCK_ENTRIES || sum !== count || threats > count) return undefined;
    const actions = { allow, challenge, limit, refuse };
    return { head: { key, first, minute, count, actions, threats, lost, source, sequence }, length: input.offset };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
