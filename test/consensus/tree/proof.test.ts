import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import {
  decodeStateProof,
  encodeStateProof,
  type StateProof,
  verifyStateProof,
} from '../../../consensus/tree/proof.ts';
import type { StateTree } from '../../../consensus/tree/state-tree.ts';
import type { LeafUpdate } from '../../../consensus/tree/types.ts';
import { applyTo, MemoryRows, treeOver } from './memory-rows.ts';

const number = (n: number): Uint8Array => sha256(Uint8Array.of(n >> 8, n));
const twins = (n: number): Uint8Array => Uint8Array.from([...new Array(31).fill(0x5a), n]);

async function treeOf(count: number): Promise<StateTree> {
  const rows = new MemoryRows();
  const tree = treeOver(rows);
  const block = Array.from({ length: count }, (_, n): LeafUpdate => [number(n), number(n + 5000)]);
  if (count > 10) block.push([twins(1), number(1)], [twins(2), number(2)], [twins(64), number(3)]);
  await applyTo(tree, rows, block);
  return tree;
}

const sizes = fc.constantFrom(0, 1, 2, 8, 9, 200);
const present = fc.nat(199);
const stranger = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.integer({ min: 65, max: 255 }).map(twins),
);

describe('proofs', () => {
  test('show every present key with its value hash, and nothing else about it', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, present, async (size, n) => {
        if (n >= size) return;
        const tree = await treeOf(size);
        const proof = tree.prove(number(n));
        expect(verifyStateProof(tree.root, number(n), number(n + 5000), proof)).toBe(true);
        expect(verifyStateProof(tree.root, number(n), number(n + 5001), proof)).toBe(false);
        expect(verifyStateProof(tree.root, number(n), undefined, proof)).toBe(false);
        expect(verifyStateProof(number(1), number(n), number(n + 5000), proof)).toBe(false);
        expect(tree.valueHash(number(n))).toEqual(number(n + 5000));
      }),
      { numRuns: 60 },
    );
  });

  test('show the absence of every other key, and no value for it', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, stranger, async (size, key) => {
        const tree = await treeOf(size);
        const proof = tree.prove(key);
        expect(verifyStateProof(tree.root, key, undefined, proof)).toBe(true);
        expect(verifyStateProof(tree.root, key, number(1), proof)).toBe(false);
        if (proof.leaf !== undefined) expect(verifyStateProof(tree.root, key, proof.leaf.valueHash, proof)).toBe(false);
        expect(tree.valueHash(key)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test('made for a key do not hide it by the path of a neighbour', async () => {
    const tree = await treeOf(200);
    for (let n = 0; n < 200; n++) {
      const other = tree.prove(number((n + 1) % 200));
      expect(verifyStateProof(tree.root, number(n), undefined, other)).toBe(false);
    }
  });

  test('fail with any byte changed, any sibling dropped or added', async () => {
    const tree = await treeOf(200);
    await fc.assert(
      fc.property(present, fc.nat(), fc.integer({ min: 1, max: 255 }), (n, where, xor) => {
        const bytes = encodeStateProof(tree.prove(number(n)));
        const forged = bytes.slice();
        forged[where % bytes.length] ^= xor;
        let proof: StateProof;
        try {
          proof = decodeStateProof(forged);
        } catch {
          return;
        }
        expect(verifyStateProof(tree.root, number(n), number(n + 5000), proof)).toBe(false);
      }),
      { numRuns: 300 },
    );
    const proof = tree.prove(number(3));
    const shorter = { ...proof, siblings: proof.siblings.slice(1) };
    const longer = { ...proof, siblings: [...proof.siblings, number(4)] };
    expect(verifyStateProof(tree.root, number(3), number(5003), shorter)).toBe(false);
    expect(verifyStateProof(tree.root, number(3), number(5003), longer)).toBe(false);
    const endless = { ...proof, siblings: Array.from({ length: 257 }, () => number(4)) };
    expect(verifyStateProof(tree.root, number(3), number(5003), endless)).toBe(false);
  });

  test('have one encoding', async () => {
    const tree = await treeOf(200);
    fc.assert(
      fc.property(fc.oneof(present.map(number), stranger), (key) => {
        const proof = tree.prove(key);
        const bytes = encodeStateProof(proof);
        expect(decodeStateProof(bytes)).toEqual(proof);
      }),
    );
    const sample = encodeStateProof(tree.prove(twins(1)));
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), (where, value) => {
        const bytes = sample.slice();
        bytes[where % 60] = value;
        let proof: StateProof;
        try {
          proof = decodeStateProof(bytes);
        } catch {
          return;
        }
        expect(toHex(encodeStateProof(proof))).toBe(toHex(bytes));
      }),
      { numRuns: 500 },
    );
    expect(sample.length).toBeLessThan(700);
    expect(tree.prove(twins(1)).siblings.length).toBeGreaterThan(240);
    expect(equalBytes(sample, encodeStateProof(tree.prove(twins(2))))).toBe(false);
  });

  test('can be made in a prepared tree, which the abort leaves without a trace', async () => {
    const rows = new MemoryRows();
    const tree = treeOver(rows);
    await applyTo(
      tree,
      rows,
      Array.from({ length: 60 }, (_, n): LeafUpdate => [number(n), number(n + 5000)]),
    );
    const root = tree.root;
    const earlier = Array.from({ length: 30 }, (_, n): LeafUpdate => [number(2 * n), n < 20 ? null : number(n + 7000)]);
    const prepared = await tree.prepare(earlier);
    for (let n = 0; n < 70; n++) {
      const value = n % 2 === 1 ? number(n + 5000) : n < 40 || n >= 60 ? undefined : number(n / 2 + 7000);
      const expected = n < 60 ? value : undefined;
      expect(verifyStateProof(prepared.root, number(n), expected, prepared.prove(number(n)))).toBe(true);
    }
    prepared.abort();
    expect(tree.root).toEqual(root);
    expect(verifyStateProof(root, number(2), number(5002), tree.prove(number(2)))).toBe(true);
  });
});
