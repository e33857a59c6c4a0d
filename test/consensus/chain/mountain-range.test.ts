import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { merkleProof, merkleRoot, verifyMerkleProof } from '../../../consensus/merkle.ts';
import {
  appendRange,
  decodeRange,
  emptyRange,
  encodeRange,
  type MountainRange,
  rangeRoot,
} from '../../../consensus/mountain-range.ts';
import { bytesOf, codeThrown } from './samples.ts';

const ids = fc.array(bytesOf(32), { maxLength: 70 });
const rangeOf = (list: readonly Uint8Array[]): MountainRange => list.reduce(appendRange, emptyRange);

describe('mountain range', () => {
  it('has the Merkle root of the same items at every length, so one proof form serves both', () => {
    fc.assert(
      fc.property(ids, (list) => {
        let range = emptyRange;
        expect(rangeRoot(range)).toEqual(merkleRoot([]));
        for (const [at, id] of list.entries()) {
          range = appendRange(range, id);
          if (at % 9 === 0) expect(toHex(rangeRoot(range))).toBe(toHex(merkleRoot(list.slice(0, at + 1))));
        }
        if (list.length === 0) return;
        const index = list.length >> 1;
        expect(verifyMerkleProof(rangeRoot(range), list[index], index, range.count, merkleProof(list, index))).toBe(
          true,
        );
      }),
    );
  });

  it('keeps one peak per set bit of its count', () => {
    let range = emptyRange;
    for (let count = 1; count <= 300; count++) {
      range = appendRange(range, Uint8Array.of(count & 255));
      expect(range.count).toBe(count);
      expect(range.peaks.length).toBe(count.toString(2).replaceAll('0', '').length);
    }
  });

  it('leaves the range that it appends to unchanged', () => {
    const before = rangeOf([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]);
    const root = toHex(rangeRoot(before));
    appendRange(before, Uint8Array.of(4));
    expect(before.count).toBe(3);
    expect(toHex(rangeRoot(before))).toBe(root);
  });

  it('goes on from its encoding as if it had never been written', () => {
    fc.assert(
      fc.property(ids, bytesOf(32), (list, next) => {
        const range = rangeOf(list);
        expect(decodeRange(encodeRange(range))).toEqual(range);
        expect(rangeRoot(appendRange(decodeRange(encodeRange(range)), next))).toEqual(
          rangeRoot(appendRange(range, next)),
        );
      }),
    );
  });

  it('refuses an encoding whose peaks do not fit its count', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(encodeRange(decodeRange(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
    const bytes = encodeRange(rangeOf([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]));
    expect(codeThrown(() => decodeRange(bytes.subarray(0, bytes.length - 32)))).toBe('codec.short');
    bytes[7] = 2;
    expect(codeThrown(() => decodeRange(bytes))).toBe('codec.trailing');
  });
});
