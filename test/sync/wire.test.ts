import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { decodeHeaderItems, encodeHeaderItem } from '../../node/store/rows.ts';
import {
  decodeHeadersRequest,
  decodeOffers,
  decodeSnapshotRequest,
  encodeHeadersRequest,
  encodeOffers,
  encodeSnapshotRequest,
  MAX_HEADERS,
  type SnapshotRequest,
} from '../../node/sync/wire.ts';

/** What is accepted has this one encoding; everything else is a CodecError. */
function strict<T>(decode: (bytes: Uint8Array) => T, encode: (value: T) => Uint8Array): void {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      let value: T;
      try {
        value = decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        return;
      }
      expect(encode(value)).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
}

describe('requests of sync', () => {
  it('come back as they were', () => {
    const requests: SnapshotRequest[] = [
      { type: 'offers' },
      { type: 'cut', id: randomBytes(32) },
      { type: 'part', id: randomBytes(32), part: 77 },
    ];
    for (const request of requests) expect(decodeSnapshotRequest(encodeSnapshotRequest(request))).toEqual(request);
    const range = { from: 5, count: MAX_HEADERS };
    expect(decodeHeadersRequest(encodeHeadersRequest(range))).toEqual(range);
    const offers = [{ height: 64, id: randomBytes(32), parts: 3 }];
    expect(decodeOffers(encodeOffers(offers))).toEqual(offers);
  });

  it('refuse counts beyond their bounds', () => {
    for (const count of [0, MAX_HEADERS + 1]) {
      expect(() => decodeHeadersRequest(encodeHeadersRequest({ from: 0, count }))).toThrow(CodecError);
    }
    expect(() => decodeOffers(Uint8Array.of(9))).toThrow(CodecError);
  });

  it('have one encoding each, and random bytes throw nothing but CodecError', () => {
    strict(decodeHeadersRequest, encodeHeadersRequest);
    strict(decodeSnapshotRequest, encodeSnapshotRequest);
    strict(decodeOffers, encodeOffers);
    strict(decodeHeaderItems, (items) => concatBytes(...items.map(encodeHeaderItem)));
  });
});
