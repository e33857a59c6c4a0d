import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_CERTIFICATE_BYTES } from '../../consensus/chain/finality/certificate.ts';
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES } from '../../consensus/limits.ts';
import { Assembly, tellsTruth } from '../../node/compact/assembly.ts';
import {
  type CompactBlock,
  compactOf,
  decodeCompact,
  decodeMissingRequest,
  decodeTransactionChunk,
  encodeCompact,
  encodeMissingRequest,
  encodeTransactionChunks,
  MAX_COMPACT_BYTES,
  MAX_TRANSACTIONS_CHUNK_BYTES,
  MAX_TRANSACTIONS_CHUNKS,
  PREFILL_BYTES,
} from '../../node/compact/wire.ts';
import { bench, blockOf, transactions } from './clinics.ts';

const body = transactions(60);
const { block } = blockOf(body);
const short = compactOf(block);

/** Strictly ascending numbers below `limit`. */
const ascending = (limit: number, maxLength: number) =>
  fc.uniqueArray(fc.nat(limit - 1), { maxLength }).map((values) => values.sort((a, b) => a - b));

describe('the compact block', () => {
  it('carries a small body whole, and short ids of a large one', () => {
    const small = compactOf(blockOf(body.slice(0, 5)).block);
    expect(small.prefilled.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(small.shortIds).toEqual([]);
    expect(short.prefilled).toEqual([]);
    expect(short.shortIds).toHaveLength(60);
    expect(encodeCompact(short).length).toBe(296 + 2 + 2 + 2 + 60 * 6);
  });

  it('has one encoding, for any prefilled places', () => {
    fc.assert(
      fc.property(ascending(40, 20), (places) => {
        const inside = new Set(places);
        const compact: CompactBlock = {
          ...short,
          prefilled: places.map((index) => ({ index, bytes: body[index].bytes })),
          shortIds: short.shortIds.filter((_, index) => !inside.has(index)),
        };
        const bytes = encodeCompact(compact);
        expect(decodeCompact(bytes)).toEqual(compact);
        expect(tellsTruth(compact, block)).toBe(true);
      }),
    );
  });

  it('is accepted in no other encoding, and refused without harm when it is anything else', () => {
    const good = encodeCompact(short);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, cut) => {
        const changed = Uint8Array.from(good);
        changed[at] = value;
        for (const bytes of [changed, good.subarray(0, cut), new Uint8Array([...good, value])]) {
          let decoded: CompactBlock;
          try {
            decoded = decodeCompact(bytes);
          } catch (error) {
            expect((error as { code: string }).code).toMatch(/^codec\./);
            continue;
          }
          expect(encodeCompact(decoded)).toEqual(Uint8Array.from(bytes));
        }
      }),
    );
  });

  it.each([
    ['more transactions than a block has', 296 + 2 + 2, [0xff, 0xff]],
    ['more prefilled transactions than a block has', 296 + 2, [0xff, 0xff]],
    ['a body that is shorter than its count', 296 + 2 + 2, [0, 61]],
  ])('is refused with %s, before memory is taken', (_, at, value) => {
    const bytes = encodeCompact(short);
    bytes.set(value, at);
    expect(() => decodeCompact(bytes)).toThrow(/codec/);
  });

  it('is refused when prefilled places fall back, or lie outside, or weigh too much', () => {
    const [a, b] = [0, 1].map((index) => ({ index, bytes: body[index].bytes }));
    const heavy = { index: 0, bytes: new Uint8Array(MAX_TRANSACTION_BYTES) };
    const refuse = (prefilled: readonly { index: number; bytes: Uint8Array }[], shortIds = short.shortIds): void => {
      expect(() => decodeCompact(encodeCompact({ ...short, prefilled, shortIds }))).toThrow(/codec/);
    };
    refuse([b, a]);
    refuse([a, a]);
    refuse([{ ...a, index: 7 }], []);
    refuse([heavy]);
    const most = 296 + 2 + MAX_CERTIFICATE_BYTES + 4 + 2 * PREFILL_BYTES + 6 * MAX_BLOCK_TRANSACTIONS;
    expect(most).toBeLessThanOrEqual(MAX_COMPACT_BYTES);
  });
});

