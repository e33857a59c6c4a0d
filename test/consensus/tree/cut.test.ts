import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { compareBytes, concatBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { boundsOfCut, type CutPart, decodeCut, encodeCut, rootOfCut } from '../../../consensus/tree/cut.ts';
import { SubtreeHasher } from '../../../consensus/tree/subtree.ts';
import { MemoryRows, treeOver } from './memory-rows.ts';
import { type Leaf, naiveRoot } from './naive-tree.ts';

const bit = (key: Uint8Array, depth: number): number => (key[depth >> 3] >> (7 - (depth & 7))) & 1;
const spread = fc.integer({ min: 0, max: 400 }).map((n) => sha256(Uint8Array.of(n >> 8, n & 255)));
const close = fc
  .integer({ min: 0, max: 40 })
  .map((n) => Uint8Array.from([...new Array(2).fill(0xa5), n, ...new Array(29).fill(1)]));
const leaves = fc
  .uniqueArray(fc.oneof({ weight: 5, arbitrary: spread }, close), { maxLength: 150, selector: (key) => key.join() })
  .map((keys) => keys.sort(compareBytes).map((key): Leaf => [key, sha256(key)]));

const hasher = new SubtreeHasher();
const flat = (part: readonly Leaf[]): Uint8Array => concatBytes(...part.flat());
const hashOf = (part: readonly Leaf[], depth: number): Uint8Array => hasher.hash(flat(part), depth);

/** Splits while a subtree has more than `most` leaves, or the seed says so. */
function cut(
  all: readonly Leaf[],
  most: number,
  eager: number,
  depth = 0,
): { part: CutPart; leaves: readonly Leaf[] }[] {
  if (all.length <= most && (depth >= eager || depth > 12)) {
    const class_ = all.length === 0 ? 'none' : all.length === 1 ? 'one' : 'more';
    return [{ part: { depth, leaves: class_, hash: hashOf(all, depth) }, leaves: all }];
  }
  const side = (wanted: number) => all.filter(([key]) => bit(key, depth) === wanted);
  return [...cut(side(0), most, eager, depth + 1), ...cut(side(1), most, eager, depth + 1)];
}

describe('a cut through the state tree', () => {
  test('gives the root of the naive tree, however it cuts', () => {
    fc.assert(
      fc.property(leaves, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 4 }), (all, most, eager) => {
        const parts = cut(all, most, eager);
        expect(rootOfCut(parts.map(({ part }) => part))).toEqual(naiveRoot(all));
        const bounds = boundsOfCut(parts.map(({ part }) => part));
        parts.forEach(({ leaves: own }, i) => {
          for (const [key] of own) {
            expect(compareBytes(key, bounds[i])).toBeGreaterThanOrEqual(0);
            if (i + 1 < bounds.length) expect(compareBytes(key, bounds[i + 1])).toBeLessThan(0);
          }
        });
      }),
    );
  });

  test('gives another root when any part says something else', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), fc.integer({ min: 0, max: 2 }), (all, which, lie) => {
        const parts = cut(all, 10, 2).map(({ part }) => part);
        const at = which % parts.length;
        const honest = parts[at];
        const other = {
          depth: honest.depth,
          leaves: (['none', 'one', 'more'] as const)[lie],
          hash: lie === 0 ? new Uint8Array(32) : sha256(honest.hash),
        };
        fc.pre(other.leaves !== honest.leaves || honest.leaves !== 'none');
        const forged = parts.map((part, i) => (i === at ? other : part));
        expect(rootOfCut(forged)).not.toEqual(naiveRoot(all));
      }),
    );
  });

  test('has one encoding, and random bytes are refused or are that encoding', () => {
    fc.assert(
      fc.property(leaves, (all) => {
        const parts = cut(all, 10, 1).map(({ part }) => part);
        expect(decodeCut(encodeCut(parts))).toEqual(parts);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(encodeCut(decodeCut(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });

  test('is refused when its parts leave a gap or overlap', () => {
    const parts = cut(
      Array.from({ length: 64 }, (_, n): Leaf => [sha256(Uint8Array.of(n)), sha256(Uint8Array.of(n, 1))]).sort((a, b) =>
        compareBytes(a[0], b[0]),
      ),
      8,
      0,
    ).map(({ part }) => part);
    expect(parts.length).toBeGreaterThan(4);
    expect(() => rootOfCut(parts.slice(1))).toThrow(CodecError);
    expect(() => rootOfCut([...parts, parts[0]])).toThrow(CodecError);
    expect(() => rootOfCut([])).toThrow(CodecError);
  });
});

describe('the subtree hasher', () => {
  test('agrees with the naive tree on more leaves than it hashes at once', () => {
    const all = Array.from({ length: 10_000 }, (_, n): Leaf => {
      const key = sha256(Uint8Array.of(n >> 8, n & 255));
      return [key, key];
    }).sort((a, b) => compareBytes(a[0], b[0]));
    expect(hashOf(all, 0)).toEqual(naiveRoot(all));
  });
});

describe('a tree built bottom-up', () => {
  test('has the root and the rows of a tree that grew, however the leaves are grouped', async () => {
    await fc.assert(
      fc.asyncProperty(
        leaves,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
        async (all, sizes) => {
          const rows = new MemoryRows();
          const tree = treeOver(rows);
          let turn = 0;
          for (let at = 0; at < all.length; ) {
            const size = sizes[turn++ % sizes.length];
            rows.write(await tree.append(flat(all.slice(at, at + size))));
            at += size;
          }
          const grown = new MemoryRows();
          const other = treeOver(grown);
          const prepared = await other.prepare(all);
          grown.write(prepared.rows);
          prepared.commit();
          expect(tree.root).toEqual(naiveRoot(all));
          expect(rows.dump()).toBe(grown.dump());
          expect(tree.counters.nodes).toBe(other.counters.nodes);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('goes on after a rebuild from its rows, and refuses leaves out of order', async () => {
    const all = Array.from(
      { length: 500 },
      (_, n): Leaf => [sha256(Uint8Array.of(n >> 8, n)), sha256(Uint8Array.of(1))],
    ).sort((a, b) => compareBytes(a[0], b[0]));
    const rows = new MemoryRows();
    rows.write(await treeOver(rows).append(flat(all.slice(0, 260))));
    const again = treeOver(rows);
    await again.open();
    rows.write(await again.append(flat(all.slice(260))));
    expect(again.root).toEqual(naiveRoot(all));
    await expect(again.append(flat(all.slice(3, 4)))).rejects.toMatchObject({ code: 'tree.row' });
  });
});
