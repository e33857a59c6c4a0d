// Layouts of requests for headers, outcomes and snapshots (PROTOCOL 8.13 to 8.15). Owns bytes only.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { SnapshotInfo } from '../store/snapshot/ports.ts';

/** Headers in one request. */
export const MAX_HEADERS = 512;
/** Snapshots that one answer may offer. */
export const MAX_OFFERS = 8;

export interface HeadersRequest {
  readonly from: number;
  readonly count: number;
}

/** `from u64 | count u16 (1..512)`. */
export function encodeHeadersRequest({ from, count }: HeadersRequest): Uint8Array {
  return new Writer(10).u64(from).u16(count).finish();
}

export function decodeHeadersRequest(bytes: Uint8Array): HeadersRequest {
  const reader = new Reader(bytes);
  const request = { from: reader.u64(), count: reader.u16() };
  reader.end();
  if (request.count < 1 || request.count > MAX_HEADERS) throw new CodecError({ code: 'codec.range', field: 'count' });
  return request;
}

/** Which snapshots there are, the cut of one, one part of it. */
export type SnapshotRequest =
  | { readonly type: 'offers' }
  | { readonly type: 'cut'; readonly id: Uint8Array }
  | { readonly type: 'part'; readonly id: Uint8Array; readonly part: number };

/** `u8 1`, `u8 2 | id 32` or `u8 3 | id 32 | part u32`. */
export function encodeSnapshotRequest(request: SnapshotRequest): Uint8Array {
  if (request.type === 'offers') return Uint8Array.of(1);
  if (request.type === 'cut') return new Writer(33).u8(2).fixed(request.id, 32).finish();
  return new Writer(37).u8(3).fixed(request.id, 32).u32(request.part).finish();
}

export function decodeSnapshotRequest(bytes: Uint8Array): SnapshotRequest {
  const reader = new Reader(bytes);
  const type = reader.u8();
  let request: SnapshotRequest;
  if (type === 1) request = { type: 'offers' };
  else if (type === 2) request = { type: 'cut', id: reader.fixed(32) };
  else if (type === 3) request = { type: 'part', id: reader.fixed(32), part: reader.u32() };
  else throw new CodecError({ code: 'codec.value', field: 'snapshot request' });
  reader.end();
  return request;
}

/** `count u8 (<= 8) | count x (height u64 | id 32 | parts u32)`. */
export function encodeOffers(offers: readonly SnapshotInfo[]): Uint8Array {
  const given = offers.slice(0, MAX_OFFERS);
  const out = new Writer(1 + 44 * given.length).u8(given.length);
  for (const { height, id, parts } of given) out.u64(height).fixed(id, 32).u32(parts);
  return out.finish();
}

export function decodeOffers(bytes: Uint8Array): SnapshotInfo[] {
  const reader = new Reader(bytes);
  const count = reader.u8();
  if (count > MAX_OFFERS) throw new CodecError({ code: 'codec.range', field: 'offers' });
  const offers = Array.from({ length: count }, () => ({
    height: reader.u64(),
    id: reader.fixed(32),
    parts: reader.u32(),
  }));
  reader.end();
  return offers;
}
