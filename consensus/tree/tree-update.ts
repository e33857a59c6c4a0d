// One update in hand: finds the buckets that the updates touch, merges, splits and joins them, rebuilds the nodes above
// and hashes them by level. Old nodes stay as they are until the owner commits. Owns no row on disk.
import type { Arena } from './arena.ts';
import { TreeError } from './errors.ts';
import type { HashQueue } from './hash-queue.ts';
import { CHUNK_UPDATES, HASH, LEAF_BYTES, STAGE, type TreeMemory, UPDATES } from './memory.ts';
import { EMPTY, type NodeTable } from './node-table.ts';
import { childRowId, type RowId, rowIdAt, splitAt } from './row-id.ts';
import type { LeafUpdate, RowSource } from './types.ts';

/** Leaves of a bucket at most. A local choice: the root does not depend on it. */
export const BUCKET_LEAVES = 8;
/** Rows read at once while earlier ones are merged and hashed. */
const READ_AHEAD = 512;

export interface TreeParts {
  readonly memory: TreeMemory;
  readonly nodes: NodeTable;
  readonly arena: Arena;
  readonly queue: HashQueue;
}

/** A bucket or empty place on the path of the updates lo..hi. */
interface Touched {
  readonly node: number;
  readonly depth: number;
  readonly lo: number;
  readonly hi: number;
  readonly id: RowId;
}

export class TreeUpdate {
  /** Root node of the tree in hand. */
  node: number;
  /** Rows that differ from the committed tree; null where the row goes. */
  readonly rows = new Map<RowId, Uint8Array | null>();
  /** Nodes made here, and nodes that the tree in hand no longer uses. */
  readonly fresh: number[] = [];
  readonly stale: number[] = [];
  rowsRead = 0;
  private readonly parts: TreeParts;
  private readonly source: RowSource;
  private readonly removed = new Uint8Array(CHUNK_UPDATES);
  private touched: Touched[] = [];
  private made: number[] = [];
  private nextMade = 0;
  /** Rows of this chunk by the bucket that holds them now; EMPTY where the row goes. */
  private chunkRows = new Map<RowId, number>();

  constructor(root: number, parts: TreeParts, source: RowSource) {
    this.node = root;
    this.parts = parts;
    this.source = source;
  }

  /** Applies `updates` in the ascending, distinct `order`. */
  async apply(updates: readonly LeafUpdate[], order: Uint32Array): Promise<void> {
    for (let from = 0; from < order.length; from += CHUNK_UPDATES) {
      const chunk = order.subarray(from, from + CHUNK_UPDATES);
      this.stage(updates, chunk);
      await this.chunk(chunk.length);
    }
  }

  /** Adds leaves, 64 bytes each, ascending. */
  async add(leaves: Uint8Array): Promise<void> {
    for (let from = 0; from < leaves.length; from += LEAF_BYTES * CHUNK_UPDATES) {
      const chunk = leaves.subarray(from, from + LEAF_BYTES * CHUNK_UPDATES);
      this.parts.memory.u8.set(chunk, UPDATES);
      this.removed.fill(0);
      await this.chunk(chunk.length / LEAF_BYTES);
    }
  }

  /** Works the first `count` staged updates in. */
  private async chunk(count: number): Promise<void> {
    const { arena, queue } = this.parts;
    arena.reset();
    queue.clear();
    this.touched = [];
    this.made = [];
    this.nextMade = 0;
    this.chunkRows = new Map();
    this.locate(this.node, 0, 0, count);
    let reading = this.read(0);
    for (let from = 0; from < this.touched.length; from += READ_AHEAD) {
      const rows = await reading;
      reading = this.read(from + READ_AHEAD);
      // Awaited in the next turn; should this one throw, its failure is not news.
      reading.catch(() => undefined);
      rows.forEach((row, i) => {
        this.replace(this.touched[from + i], row);
      });
      queue.run();
    }
    this.node = this.rebuild(this.node, 0, 0, count);
    queue.run();
    this.keepRows();
  }

  private stage(updates: readonly LeafUpdate[], order: Uint32Array): void {
    const { u8 } = this.parts.memory;
    order.forEach((at, i) => {
      const [key, valueHash] = updates[at];
      u8.set(key, UPDATES + LEAF_BYTES * i);
      if (valueHash !== null) u8.set(valueHash, UPDATES + LEAF_BYTES * i + HASH);
      this.removed[i] = valueHash === null ? 1 : 0;
    });
  }

