// What is asked and answered over `/wardmesh/key/1` (PROTOCOL 8): a ticket, then a verdict, packets and key rows. Owns bytes only.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import { decodeKeyRow, encodeKeyRow, type KeyRow, MAX_KEY_ROW_BYTES } from '../../records/chart/key-row.ts';
import { MAX_CID_TEXT } from '../../records/chart/manifest.ts';
import { decodePacket, encodePacket, MAX_PACKET_BYTES, type Packet } from '../../records/chart/packet.ts';
import { MAX_TICKET_BYTES } from '../../records/ticket.ts';

/** Chunks of one answer. */
export const MAX_KEY_CHUNKS = 4096;
export const CHUNK_BYTES = 64 * 1024;
/** Envelopes up to this come along with their row, or go out with it to custodians; larger ones are fetched apart. */
export const MAX_INLINE_BYTES = 160 * 1024;
const MAX_REASON = 64;

export const KEYS: ProtocolOptions = {
  protocol: '/wardmesh/key/1',
  maxRequestBytes: MAX_TICKET_BYTES,
  maxChunkBytes: CHUNK_BYTES + MAX_KEY_ROW_BYTES,
  maxChunks: MAX_KEY_CHUNKS,
  rate: 20,
  burst: 200,
};

export type KeyAnswer =
  | { readonly type: 'served' }
  /** `here`: whether this clinic keeps the chart at all and has decided. */
  | { readonly type: 'refused'; readonly here: boolean; readonly reason: string }
  | { readonly type: 'packets'; readonly packets: readonly Packet[] }
  | { readonly type: 'rows'; readonly rows: readonly KeyRow[] }
  /** A part of an envelope that is small enough to come along. */
  | { readonly type: 'ciphertext'; readonly cid: string; readonly bytes: Uint8Array };

const TYPES = ['served', 'refused', 'packets', 'rows', 'ciphertext'] as const;

export function encodeKeyAnswer(answer: KeyAnswer): Uint8Array {
  const out = new Writer(1024).u8(TYPES.indexOf(answer.type) + 1);
  if (answer.type === 'refused')
    return out
      .u8(answer.here ? 1 : 0)
      .text16(answer.reason, MAX_REASON)
      .finish();
  if (answer.type === 'packets') return many(out, answer.packets.map(encodePacket)).finish();
  if (answer.type === 'rows') return many(out, answer.rows.map(encodeKeyRow)).finish();
  if (answer.type === 'ciphertext') {
    return out.text16(answer.cid, MAX_CID_TEXT).fixed(answer.bytes, answer.bytes.length).finish();
  }
  return out.finish();
}

/** Throws CodecError. */
export function decodeKeyAnswer(bytes: Uint8Array): KeyAnswer {
  const input = new Reader(bytes);
  const type = TYPES[input.u8() - 1];
  if (type === undefined) throw new CodecError({ code: 'codec.value', field: 'key.type' });
  const answer = read(type, input);
  input.end();
  return answer;
}

function read(type: (typeof TYPES)[number], input: Reader): KeyAnswer {
  if (type === 'served') return { type };
  if (type === 'packets') return { type, packets: readMany(input, MAX_PACKET_BYTES, decodePacket) };
  if (type === 'rows') return { type, rows: readMany(input, MAX_KEY_ROW_BYTES, decodeKeyRow) };
  if (type === 'ciphertext') {
    const cid = input.text16(MAX_CID_TEXT);
    return { type, cid, bytes: input.fixed(input.left) };
  }
  const here = input.u8();
  if (here > 1) throw new CodecError({ code: 'codec.value', field: 'key.here' });
  return { type, here: here === 1, reason: input.text16(MAX_REASON) };
}

/** As many chunks as it takes. */
export function* inChunks<T>(
  items: readonly T[],
  size: (item: T) => number,
  answer: (items: readonly T[]) => KeyAnswer,
): Generator<Uint8Array> {
  let chunk: T[] = [];
  let bytes = 0;
  for (const item of items) {
    if (bytes + size(item) > CHUNK_BYTES && chunk.length > 0) {
      yield encodeKeyAnswer(answer(chunk));
      [chunk, bytes] = [[], 0];
    }
    chunk.push(item);
    bytes += size(item);
  }
  if (chunk.length > 0) yield encodeKeyAnswer(answer(chunk));
}

function many(out: Writer, items: readonly Uint8Array[]): Writer {
  out.u16(items.length);
  for (const item of items) out.bytes16(item, MAX_KEY_ROW_BYTES);
  return out;
}

function readMany<T>(input: Reader, limit: number, decode: (bytes: Uint8Array) => T): T[] {
  const count = input.u16();
  // Each takes its length at least.
  if (2 * count > input.left) throw new CodecError({ code: 'codec.range', field: 'key.count' });
  return Array.from({ length: count }, () => decode(input.shared16(limit)));
}
