import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from '../../common/codec/errors.ts';
import {
  decodeBundle,
  decodeHashes,
  decodeKnown,
  decodeRangeRequest,
  decodeStatus,
  encodeBundle,
  encodeHashes,
  encodeKnown,
  encodeRangeRequest,
  encodeStatus,
  MAX_BUNDLE_BYTES,
  MAX_HASHES,
  MAX_KNOWN,
  MAX_RANGE,
} from '../../node/wire.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const safe = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const checkpoints = fc.record({ epoch: safe, id: bytes(32) });

const FORMS = [
  {
    name: 'bundle',
    value: fc.record({
      attachments: fc.array(fc.record({ salt: bytes(32), bytes: fc.uint8Array({ maxLength: 900 }) }), {
        maxLength: 64,
      }),
      transaction: fc.uint8Array({ maxLength: 2_000 }),
    }),
    encode: encodeBundle,
    decode: decodeBundle,
  },
  {
    name: 'status',
    value: fc.record({
      genesisId: bytes(32),
      height: safe,
      head: bytes(32),
      work: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
      finalised: checkpoints,
      justified: checkpoints,
      oldestBody: safe,
      clock: safe,
    }),
    encode: encodeStatus,
    decode: decodeStatus,
  },
  {
    name: 'range request',
    value: fc.record({ from: safe, count: fc.integer({ min: 1, max: MAX_RANGE }) }),
    encode: encodeRangeRequest,
    decode: decodeRangeRequest,
  },
  {
    name: 'hashes',
    value: fc.array(bytes(32), { minLength: 1, maxLength: MAX_HASHES }),
    encode: encodeHashes,
    decode: decodeHashes,
  },
  {
    name: 'known senders',
    value: fc.array(fc.record({ sender: bytes(32), next: safe }), { minLength: 1, maxLength: 40 }),
    encode: encodeKnown,
    decode: decodeKnown,
  },
] as unknown as readonly {
  name: string;
  value: fc.Arbitrary<unknown>;
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}[];

const decodes = (decode: (bytes: Uint8Array) => unknown, input: Uint8Array): unknown => {
  try {
    return decode(input);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return undefined;
  }
};

describe.each(FORMS)('wire form of a $name', ({ value, encode, decode }) => {
  it('decodes to what was encoded', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(decode(encode(given))).toEqual(given);
      }),
    );
  });

  it('refuses every cut and every longer form with a coded error', () => {
    fc.assert(
      fc.property(value, fc.nat(), (given, at) => {
        const whole = encode(given);
        const cut = whole.subarray(0, at % whole.length);
        if (cut.length > 0) expect(() => decode(cut)).toThrow(CodecError);
        expect(() => decode(new Uint8Array([...whole, 0]))).toThrow(CodecError);
      }),
    );
  });

  it('takes random and flipped bytes as a value with one encoding, or refuses them with a coded error', () => {
    const flipped = fc.tuple(value, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([given, at, mask]) => {
      const out = encode(given);
      out[at % out.length] ^= mask;
      return out;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), flipped), (input) => {
        const decoded = decodes(decode, input);
        if (decoded !== undefined && input.length > 0) expect(encode(decoded)).toEqual(input);
      }),
      { numRuns: 400 },
    );
  });
});

describe('wire bounds', () => {
  it('refuses more attachments, blocks, hashes or senders than one message may name', () => {
    expect(() => decodeBundle(Uint8Array.of(65))).toThrow(CodecError);
    expect(() => decodeRangeRequest(encodeRangeRequest({ from: 1, count: MAX_RANGE + 1 }))).toThrow(CodecError);
    expect(() => decodeRangeRequest(encodeRangeRequest({ from: 1, count: 0 }))).toThrow(CodecError);
    expect(() => decodeHashes(Uint8Array.of(MAX_HASHES + 1))).toThrow(CodecError);
    expect(() => decodeKnown(Uint8Array.of((MAX_KNOWN + 1) >> 8, (MAX_KNOWN + 1) & 255))).toThrow(CodecError);
    const many = Array.from({ length: MAX_KNOWN + 5 }, (_, next) => ({ sender: new Uint8Array(32), next }));
    expect(decodeKnown(encodeKnown(many))).toHaveLength(MAX_KNOWN);
  });

  it('refuses attachments that are too large together, though each one fits', () => {
    const attachments = Array.from({ length: 17 }, () => ({ salt: new Uint8Array(32), bytes: new Uint8Array(4_096) }));
    const bundle = encodeBundle({ attachments, transaction: new Uint8Array(1) });
    expect(() => decodeBundle(bundle)).toThrow(CodecError);
    expect(
      encodeBundle({ attachments: attachments.slice(1), transaction: new Uint8Array(24 * 1024) }).length,
    ).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  });
});
