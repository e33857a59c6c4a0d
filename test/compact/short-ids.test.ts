import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHORT_ID_BYTES, shortIdsOf, sipHash48 } from '../../node/compact/short-ids.ts';

/** Bytes 0, 1, 2, ... */
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
const KEY = new Int32Array(counting(16).buffer);

/** SipHash-2-4 in 64-bit integers, as its authors write it. */
function reference(key: readonly bigint[], message: Uint8Array): bigint {
  const mask = 0xffff_ffff_ffff_ffffn;
  const left = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask;
  const v = [
    key[0] ^ 0x736f6d6570736575n,
    key[1] ^ 0x646f72616e646f6dn,
    key[0] ^ 0x6c7967656e657261n,
    key[1] ^ 0x7465646279746573n,
  ];
  const round = (): void => {
    v[0] = (v[0] + v[1]) & mask;
    v[1] = left(v[1], 13n) ^ v[0];
    v[0] = left(v[0], 32n);
    v[2] = (v[2] + v[3]) & mask;
    v[3] = left(v[3], 16n) ^ v[2];
    v[0] = (v[0] + v[3]) & mask;
    v[3] = left(v[3], 21n) ^ v[0];
    v[2] = (v[2] + v[1]) & mask;
    v[1] = left(v[1], 17n) ^ v[2];
    v[2] = left(v[2], 32n);
  };
  const absorb = (word: bigint): void => {
    v[3] ^= word;
    round();
    round();
    v[0] ^= word;
  };
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  for (let at = 0; at < message.length; at += 8) absorb(view.getBigUint64(at, true));
  absorb(BigInt(message.length) << 56n);
  v[2] ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

describe('short ids', () => {
  // The first six bytes, little-endian, of the vectors that came with SipHash-2-4 for these lengths.
  it.each([
    [0, 0xdb47dd0e0e31],
    [8, 0xf5799a932462],
    [16, 0xcc7f57c29bdb],
  ])('follow the published vector of %d bytes', (length, expected) => {
    expect(sipHash48(KEY, counting(length))).toBe(expected);
  });

  it('are SipHash-2-4 cut to 48 bits, for any key and id', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(16), bytes(32), (key, id) => {
        const view = new DataView(key.buffer);
        const words = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
        const expected = Number(reference(words, id) & 0xffff_ffff_ffffn);
        expect(sipHash48(new Int32Array(key.buffer), id)).toBe(expected);
      }),
    );
  });

  it('depend on the header, so that nobody knows them before the block is mined', () => {
    const id = counting(32);
    const all = new Set(Array.from({ length: 64 }, (_, n) => shortIdsOf(Uint8Array.of(n))(id)));
    expect(all.size).toBe(64);
    for (const short of all) expect(short).toBeLessThan(2 ** (8 * SHORT_ID_BYTES));
  });
});
