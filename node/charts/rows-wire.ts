// What the clinic of a chart sends to those that keep its rows (PROTOCOL 8): items in one message that it signs for one clinic
// and a minute, its own ticket for replication. Owns bytes only.
import { randomBytes, signEd25519, verifyEd25519 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import { type Category, categoryByte, categoryOfByte } from '../../records/category.ts';
import { decodeKeyRow, encodeKeyRow, type KeyRow, MAX_KEY_ROW_BYTES } from '../../records/chart/key-row.ts';
import { MAX_CID_TEXT } from '../../records/chart/manifest.ts';
import { decodePacket, encodePacket, type Packet } from '../../records/chart/packet.ts';
import { decodeSealedTerms, encodeSealedTerms, type SealedTerms } from '../../records/chart/sealed-terms.ts';
import { decodeVaultKey, encodeVaultKey, type VaultKey } from '../../records/vault/vault-key.ts';
import { MAX_INLINE_BYTES } from './key-wire.ts';

/** Items in one message: an answer names them by one byte. */
export const MAX_ROW_ITEMS = 256;
/** Beyond this a message is full; one item always fits. */
export const ROWS_MESSAGE_BYTES = 256 * 1024;
/** How long a message may be on its way, ms. */
export const ROWS_TTL_MS = 60_000;
const NONCE_BYTES = 16;
/** Begins an answer. */
const TAKEN = 1;
const HEAD_BYTES = 2 + 2 + 8 + NONCE_BYTES + 2;

export const ROWS: ProtocolOptions = {
  protocol: '/wardmesh/rows/1',
  maxRequestBytes: HEAD_BYTES + ROWS_MESSAGE_BYTES + MAX_INLINE_BYTES + 1024,
  maxChunkBytes: 1 + MAX_ROW_ITEMS,
  maxChunks: 1,
  rate: 50,
  burst: 500,
};

export type RowItem =
  | { readonly type: 'row'; readonly row: KeyRow }
  | { readonly type: 'packet'; readonly packet: Packet }
  | { readonly type: 'terms'; readonly terms: SealedTerms }
  /** The envelope of a row; in a queue without its bytes, which are read when it goes out. */
  | { readonly type: 'blob'; readonly cid: string; readonly bytes: Uint8Array }
  /** Packets of epochs before this one open nothing any more. */
  | { readonly type: 'drop-epochs'; readonly chart: Uint8Array; readonly category: Category; readonly below: number }
  /** Packets of a grant that ended. */
  | { readonly type: 'drop-grant'; readonly chart: Uint8Array; readonly category: Category; readonly grant: Uint8Array }
  /** Somebody else keeps the rows of this category from here on. */
  | { readonly type: 'drop-rows'; readonly chart: Uint8Array; readonly category: Category }
  /** Whose the chart is of which the rest is; of nothing else anything is kept. `vault`: one of which the patient has the keys. */
  | { readonly type: 'chart'; readonly chart: Uint8Array; readonly handle: Uint8Array; readonly vault: boolean }
  | { readonly type: 'vault-key'; readonly key: VaultKey };

const TYPES = [
  ...(['row', 'packet', 'terms', 'blob', 'drop-epochs', 'drop-grant', 'drop-rows', 'chart', 'vault-key'] as const),
] as const;
const MAX_ITEM_BYTES = Math.max(MAX_KEY_ROW_BYTES, MAX_INLINE_BYTES + MAX_CID_TEXT) + 8;

export interface RowsMessage {
  readonly from: ClinicNumber;
  readonly to: ClinicNumber;
  /** ms. */
  readonly ends: number;
  readonly nonce: Uint8Array;
  readonly items: readonly RowItem[];
}

export function makeRowsMessage(
  to: { readonly from: ClinicNumber; readonly to: ClinicNumber; readonly now: number },
  items: readonly Uint8Array[],
  genesisId: Uint8Array,
  seed: Uint8Array,
): Uint8Array {
  const out = new Writer(4096).u16(to.from).u16(to.to);
  out
    .u64(to.now + ROWS_TTL_MS)
    .fixed(randomBytes(NONCE_BYTES), NONCE_BYTES)
    .u16(items.length);
  for (const item of items) out.u32(item.length).fixed(item, item.length);
  const body = out.finish();
  return new Writer(body.length + 64)
    .fixed(body, body.length)
    .fixed(signEd25519(seed, signedBytes(genesisId, body)), 64)
    .finish();
}

/** Throws CodecError. */
export function decodeRowsMessage(bytes: Uint8Array): RowsMessage {
  const input = new Reader(bytes);
  const [from, to, ends] = [input.u16(), input.u16(), input.u64()];
  const nonce = input.fixed(NONCE_BYTES);
  const count = input.u16();
  if (count > MAX_ROW_ITEMS) throw new CodecError({ code: 'codec.range', field: 'rows' });
  const items = Array.from({ length: count }, () => decodeRowItem(input.shared(itemLength(input.u32()))));
  input.fixed(64);
  input.end();
  return { from, to, ends, nonce, items };
}

export function verifyRowsMessage(bytes: Uint8Array, genesisId: Uint8Array, nodeKey: Uint8Array): Promise<boolean> {
  const at = bytes.length - 64;
  return verifyEd25519(nodeKey, signedBytes(genesisId, bytes.subarray(0, at)), bytes.subarray(at));
}

/** Of an item but ciphertext, which belongs to no chart by itself. */
export function chartOfItem(item: Exclude<RowItem, { readonly type: 'blob' }>): Uint8Array {
  if (item.type === 'row') return item.row.chart;
  if (item.type === 'packet') return item.packet.chart;
  if (item.type === 'vault-key') return item.key.chart;
  return item.type === 'terms' ? item.terms.chart : item.chart;
}

export function isTakingAway(item: RowItem): boolean {
  return item.type.startsWith('drop-');
}

/** Which items of a message, by position, wait until the chain has their patient at the sender; the rest was taken. */
export function encodeRowsAnswer(waiting: readonly number[]): Uint8Array {
  return Uint8Array.of(TAKEN, ...waiting);
}

/** For a message of so many items. Throws CodecError. */
export function decodeRowsAnswer(bytes: Uint8Array, items: number): readonly number[] {
  const [first, ...waiting] = bytes;
  const isAscending = waiting.every((index, at) => index < items && (at === 0 || index > waiting[at - 1]));
  if (first !== TAKEN || !isAscending) throw new CodecError({ code: 'codec.value', field: 'rows.answer' });
  return waiting;
}

export function encodeRowItem(item: RowItem): Uint8Array {
  const out = new Writer(512).u8(TYPES.indexOf(item.type) + 1);
  switch (item.type) {
    case 'row':
      return rest(out, encodeKeyRow(item.row));
    case 'packet':
      return rest(out, encodePacket(item.packet));
    case 'terms':
      return rest(out, encodeSealedTerms(item.terms));
    case 'blob':
      return rest(out.text16(item.cid, MAX_CID_TEXT), item.bytes);
    case 'chart':
      return out
        .fixed(item.chart, 32)
        .fixed(item.handle, 32)
        .u8(item.vault ? 1 : 0)
        .finish();
    case 'vault-key':
      return rest(out, encodeVaultKey(item.key));
    default: {
      out.fixed(item.chart, 32).u8(categoryByte(item.category));
      if (item.type === 'drop-epochs') out.u32(item.below);
      if (item.type === 'drop-grant') out.fixed(item.grant, 32);
      return out.finish();
    }
  }
}

/** Throws CodecError. */
export function decodeRowItem(bytes: Uint8Array): RowItem {
  const input = new Reader(bytes);
  const type = TYPES[input.u8() - 1];
  const body = bytes.subarray(1);
  if (type === 'row') return { type, row: decodeKeyRow(body) };
  if (type === 'packet') return { type, packet: decodePacket(body) };
  if (type === 'terms') return { type, terms: decodeSealedTerms(body) };
  if (type === undefined) throw new CodecError({ code: 'codec.value', field: 'rows.type' });
  if (type === 'blob') return { type, cid: input.text16(MAX_CID_TEXT), bytes: input.fixed(input.left) };
  if (type === 'vault-key') return { type, key: decodeVaultKey(body) };
  const chart = input.fixed(32);
  if (type === 'chart') {
    const [handle, flag] = [input.fixed(32), input.u8()];
    if (flag > 1) throw new CodecError({ code: 'codec.value', field: 'rows.vault' });
    input.end();
    return { type, chart, handle, vault: flag === 1 };
  }
  const category = categoryOfByte(input.u8());
  if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'rows.category' });
  const about = { chart, category };
  const item: RowItem =
    type === 'drop-epochs'
      ? { type, ...about, below: input.u32() }
      : type === 'drop-grant'
        ? { type, ...about, grant: input.fixed(32) }
        : { type, ...about };
  input.end();
  return item;
}

function itemLength(length: number): number {
  if (length > MAX_ITEM_BYTES) throw new CodecError({ code: 'codec.range', field: 'rows.item' });
  return length;
}

function rest(out: Writer, bytes: Uint8Array): Uint8Array {
  return out.fixed(bytes, bytes.length).finish();
}

function signedBytes(genesisId: Uint8Array, body: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/rows/1', genesisId, body);
}
