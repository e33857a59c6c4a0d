import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import type { LeafUpdate } from '../../../consensus/tree/types.ts';
import { applyTo, MemoryRows, treeOver } from './memory-rows.ts';
import { type Leaf, naiveRoot } from './naive-tree.ts';

// Keys that are spread out, share 30 bytes, or share 4 bytes: ordinary, very deep and in-between buckets.
const spread = fc.integer({ min: 0, max: 400 }).map((n) => sha256(Uint8Array.of(n >> 8, n & 255)));
const deep = fc.integer({ min: 0, max: 40 }).map((n) => Uint8Array.from([...new Array(31).fill(0xa5), n]));
const middle = fc.integer({ min: 0, max: 40 }).map((n) => Uint8Array.from([1, 2, 3, 4, n, ...new Array(27).fill(0)]));
const key = fc.oneof(
  { weight: 6, arbitrary: spread },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: middle },
);
const valueHash = fc.integer({ min: 0, max: 1000 }).map((n) => sha256(Uint8Array.of(7, n >> 8, n & 255)));
const update = fc.tuple(key, fc.option(valueHash, { freq: 3 }));
const updates = fc.oneof(fc.array(update, { maxLength: 12 }), fc.array(update, { maxLength: 120, size: 'max' }));
const blocks = fc.array(updates, { minLength: 1, maxLength: 6 });

class Model {
  readonly leaves = new Map<string, Uint8Array>();

  apply(block: readonly LeafUpdate[]): void {
    for (const [k, v] of block) {
      if (v === null) this.leaves.delete(toHex(k));
      else this.leaves.set(toHex(k), v);
    }
  }

  /** The update that takes `block` back. */
  undoOf(block: readonly LeafUpdate[]): LeafUpdate[] {
    return block.map(([k]) => [k, this.leaves.get(toHex(k)) ?? null]);
  }

  get all(): Leaf[] {
    return [...this.leaves].map(([k, v]) => [fromHex(k), v]);
  }
}

