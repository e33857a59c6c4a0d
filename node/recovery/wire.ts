// What a clinic that lost its keys asks of the others (`/wardmesh/recover/1`, PROTOCOL 8): a page of what you keep of my charts;
// send me again what I keep of yours. Owns bytes only.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import { MAX_INLINE_BYTES } from '../charts/key-wire.ts';
import { decodeRowItem, encodeRowItem, type RowItem } from '../charts/rows-wire.ts';

/** Rows in one page, each with its envelope where that is small. */
export const MAX_PAGE_ROWS = 128;
/** Beyond this a page is full; one row always fits. */
export const PAGE_BYTES = 256 * 1024;
/** Of the place behind clinic in a key: record and version, or category, epoch, grantee and grant, behind the chart. */
const MAX_PLACE = 96;
const ITEM_OVERHEAD = 8 * 1024;

export const RECOVER: ProtocolOptions = {
  protocol: '/wardmesh/recover/1',
  maxRequestBytes: 4 + MAX_PLACE,
  maxChunkBytes: PAGE_BYTES + MAX_INLINE_BYTES + ITEM_OVERHEAD,
  maxChunks: 1,
  rate: 20,
  burst: 200,
};

export const KEPT_TABLES = ['row', 'packet', 'terms', 'vaultKey'] as const;
export type KeptTable = (typeof KEPT_TABLES)[number];
/** Keys and terms are taken of charts that have rows; which of these are vaults, their keys say. */
export const IN_ORDER: readonly KeptTable[] = ['row', 'vaultKey', 'packet', 'terms'];

export type RecoverMessage =
  /** What follows `after`; empty: from the beginning. */
  { readonly type: 'page'; readonly table: KeptTable; readonly after: Uint8Array } | { readonly type: 'lost' };

export type RecoverAnswer =
  /** `next`: where the next page goes on; empty: there is none. */
  { readonly type: 'page'; readonly next: Uint8Array; readonly items: readonly RowItem[] } | { readonly type: 'noted' };

export function encodeRecoverMessage(message: RecoverMessage): Uint8Array {
  if (message.type === 'lost') return Uint8Array.of(2);
  return new Writer(128)
    .u8(1)
    .u8(KEPT_TABLES.indexOf(message.table) + 1)
    .bytes16(message.after, MAX_PLACE)
    .finish();
}

/** Throws CodecError. */
export function decodeRecoverMessage(bytes: Uint8Array): RecoverMessage {
  const input = new Reader(bytes);
  const type = input.u8();
  if (type !== 1 && type !== 2) throw new CodecError({ code: 'codec.value', field: 'recover.message' });
  const message = type === 2 ? ({ type: 'lost' } as const) : readPage(input);
  input.end();
  return message;
}

function readPage(input: Reader): RecoverMessage {
  const table = KEPT_TABLES[input.u8() - 1];
  if (table === undefined) throw new CodecError({ code: 'codec.value', field: 'recover.table' });
  return { type: 'page', table, after: input.bytes16(MAX_PLACE) };
}

export function encodeRecoverAnswer(answer: RecoverAnswer): Uint8Array {
  if (answer.type === 'noted') return Uint8Array.of(2);
  const out = new Writer(4096).u8(1).bytes16(answer.next, MAX_PLACE).u16(answer.items.length);
  for (const item of answer.items) {
    const bytes = encodeRowItem(item);
    out.u32(bytes.length).fixed(bytes, bytes.length);
  }
  return out.finish();
}

/** Throws CodecError. */
export function decodeRecoverAnswer(bytes: Uint8Array): RecoverAnswer {
  const input = new Reader(bytes);
  const type = input.u8();
  if (type !== 1 && type !== 2) throw new CodecError({ code: 'codec.value', field: 'recover.answer' });
  if (type === 2) {
    input.end();
    return { type: 'noted' };
  }
  const next = input.bytes16(MAX_PLACE);
  const count = input.u16();
  if (count > 2 * MAX_PAGE_ROWS) throw new CodecError({ code: 'codec.range', field: 'recover.items' });
  const items = Array.from({ length: count }, () => decodeRowItem(input.fixed(input.u32())));
  input.end();
  return { type: 'page', next, items };
}
