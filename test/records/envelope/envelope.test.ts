import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { concatBytes, EMPTY_BYTES, equalBytes } from '../../../common/bytes.ts';
import type { CodedError } from '../../../common/errors.ts';
import { envelopeSize, PREFIX_BYTES } from '../../../records/envelope/layout.ts';
import { paddedSize } from '../../../records/envelope/padding.ts';
import { openByHand } from './by-hand.ts';

const CHUNK = 65_536;
const SEALED_CHUNK = CHUNK + 16;
const dataKey = new Uint8Array(32).fill(7);
const salt = new Uint8Array(32).fill(9);
const info = (size: number) => ({ mediaType: 'application/dicom', kind: 'ImagingStudy', size });

function content(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
}

async function* parts(bytes: Uint8Array, length = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of source) all.push(part);
  return concatBytes(...all);
}

const codeFrom = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: CodedError<{ code: string }>) => error.code ?? String(error),
  );

describe.each(['node', 'browser'])('an envelope on %s', (runtime) => {
  let seal: typeof import('../../../records/envelope/seal.ts');
  let open: typeof import('../../../records/envelope/open.ts');

  beforeAll(async () => {
    vi.resetModules();
    vi.doMock('#crypto', () => import(`../../../common/crypto/primitives.${runtime}.ts`));
    seal = await import('../../../records/envelope/seal.ts');
    open = await import('../../../records/envelope/open.ts');
  });

  afterAll(() => {
    vi.doUnmock('#crypto');
    vi.resetModules();
  });

  const sealed = (bytes: Uint8Array, key = dataKey, ownSalt?: Uint8Array) =>
    collect(seal.sealEnvelope(key, info(bytes.length), parts(bytes), ownSalt));
  const opened = async (envelope: Uint8Array, key = dataKey, length = 7777) =>
    collect((await open.openEnvelope(key, parts(envelope, length))).content);

  test.each([0, 1, 1023, 1024, 1025, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5, 5 * CHUNK])(
    'gives back %i bytes, and has the length that was foretold',
    async (size) => {
      const bytes = content(size);
      const envelope = await sealed(bytes);
      expect(envelope.length).toBe(envelopeSize(size));
      expect(equalBytes(await opened(envelope), bytes)).toBe(true);
      expect((await open.openEnvelope(dataKey, parts(envelope))).info).toEqual(info(size));
    },
  );

  test('is opened by a reader written from the protocol alone, with WebCrypto', async () => {
    const bytes = content(2 * CHUNK + 99);
    const { bytes: byHand, ...told } = await openByHand(dataKey, await sealed(bytes, dataKey, salt));
    expect(told).toEqual(info(bytes.length));
    expect(equalBytes(byHand, bytes)).toBe(true);
  });

  test('a range is that part of the content, and only the chunks that hold it are read', async () => {
    const bytes = content(3 * CHUNK + 1000);
    const envelope = await sealed(bytes);
    let read: (readonly [number, number])[] = [];
    const reader = await open.openEnvelopeAt(dataKey, ({ offset, length }) => {
      read.push([offset, length]);
      return parts(envelope.subarray(offset, offset + length), 5000);
    });
    expect(reader.info).toEqual(info(bytes.length));
    const range = fc
      .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    await fc.assert(
      fc.asyncProperty(range, async ([from, to]) => {
        expect(
          equalBytes(await collect(reader.read({ offset: from, length: to - from })), bytes.subarray(from, to)),
        ).toBe(true);
      }),
      { numRuns: 12 },
    );
    read = [];
    await collect(reader.read({ offset: 2 * CHUNK + 1, length: CHUNK - 1 }));
    expect(read).toEqual([[PREFIX_BYTES + 2 * SEALED_CHUNK, SEALED_CHUNK]]);
    for (const bad of [
      { offset: 0, length: bytes.length + 1 },
      { offset: -1, length: 2 },
      { offset: 0.5, length: 1 },
    ]) {
      expect(await codeFrom(collect(reader.read(bad)))).toBe('envelope.range');
    }
  });

  test('chunks that were cut, dropped, doubled, exchanged, added or taken from another envelope never open', async () => {
    const bytes = content(4 * CHUNK);
    const envelope = await sealed(bytes);
    const other = await sealed(bytes);
    const chunk = (of: Uint8Array, i: number) =>
      of.subarray(PREFIX_BYTES + i * SEALED_CHUNK, PREFIX_BYTES + (i + 1) * SEALED_CHUNK);
    const prefix = envelope.subarray(0, PREFIX_BYTES);
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => chunk(envelope, i));
    const code = (...all: Uint8Array[]) => codeFrom(opened(concatBytes(...all)));
    expect(await code(prefix, a, b, c)).toBe('envelope.truncated');
    expect(await code(prefix, a, b, c, d.subarray(0, SEALED_CHUNK - 1))).toBe('envelope.truncated');
    expect(await code(prefix)).toBe('envelope.truncated');
    expect(await code(prefix.subarray(0, 100))).toBe('envelope.truncated');
    expect(await code(EMPTY_BYTES)).toBe('envelope.truncated');
    expect(await code(prefix, a, c, d)).toBe('envelope.open');
    expect(await code(prefix, a, b, b, c, d)).toBe('envelope.open');
    expect(await code(prefix, a, c, b, d)).toBe('envelope.open');
    expect(await code(prefix, a, b, c, d, d)).toBe('envelope.trailing');
    expect(await code(envelope, Uint8Array.of(0))).toBe('envelope.trailing');
    expect(await code(prefix, chunk(other, 0), b, c, d)).toBe('envelope.open');
    expect(await code(other.subarray(0, PREFIX_BYTES), a, b, c, d)).toBe('envelope.open');
    expect(await code(prefix, a, b, c, d)).toBe('none');
  });

  test('a header that promises less than there is does not make a shorter content of it', async () => {
    // The same salt for two contents, the second a chunk shorter: only the flag of the last chunk and the prefix tell them apart.
    const long = await sealed(content(2 * CHUNK), dataKey, salt);
    const short = await sealed(content(CHUNK), dataKey, salt);
    const mixed = concatBytes(
      short.subarray(0, PREFIX_BYTES),
      long.subarray(PREFIX_BYTES, PREFIX_BYTES + SEALED_CHUNK),
    );
    expect(await codeFrom(opened(mixed))).toBe('envelope.open');
  });

  test('another key, suite, chunk size or magic is refused before any content', async () => {
    const envelope = await sealed(content(10));
    const with_ = (at: number, value: number) => {
      const altered = envelope.slice();
      altered[at] = value;
      return codeFrom(open.openEnvelope(dataKey, parts(altered)));
    };
    expect(await codeFrom(open.openEnvelope(new Uint8Array(32), parts(envelope)))).toBe('envelope.open');
    expect(await codeFrom(open.openEnvelope(new Uint8Array(31), parts(envelope)))).toBe('crypto.input');
    expect(await with_(3, 50)).toBe('envelope.magic');
    expect(await with_(4, 2)).toBe('envelope.suite');
    expect(await with_(5, 12)).toBe('envelope.layout');
    expect(await with_(41, 1)).toBe('envelope.layout');
  });

  test('no altered byte anywhere goes unnoticed', async () => {
    const bytes = content(CHUNK + 3000);
    const envelope = await sealed(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(envelope.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const altered = envelope.slice();
        altered[at] ^= flip;
        expect(await codeFrom(opened(altered))).toMatch(/^envelope\.(magic|suite|layout|open)$/);
      }),
      { numRuns: 40 },
    );
  });

  test('any bytes at all give an error with a code, never a content', async () => {
    const start = fromText('WMR1\x01\x10');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 700 }), fc.boolean(), async (bytes, begun) => {
        expect(await codeFrom(opened(begun ? concatBytes(start, bytes) : bytes))).toMatch(/^envelope\./);
      }),
      { numRuns: 200 },
    );
  });

  test('a source longer or shorter than was said gives no envelope', async () => {
    const bytes = content(CHUNK);
    for (const said of [0, CHUNK - 1, CHUNK + 1, 3 * CHUNK]) {
      expect(await codeFrom(collect(seal.sealEnvelope(dataKey, info(said), parts(bytes))))).toBe('envelope.size');
    }
  });

  test('names that are no media type or kind are not sealed', async () => {
    for (const wrong of [
      { mediaType: '' },
      { mediaType: 'a\nb' },
      { kind: 'x'.repeat(65) },
      { kind: 'ä' },
      { size: -1 },
      { size: 0.5 },
    ]) {
      const stream = seal.sealEnvelope(dataKey, { ...info(0), ...wrong }, parts(EMPTY_BYTES));
      expect(await codeFrom(collect(stream))).toBe('envelope.layout');
    }
  });

  test('the source is let go of when the reader leaves, on both ways', async () => {
    let left = 0;
    async function* watched(bytes: Uint8Array) {
      try {
        yield* parts(bytes);
      } finally {
        left++;
      }
    }
    for await (const _part of seal.sealEnvelope(dataKey, info(3 * CHUNK), watched(content(3 * CHUNK)))) break;
    const one = seal.sealEnvelope(dataKey, info(3 * CHUNK), watched(content(3 * CHUNK)));
    await one.next();
    await one.next();
    await one.return();
    const { content: stream } = await open.openEnvelope(dataKey, watched(await sealed(content(3 * CHUNK))));
    await stream.next();
    await stream.return();
    await codeFrom(open.openEnvelope(new Uint8Array(32), watched(await sealed(content(1)))));
    expect(left).toBe(3);
  });
});

test('contents of one bucket have envelopes of one length', () => {
  const size = fc.integer({ min: 0, max: 2 ** 40 });
  fc.assert(
    fc.property(size, fc.nat(2 ** 20), (a, more) => {
      const padded = paddedSize(a);
      expect(padded).toBeGreaterThanOrEqual(a);
      expect(paddedSize(padded)).toBe(padded);
      expect(paddedSize(a + more)).toBeGreaterThanOrEqual(padded);
      if (a > CHUNK) expect(padded - a).toBeLessThanOrEqual(a / 16);
    }),
  );
  expect(new Set(Array.from({ length: CHUNK + 1 }, (_, i) => paddedSize(i))).size).toBe(7);
  expect([0, 1024, 1025, CHUNK, CHUNK + 1, 2 ** 30 + 1].map(paddedSize)).toEqual([
    1024,
    1024,
    2048,
    CHUNK,
    CHUNK + 2048,
    2 ** 30 + 2 ** 25,
  ]);
});

function fromText(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