  private locate(node: number, depth: number, lo: number, hi: number): void {
    const { memory, nodes } = this.parts;
    if (!nodes.isBranch(node)) {
      this.touched.push({ node, depth, lo, hi, id: rowIdAt(memory.u8, UPDATES + LEAF_BYTES * lo, depth) });
      return;
    }
    const middle = splitAt(memory.u8, UPDATES, lo, hi, depth);
    if (middle > lo) this.locate(nodes.leftOf(node), depth + 1, lo, middle);
    if (middle < hi) this.locate(nodes.rightOf(node), depth + 1, middle, hi);
  }

  /** Rows of the touched buckets from `from` on; undefined for places that were empty. */
  private async read(from: number): Promise<readonly (Uint8Array | undefined)[]> {
    const touched = this.touched.slice(from, from + READ_AHEAD);
    const rows = touched.map(({ node, id }) => (node === EMPTY ? undefined : (this.rows.get(id) ?? undefined)));
    const absent = touched.flatMap(({ node }, i) => (node !== EMPTY && rows[i] === undefined ? [i] : []));
    if (absent.length > 0) {
      const stored = await this.source.many(absent.map((i) => touched[i].id));
      this.rowsRead += absent.length;
      absent.forEach((i, at) => {
        rows[i] = stored[at];
      });
    }
    touched.forEach(({ node }, i) => {
      if (node !== EMPTY) this.checkRow(node, rows[i]);
    });
    return rows;
  }

  private checkRow(bucket: number, row: Uint8Array | undefined): asserts row is Uint8Array {
    if (row === undefined) throw new TreeError({ code: 'tree.row', reason: 'missing' });
    if (row.length !== LEAF_BYTES * this.parts.nodes.leaves(bucket)) {
      throw new TreeError({ code: 'tree.row', reason: 'length' });
    }
  }

  private replace(touched: Touched, row: Uint8Array | undefined): void {
    const { node, depth, lo, hi, id } = touched;
    if (node !== EMPTY) this.drop(node, id);
    const most = LEAF_BYTES * (BUCKET_LEAVES + hi - lo);
    const at = this.parts.arena.reserve(most);
    const count = this.merge(row, lo, hi, at);
    this.parts.arena.used(LEAF_BYTES * count);
    this.made.push(this.grow(at, count, depth));
  }

  /** Old leaves and the updates lo..hi into one sorted list at `at`; gives its length. */
  private merge(row: Uint8Array | undefined, lo: number, hi: number, at: number): number {
    const { u8 } = this.parts.memory;
    const end = STAGE + (row?.length ?? 0);
    if (row !== undefined) u8.set(row, STAGE);
    let old = STAGE;
    let out = at;
    for (let i = lo; i < hi; i++) {
      const update = UPDATES + LEAF_BYTES * i;
      let order = 1;
      while (old < end) {
        order = compareKeys(u8, old, update);
        if (order >= 0) break;
        u8.copyWithin(out, old, old + LEAF_BYTES);
        out += LEAF_BYTES;
        old += LEAF_BYTES;
      }
      if (old < end && order === 0) old += LEAF_BYTES;
      if (this.removed[i] === 1) continue;
      u8.copyWithin(out, update, update + LEAF_BYTES);
      out += LEAF_BYTES;
    }
    u8.copyWithin(out, old, end);
    return (out + end - old - at) / LEAF_BYTES;
  }

  /** The subtree over `count` sorted leaves at `at`. */
  private grow(at: number, count: number, depth: number): number {
    if (count === 0) return EMPTY;
    if (count <= BUCKET_LEAVES) return this.bucket(at, count, depth);
    const middle = splitAt(this.parts.memory.u8, at, 0, count, depth);
    const left = this.grow(at, middle, depth + 1);
    return this.branch(left, this.grow(at + LEAF_BYTES * middle, count - middle, depth + 1), depth);
  }

