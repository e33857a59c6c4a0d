import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';

interface Field {
  readonly type: keyof typeof FIELDS;
  readonly value: unknown;
}

const U64 = 0xffff_ffff_ffff_ffffn;
const TEXT_LIMIT = 64;
const BYTES_LIMIT = 40;

const bytesOf = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength });

/** Per field: its values, how it is written and how it is read. */
const FIELDS = {
  u8: field(
    fc.integer({ min: 0, max: 0xff }),
    (w, v) => w.u8(v),
    (r) => r.u8(),
  ),
  u16: field(
    fc.integer({ min: 0, max: 0xffff }),
    (w, v) => w.u16(v),
    (r) => r.u16(),
  ),
  u32: field(
    fc.integer({ min: 0, max: 0xffff_ffff }),
    (w, v) => w.u32(v),
    (r) => r.u32(),
  ),
  u64: field(
    fc.maxSafeNat(),
    (w, v) => w.u64(v),
    (r) => r.u64(),
  ),
  u64big: field(
    fc.bigInt({ min: 0n, max: U64 }),
    (w, v) => w.u64big(v),
    (r) => r.u64big(),
  ),
  u256: field(
    fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
    (w, v) => w.u256(v),
    (r) => r.u256(),
  ),
  fixed: field(
    bytesOf(32, 32),
    (w, v) => w.fixed(v, 32),
    (r) => r.fixed(32),
  ),
  bytes16: field(
    bytesOf(0, BYTES_LIMIT),
    (w, v) => w.bytes16(v, BYTES_LIMIT),
    (r) => r.bytes16(BYTES_LIMIT),
  ),
  shared: field(
    bytesOf(5, 5),
    (w, v) => w.fixed(v, 5),
    (r) => r.shared(5),
  ),
  shared16: field(
    bytesOf(0, BYTES_LIMIT),
    (w, v) => w.bytes16(v, BYTES_LIMIT),
    (r) => r.shared16(BYTES_LIMIT),
  ),
  text16: field(
    fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.normalize('NFC')),
    (w, v) => w.text16(v, 512),
    (r) => r.text16(512),
  ),
};

function field<T>(values: fc.Arbitrary<T>, write: (writer: Writer, value: T) => Writer, read: (reader: Reader) => T) {
  return { values, write: (writer: Writer, value: unknown) => write(writer, value as T), read };
}

const TYPES = Object.keys(FIELDS) as Field['type'][];
const message = fc.array(
  fc
    .constantFrom(...TYPES)
    .chain((type) => (FIELDS[type].values as fc.Arbitrary<unknown>).map((value): Field => ({ type, value }))),
  { maxLength: 12 },
);

function encode(fields: readonly Field[]): Uint8Array {
  const writer = new Writer(1);
  for (const { type, value } of fields) FIELDS[type].write(writer, value);
  return writer.finish();
}

function decode(types: readonly Field['type'][], bytes: Uint8Array): Field[] {
  const reader = new Reader(bytes);
  const fields = types.map((type) => ({ type, value: FIELDS[type].read(reader) as unknown }));
  reader.end();
  return fields;
}

function codeFrom(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error.code;
    throw error;
  }
  return 'none';
}