describe('the state tree', () => {
  test('has the root of the naive tree after every block, and after a rebuild from its rows', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (run) => {
        const rows = new MemoryRows();
        const tree = treeOver(rows);
        const model = new Model();
        for (const block of run) {
          await applyTo(tree, rows, block);
          model.apply(block);
          expect(tree.root).toEqual(naiveRoot(model.all));
        }
        const again = treeOver(rows);
        expect(await again.open()).toEqual(tree.root);
        expect(again.counters.nodes).toBe(tree.counters.nodes);
      }),
      { numRuns: 120 },
    );
  });

  test('does not depend on the order or the grouping of updates, rows included', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, fc.infiniteStream(fc.nat()), async (run, numbers) => {
        const model = new Model();
        const rows = new MemoryRows();
        const tree = treeOver(rows);
        for (const block of run) {
          await applyTo(tree, rows, block);
          model.apply(block);
        }
        const shuffled = model.all.map((leaf) => [numbers.next().value as number, leaf] as const);
        shuffled.sort((a, b) => a[0] - b[0]);
        const other = new MemoryRows();
        const once = treeOver(other);
        await applyTo(
          once,
          other,
          shuffled.map(([, leaf]) => leaf),
        );
        expect(once.root).toEqual(tree.root);
        expect(other.dump()).toBe(rows.dump());
      }),
      { numRuns: 80 },
    );
  });

  test('is restored byte for byte by putting back old values', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (run) => {
        const rows = new MemoryRows();
        const tree = treeOver(rows);
        const model = new Model();
        const history: { dump: string; root: Uint8Array; nodes: number; undo: LeafUpdate[] }[] = [];
        for (const block of run) {
          const { nodes } = tree.counters;
          history.push({ dump: rows.dump(), root: tree.root, nodes, undo: model.undoOf(block) });
          await applyTo(tree, rows, block);
          model.apply(block);
        }
        for (const before of history.reverse()) {
          await applyTo(tree, rows, before.undo);
          expect(tree.root).toEqual(before.root);
          expect(rows.dump()).toBe(before.dump);
          expect(tree.counters.nodes).toBe(before.nodes);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('forgets an aborted update', async () => {
    await fc.assert(
      fc.asyncProperty(updates, updates, updates, async (first, aborted, next) => {
        const rows = new MemoryRows();
        const tree = treeOver(rows);
        const model = new Model();
        await applyTo(tree, rows, first);
        model.apply(first);
        const { nodes } = tree.counters;
        (await tree.prepare(aborted)).abort();
        expect(tree.counters.nodes).toBe(nodes);
        await applyTo(tree, rows, next);
        model.apply(next);
        expect(tree.root).toEqual(naiveRoot(model.all));
      }),
      { numRuns: 60 },
    );
  });

  test('takes an update of more than two chunks, and empties again', async () => {
    const rows = new MemoryRows();
    const tree = treeOver(rows);
    const number = (n: number): Uint8Array => sha256(Uint8Array.of(n >> 16, n >> 8, n));
    const block = Array.from({ length: 18_000 }, (_, n): LeafUpdate => [number(n), number(n + 1)]);
    await applyTo(tree, rows, block);
    expect(tree.root).toEqual(naiveRoot(block as Leaf[]));
    expect(await treeOver(rows).open()).toEqual(tree.root);
    const half = block.slice(0, 9000);
    await applyTo(
      tree,
      rows,
      half.map(([key]) => [key, null]),
    );
    expect(tree.root).toEqual(naiveRoot(block.slice(9000) as Leaf[]));
    await applyTo(
      tree,
      rows,
      block.map(([key]) => [key, null]),
    );
    expect(tree.root).toEqual(new Uint8Array(32));
    expect(rows.rows.size).toBe(0);
    expect(tree.counters.nodes).toBe(0);
  });

  test('the last of equal keys wins', async () => {
    const rows = new MemoryRows();
    const tree = treeOver(rows);
    const one = new Uint8Array(32).fill(1);
    const two = new Uint8Array(32).fill(2);
    await applyTo(tree, rows, [
      [one, one],
      [two, one],
      [one, null],
      [one, two],
      [two, null],
    ]);
    expect(tree.root).toEqual(naiveRoot([[one, two]]));
  });

  test('refuses a second update while one is in hand', async () => {
    const rows = new MemoryRows();
    const tree = treeOver(rows);
    const prepared = await tree.prepare([]);
    await expect(tree.prepare([])).rejects.toMatchObject({ code: 'tree.busy' });
    prepared.abort();
    await expect(tree.prepare([])).resolves.toBeDefined();
  });

  test('refuses keys and value hashes of another length', async () => {
    const tree = treeOver(new MemoryRows());
    const good = new Uint8Array(32);
    await expect(tree.prepare([[new Uint8Array(31), good]])).rejects.toMatchObject({ code: 'tree.update' });
    await expect(tree.prepare([[good, new Uint8Array(33)]])).rejects.toMatchObject({ code: 'tree.update' });
  });
});

describe('damaged rows', () => {
  async function filled(): Promise<MemoryRows> {
    const rows = new MemoryRows();
    const block = Array.from({ length: 300 }, (_, n): LeafUpdate => [sha256(Uint8Array.of(n >> 8, n)), sha256()]);
    await applyTo(treeOver(rows), rows, block);
    return rows;
  }
  const opened = async (rows: MemoryRows): Promise<string> => {
    try {
      return toHex(await treeOver(rows).open());
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test('never give the root again: one flipped bit, one lost row, one cut row', async () => {
    const rows = await filled();
    const root = await opened(rows);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(rows.rows.size - 1),
        fc.nat(),
        fc.constantFrom('flip', 'lose', 'cut'),
        async (at, where, how) => {
          const damaged = new MemoryRows();
          for (const [k, v] of rows.rows) damaged.rows.set(k, v.slice());
          const name = [...damaged.rows.keys()][at];
          const row = damaged.rows.get(name)!;
          if (how === 'flip') row[(where >> 3) % row.length] ^= 1 << (where & 7);
          else if (how === 'lose') damaged.rows.delete(name);
          else damaged.rows.set(name, row.subarray(0, where % row.length));
          expect(await opened(damaged)).not.toBe(root);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('stop an update that touches them, and the tree goes on as before', async () => {
    const rows = await filled();
    const tree = treeOver(rows);
    const root = await tree.open();
    const [name] = [...rows.rows.keys()];
    const row = rows.rows.get(name)!;
    rows.rows.delete(name);
    const touching: LeafUpdate[] = [[row.slice(0, 32), null]];
    await expect(tree.prepare(touching)).rejects.toMatchObject({ code: 'tree.row', type: { reason: 'missing' } });
    rows.rows.set(name, row);
    expect(tree.root).toEqual(root);
    await applyTo(tree, rows, touching);
    expect(tree.root).not.toEqual(root);
  });
});