  /** The node that takes the place of `node`, above the buckets made by `replace`, in the order of `locate`. */
  private rebuild(node: number, depth: number, lo: number, hi: number): number {
    const { memory, nodes } = this.parts;
    if (!nodes.isBranch(node)) return this.made[this.nextMade++];
    const middle = splitAt(memory.u8, UPDATES, lo, hi, depth);
    let left = nodes.leftOf(node);
    let right = nodes.rightOf(node);
    if (middle > lo) left = this.rebuild(left, depth + 1, lo, middle);
    if (middle < hi) right = this.rebuild(right, depth + 1, middle, hi);
    this.stale.push(node);
    return this.join(left, right, depth, UPDATES + LEAF_BYTES * lo);
  }

  /** A branch, or one bucket when both sides together fit into it. `keyAt`: any key below. */
  private join(left: number, right: number, depth: number, keyAt: number): number {
    const { arena, memory, nodes } = this.parts;
    const count = nodes.leaves(left) + nodes.leaves(right);
    if (count === 0) return EMPTY;
    if (count > BUCKET_LEAVES) return this.branch(left, right, depth);
    const at = arena.take(LEAF_BYTES * count);
    let out = at;
    for (const [child, bit] of [
      [left, 0],
      [right, 1],
    ] as const) {
      if (child === EMPTY) continue;
      const id = childRowId(memory.u8, keyAt, depth + 1, bit);
      const bytes = LEAF_BYTES * nodes.leaves(child);
      const inHand = nodes.leavesAt(child);
      if (inHand !== 0) memory.u8.copyWithin(out, inHand, inHand + bytes);
      else memory.u8.set(this.readOne(child, id), out);
      out += bytes;
      this.drop(child, id);
    }
    return this.bucket(at, count, depth);
  }

  private readOne(bucket: number, id: RowId): Uint8Array {
    let row = this.rows.get(id) ?? undefined;
    if (row === undefined) {
      row = this.source.one(id);
      this.rowsRead++;
    }
    this.checkRow(bucket, row);
    return row;
  }

  private drop(bucket: number, id: RowId): void {
    this.stale.push(bucket);
    this.chunkRows.set(id, EMPTY);
  }

  private bucket(at: number, count: number, depth: number): number {
    const { memory, nodes } = this.parts;
    const node = nodes.addBucket(count, at);
    this.fresh.push(node);
    this.chunkRows.set(rowIdAt(memory.u8, at, depth), node);
    this.schedule(at, count, depth, nodes.address(node));
    return node;
  }

  private branch(left: number, right: number, depth: number): number {
    const { nodes, queue } = this.parts;
    const node = nodes.addBranch(left, right);
    this.fresh.push(node);
    queue.branch(depth, nodes.address(left), nodes.address(right), nodes.address(node));
    return node;
  }

  /** Queues the hashes of the subtree inside a bucket. */
  private schedule(at: number, count: number, depth: number, out: number): void {
    const { arena, memory, nodes, queue } = this.parts;
    if (count === 1) {
      queue.leaf(at, out);
      return;
    }
    const middle = splitAt(memory.u8, at, 0, count, depth);
    const empty = nodes.address(EMPTY);
    const left = middle > 0 ? arena.take(HASH) : empty;
    if (middle > 0) this.schedule(at, middle, depth + 1, left);
    const right = middle < count ? arena.take(HASH) : empty;
    if (middle < count) this.schedule(at + LEAF_BYTES * middle, count - middle, depth + 1, right);
    queue.branch(depth, left, right, out);
  }

  /** Copies the rows of the chunk out of the arena, which the next chunk overwrites; all into one buffer. */
  private keepRows(): void {
    const { memory, nodes } = this.parts;
    let bytes = 0;
    for (const bucket of this.chunkRows.values()) bytes += LEAF_BYTES * nodes.leaves(bucket);
    const kept = new Uint8Array(bytes);
    let at = 0;
    for (const [id, bucket] of this.chunkRows) {
      if (bucket === EMPTY) {
        this.rows.set(id, null);
        continue;
      }
      const from = nodes.leavesAt(bucket);
      const end = at + LEAF_BYTES * nodes.leaves(bucket);
      kept.set(memory.u8.subarray(from, from + end - at), at);
      this.rows.set(id, kept.subarray(at, end));
      nodes.detachLeaves(bucket);
      at = end;
    }
  }
}

function compareKeys(bytes: Uint8Array, a: number, b: number): number {
  for (let i = 0; i < HASH; i++) {
    const difference = bytes[a + i] - bytes[b + i];
    if (difference !== 0) return difference;
  }
  return 0;
}