describe('Reader and Writer', () => {
  test('decode(encode(x)) is x for every sequence of fields', () => {
    fc.assert(
      fc.property(message, (fields) => {
        const types = fields.map(({ type }) => type);
        expect(decode(types, encode(fields))).toEqual(fields);
      }),
    );
  });

  test('encode(decode(b)) is b for every accepted b, also for bytes nobody wrote', () => {
    let accepted = 0;
    const property = fc.property(
      fc.array(fc.constantFrom(...TYPES), { maxLength: 3 }),
      fc.uint8Array({ maxLength: 48 }),
      (types, bytes) => {
        let fields: Field[];
        try {
          fields = decode(types, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        accepted++;
        expect(toHex(encode(fields))).toBe(toHex(bytes));
      },
    );
    fc.assert(property, { numRuns: 3000 });
    expect(accepted).toBeGreaterThan(20);
  });

  test('a mutated message gives another message or a coded error, never the same message', () => {
    const mutation = fc.record({ at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(
        message.filter((fields) => encode(fields).length > 0),
        mutation,
        (fields, { at, mask }) => {
          const bytes = encode(fields);
          bytes[at % bytes.length] ^= mask;
          const types = fields.map(({ type }) => type);
          let decoded: Field[];
          try {
            decoded = decode(types, bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
            return;
          }
          expect(decoded).not.toEqual(fields);
          expect(toHex(encode(decoded))).toBe(toHex(bytes));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('refuses every proper prefix and every extension of a message', () => {
    fc.assert(
      fc.property(message, fc.uint8Array({ minLength: 1, maxLength: 4 }), (fields, tail) => {
        const types = fields.map(({ type }) => type);
        const bytes = encode(fields);
        for (let end = 0; end < bytes.length; end++)
          expect(codeFrom(() => decode(types, bytes.subarray(0, end)))).toBe('codec.short');
        expect(codeFrom(() => decode(types, concatBytes(bytes, tail)))).toBe('codec.trailing');
      }),
    );
  });

  test('reads big-endian from a view into a larger buffer', () => {
    const frame = Uint8Array.from([9, 9, 1, 2, 3, 4, 5, 6, 7, 9]);
    const reader = new Reader(frame.subarray(2, 9));
    expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([1, 0x0203, 0x04050607]);
    expect([reader.offset, reader.left]).toEqual([7, 0]);
    expect(() => reader.end()).not.toThrow();
  });

  test('gives copies: a later change of the frame does not reach the message', () => {
    const frame = Uint8Array.from([0, 1, 7]);
    const bytes = new Reader(frame).bytes16();
    frame[2] = 8;
    expect([...bytes]).toEqual([7]);
  });

  test('shared fields are views of the frame and of no more than themselves', () => {
    const frame = Uint8Array.from([1, 0, 1, 7, 9]);
    const reader = new Reader(frame);
    const [first, second] = [reader.shared(1), reader.shared16()];
    frame.fill(5);
    expect([[...first], [...second], reader.left]).toEqual([[5], [5], 1]);
  });

  test('a reset Writer begins anew and leaves what it finished', () => {
    const writer = new Writer(2).u16(0x0102);
    const first = writer.finish();
    expect([...writer.reset().u8(9).finish()]).toEqual([9]);
    expect([...first]).toEqual([1, 2]);
  });

  test('finish gives a copy: writing on does not change what was finished', () => {
    const writer = new Writer(8).u8(1);
    const first = writer.finish();
    writer.u8(2);
    expect([...first]).toEqual([1]);
    expect([...writer.finish()]).toEqual([1, 2]);
  });
});

describe('bounds of the Reader', () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);

  test('refuses a u64 above 2^53 - 1 and takes 2^53 - 1', () => {
    expect(new Reader(bytes(0, 0x1f, 255, 255, 255, 255, 255, 255)).u64()).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeFrom(() => new Reader(bytes(0, 0x20, 0, 0, 0, 0, 0, 0)).u64())).toBe('codec.range');
  });

  test('takes the full range as u64big', () => {
    expect(new Reader(new Uint8Array(8).fill(255)).u64big()).toBe(U64);
  });

  test('refuses a length above the limit before it looks at the bytes', () => {
    expect(codeFrom(() => new Reader(bytes(0, 5)).bytes16(4))).toBe('codec.length');
    expect(codeFrom(() => new Reader(bytes(0, 4)).bytes16(4))).toBe('codec.short');
    expect(codeFrom(() => new Reader(bytes(0, 5)).shared16(4))).toBe('codec.length');
    expect(codeFrom(() => new Reader(bytes(0, 5, 65, 65, 65, 65, 65)).text16(4))).toBe('codec.length');
  });

  test('counts the limit of text in bytes', () => {
    expect(new Reader(bytes(0, 2, 0xc3, 0xa9)).text16(2)).toBe('é');
    expect(codeFrom(() => new Reader(bytes(0, 2, 0xc3, 0xa9)).text16(1))).toBe('codec.length');
  });

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['a decomposed letter (not NFC)', [0x65, 0xcc, 0x81]],
  ])('refuses text with %s', (_, content) => {
    expect(codeFrom(() => new Reader(bytes(0, content.length, ...content)).text16(TEXT_LIMIT))).toBe('codec.text');
  });

  test('keeps a byte order mark: dropping it would make two encodings of one text', () => {
    expect(new Reader(bytes(0, 3, 0xef, 0xbb, 0xbf)).text16(3)).toBe('\ufeff');
  });
});

describe('bounds of the Writer', () => {
  test.each([
    ['u8', 0x100],
    ['u16', 0x1_0000],
    ['u32', 0x1_0000_0000],
    ['u64', 2 ** 53],
    ['u8', -1],
    ['u16', 1.5],
    ['u32', Number.NaN],
    ['u64', -1],
  ] as const)('refuses %s of %d', (type, value) => {
    expect(codeFrom(() => new Writer()[type](value))).toBe('codec.range');
  });

  test.each([
    ['u64big', U64 + 1n],
    ['u64big', -1n],
    ['u256', 1n << 256n],
    ['u256', -1n],
  ] as const)('refuses %s of %d', (type, value) => {
    expect(codeFrom(() => new Writer()[type](value))).toBe('codec.range');
  });

  test('refuses fixed bytes of another length', () => {
    expect(codeFrom(() => new Writer().fixed(new Uint8Array(31), 32))).toBe('codec.length');
    expect(codeFrom(() => new Writer().fixed(new Uint8Array(33), 32))).toBe('codec.length');
  });

  test('refuses bytes and text above their limits', () => {
    expect(codeFrom(() => new Writer().bytes16(new Uint8Array(5), 4))).toBe('codec.length');
    expect(codeFrom(() => new Writer().bytes16(new Uint8Array(0x1_0000)))).toBe('codec.length');
    expect(codeFrom(() => new Writer().text16('éé', 3))).toBe('codec.length');
  });

  test('refuses text that the Reader would refuse', () => {
    expect(codeFrom(() => new Writer().text16('e\u0301', TEXT_LIMIT))).toBe('codec.text');
    expect(codeFrom(() => new Writer().text16('\ud800', TEXT_LIMIT))).toBe('codec.text');
  });
});