describe('a body in the making', () => {
  it('takes what it names from any mempool, asks for the rest, and ends as the block', () => {
    const strangers = transactions(30, 1_000);
    const known = fc.subarray(body);
    fc.assert(
      fc.property(known, fc.nat(29), (mine, others) => {
        const assembly = new Assembly(bench.id, short);
        for (const sealed of [...strangers.slice(others), ...mine, ...mine]) assembly.offer(sealed);
        const missing = assembly.missing();
        expect(missing).toEqual([...body.keys()].filter((index) => !mine.includes(body[index])));
        expect(assembly.complete).toBe(missing.length === 0);
        for (const place of missing) assembly.fill(place, body[place]);
        expect(assembly.complete).toBe(true);
        expect(assembly.block()).toEqual(block);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses an answer with another transaction than the one that was named', () => {
    const assembly = new Assembly(bench.id, short);
    expect(() => assembly.fill(3, body[4])).toThrow('compact.wrong-transactions');
    expect(assembly.missing()).toContain(3);
  });

  it('asks for a place that two transactions claim, and for a short id that stands there twice', () => {
    const twice = { ...short, shortIds: short.shortIds.with(1, short.shortIds[0]) };
    const assembly = new Assembly(bench.id, twice);
    for (const sealed of body) assembly.offer(sealed);
    expect(assembly.missing()).toEqual([0, 1]);
    // With ids of one byte, strangers that collide are easily found.
    const byte = (witnessId: Uint8Array): number => witnessId[0];
    const first = { ...short, shortIds: [byte(body[0].witnessId)] };
    const rival = transactions(2_000, 100).find(({ witnessId }) => witnessId[0] === body[0].witnessId[0]);
    const contested = new Assembly(bench.id, first, byte);
    contested.offer(body[0]);
    expect(contested.complete).toBe(true);
    if (rival !== undefined) contested.offer(rival);
    expect(contested.missing()).toEqual([0]);
    contested.offer(body[0]);
    expect(contested.missing()).toEqual([0]);
  });

  it('is told from a lie: other ids, another certificate, another count', () => {
    expect(tellsTruth(short, block)).toBe(true);
    expect(tellsTruth({ ...short, shortIds: short.shortIds.with(9, 1) }, block)).toBe(false);
    expect(tellsTruth({ ...short, shortIds: short.shortIds.slice(1) }, block)).toBe(false);
    expect(tellsTruth({ ...short, certificate: Uint8Array.of(1) }, block)).toBe(false);
    const prefilled = [{ index: 0, bytes: body[1].bytes }];
    expect(tellsTruth({ ...short, prefilled, shortIds: short.shortIds.slice(1) }, block)).toBe(false);
  });
});

describe('the question for missing transactions', () => {
  it('has one encoding, and ascending places at least one', () => {
    const id = new Uint8Array(32).fill(7);
    fc.assert(
      fc.property(ascending(MAX_BLOCK_TRANSACTIONS, 50), (indexes) => {
        const bytes = encodeMissingRequest({ block: id, indexes });
        if (indexes.length === 0) expect(() => decodeMissingRequest(bytes)).toThrow(/codec/);
        else expect(decodeMissingRequest(bytes)).toEqual({ block: id, indexes });
      }),
    );
    for (const indexes of [
      [2, 1],
      [1, 1],
    ]) {
      expect(() => decodeMissingRequest(encodeMissingRequest({ block: id, indexes }))).toThrow(/codec/);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          expect(encodeMissingRequest(decodeMissingRequest(bytes))).toEqual(bytes);
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^codec\./);
        }
      }),
    );
  });

  it('is answered in chunks that never exceed their bound, with everything in order', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: MAX_TRANSACTION_BYTES }), { maxLength: 90 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const given = lengths.map((length, index) => new Uint8Array(length).fill(index));
        const whole = lengths.reduce((sum, length) => sum + 2 + length, 0);
        fc.pre(whole <= MAX_BLOCK_BYTES);
        const chunks = [...encodeTransactionChunks(given)];
        for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(MAX_TRANSACTIONS_CHUNK_BYTES);
        expect(chunks.length).toBeLessThanOrEqual(MAX_TRANSACTIONS_CHUNKS);
        expect(chunks.flatMap(decodeTransactionChunk).map(({ length }) => length)).toEqual(lengths);
      }),
      { numRuns: 20 },
    );
  });
});
