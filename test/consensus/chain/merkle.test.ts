import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { concatBytes, toHex } from '../../../common/bytes.ts';
import { merkleProof, merkleRoot, verifyMerkleProof } from '../../../consensus/merkle.ts';

const items = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 40 });
const listAndIndex = items.chain((list) => fc.tuple(fc.constant(list), fc.nat(list.length - 1)));

/** RFC 6962 section 2.1, by recursion over the largest power of two below the count. */
function recursiveRoot(list: readonly Uint8Array[]): Uint8Array {
  if (list.length === 1) return sha256(concatBytes(Uint8Array.of(0), list[0]));
  let split = 1;
  while (2 * split < list.length) split *= 2;
  return sha256(concatBytes(Uint8Array.of(1), recursiveRoot(list.slice(0, split)), recursiveRoot(list.slice(split))));
}

describe('Merkle root', () => {
  it('is zeros for nothing and the leaf hash for one item', () => {
    expect(merkleRoot([])).toEqual(new Uint8Array(32));
    expect(merkleRoot([Uint8Array.of(5)])).toEqual(sha256(Uint8Array.of(0, 5)));
  });

  it('equals the recursive definition of RFC 6962', () => {
    fc.assert(
      fc.property(items, (list) => {
        expect(toHex(merkleRoot(list))).toBe(toHex(recursiveRoot(list)));
      }),
    );
  });

  it('changes when the last item is repeated, so no list hides behind another', () => {
    fc.assert(
      fc.property(items, (list) => {
        expect(toHex(merkleRoot([...list, list[list.length - 1]]))).not.toBe(toHex(merkleRoot(list)));
      }),
    );
  });

  it('never takes an inner node for an item', () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
    const inner = concatBytes(sha256(concatBytes(Uint8Array.of(0), a)), sha256(concatBytes(Uint8Array.of(0), b)));
    expect(toHex(merkleRoot([inner]))).not.toBe(toHex(merkleRoot([a, b])));
  });
});

describe('Merkle proof', () => {
  it('verifies for every item of every list', () => {
    fc.assert(
      fc.property(listAndIndex, ([list, index]) => {
        const proof = merkleProof(list, index);
        expect(verifyMerkleProof(merkleRoot(list), list[index], index, list.length, proof)).toBe(true);
      }),
    );
  });

  it('fails for another item, a mutated sibling, a missing or an additional one', () => {
    fc.assert(
      fc.property(listAndIndex, fc.nat(), fc.integer({ min: 1, max: 255 }), ([list, index], where, flip) => {
        const root = merkleRoot(list);
        const proof = merkleProof(list, index);
        const check = (item: Uint8Array, siblings: Uint8Array[]) =>
          verifyMerkleProof(root, item, index, list.length, siblings);
        expect(check(concatBytes(list[index], Uint8Array.of(flip)), proof)).toBe(false);
        expect(check(list[index], [...proof, new Uint8Array(32)])).toBe(false);
        if (proof.length === 0) return;
        expect(check(list[index], proof.slice(1))).toBe(false);
        expect(check(list[index], proof.slice(0, -1))).toBe(false);
        const mutated: Uint8Array[] = proof.map((sibling) => sibling.slice());
        mutated[where % proof.length][where % 32] ^= flip;
        expect(check(list[index], mutated)).toBe(false);
        mutated[where % proof.length] = proof[where % proof.length].subarray(1);
        expect(check(list[index], mutated)).toBe(false);
      }),
    );
  });

  it('fails at every other position of the same list', () => {
    fc.assert(
      fc.property(listAndIndex, ([list, index]) => {
        const distinct = list.map((item, at) => concatBytes(item, Uint8Array.of(at)));
        const proof = merkleProof(distinct, index);
        for (let other = 0; other < distinct.length; other++) {
          const holds = verifyMerkleProof(merkleRoot(distinct), distinct[index], other, distinct.length, proof);
          expect(holds).toBe(other === index);
        }
      }),
    );
  });

  it('refuses positions outside the list without looking at the proof', () => {
    for (const [index, count] of [
      [0, 0],
      [1, 1],
      [-1, 1],
      [0.5, 1],
      [0, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
    ]) {
      expect(verifyMerkleProof(new Uint8Array(32), new Uint8Array(0), index, count, [])).toBe(false);
    }
    expect(() => merkleProof([Uint8Array.of(1)], 1)).toThrow(RangeError);
  });

  it('stops on the largest count with a proof that cannot be long enough', () => {
    expect(verifyMerkleProof(new Uint8Array(32), new Uint8Array(0), 3, Number.MAX_SAFE_INTEGER, [])).toBe(false);
  });
});
