// Compact sparse Merkle tree over stored rows (PROTOCOL 6.2): a row is the shallowest subtree with at most 8 leaves, all
// nodes above are in memory and copied on write. Rows depend on the set of leaves alone, so putting back old values
// restores them byte for byte. Owns nodes and hashes; reads rows through a port, writes none.
import { compareBytes } from '../../common/bytes.ts';
import { Arena } from './arena.ts';
import { TreeError } from './errors.ts';
import { HashQueue } from './hash-queue.ts';
import { HASH, LEAF_BYTES, TreeMemory } from './memory.ts';
import { EMPTY, NodeTable } from './node-table.ts';
import { bucketPath, type StateProof } from './proof.ts';
import { bitAt, type RowId, rowIdAt, rowKey } from './row-id.ts';
import { sortUpdates } from './sort-updates.ts';
import { BUCKET_LEAVES, type TreeParts, TreeUpdate } from './tree-update.ts';
import type { LeafUpdate, PreparedUpdate, RowReader, RowSource, TreeCounters } from './types.ts';

/** Leaves fed at once when the nodes are rebuilt from rows. */
const LOAD_LEAVES = 4096;

export class StateTree {
  private readonly reader: RowReader;
  private readonly memory = new TreeMemory();
  private readonly nodes = new NodeTable(this.memory);
  private readonly queue = new HashQueue(this.memory);
  private readonly parts: TreeParts = {
    memory: this.memory,
    nodes: this.nodes,
    arena: new Arena(this.memory),
    queue: this.queue,
  };
  private readonly source: RowSource;
  private node = EMPTY;
  private busy = false;
  /** What the last `append` wrote. */
  private appended: { readonly rows: ReadonlyMap<RowId, Uint8Array | null>; readonly last: Uint8Array } | undefined;
  private rowsRead = 0;
  private rowsWritten = 0;

  constructor(modules: { readonly rows: RowReader }) {
    this.reader = modules.rows;
    this.source = {
      many: (ids) => this.reader.getMany(ids.map(rowKey)),
      one: (id) => this.reader.get(rowKey(id)),
    };
  }

  /** Root of the committed tree, 32 bytes. */
  get root(): Uint8Array {
    return this.rootOf(this.node);
  }

  get counters(): TreeCounters {
    const { rowsRead, rowsWritten } = this;
    return { hashes: this.queue.hashes, rowsRead, rowsWritten, nodes: this.nodes.size, memory: this.memory.bytes };
  }

  /**
   * Rebuilds the nodes from all rows; the caller compares the root with the one that it trusts. Throws TreeError
   * `tree.row` when the rows are not those of any tree.
   */
  async open(): Promise<Uint8Array> {
    const chunk = new Uint8Array(LEAF_BYTES * (LOAD_LEAVES + BUCKET_LEAVES));
    let filled = 0;
    let rows = 0;
    let leaves = 0;
    for await (const row of this.reader.values()) {
      rows++;
      if (row.length === 0 || row.length % LEAF_BYTES !== 0 || row.length > LEAF_BYTES * BUCKET_LEAVES) {
        throw new TreeError({ code: 'tree.row', reason: 'length' });
      }
      chunk.set(row, filled);
      filled += row.length;
      leaves += row.length / LEAF_BYTES;
      if (filled < LEAF_BYTES * LOAD_LEAVES) continue;
      await this.append(chunk.subarray(0, filled));
      filled = 0;
    }
    await this.append(chunk.subarray(0, filled));
    this.appended = undefined;
    const built = this.count(this.node);
    if (built.buckets !== rows || built.leaves !== leaves) throw new TreeError({ code: 'tree.row', reason: 'count' });
    return this.root;
  }

  /**
   * Builds bottom-up: adds leaves (tree key and value hash, 64 bytes each) that are ascending and above all leaves so far,
   * in force at once. Gives the rows to write; the last of them may come again with the next leaves. Throws TreeError
   * `tree.row` for another order.
   */
  async append(leaves: Uint8Array): Promise<PreparedUpdate['rows']> {
    if (leaves.length === 0) return [];
    // Leaves come in ascending order, so these touch no row but those of the leaves before them.
    const known = this.appended?.rows;
    let last = this.appended?.last;
    for (let at = 0; at < leaves.length; at += LEAF_BYTES) {
      const key = leaves.subarray(at, at + HASH);
      if (last !== undefined && compareBytes(last, key) >= 0)
        throw new TreeError({ code: 'tree.row', reason: 'order' });
      last = key;
    }
    const source: RowSource = {
      many: async (ids) => ids.map((id) => known?.get(id) ?? undefined),
      one: (id) => known?.get(id) ?? undefined,
    };
    const update = new TreeUpdate(this.node, this.parts, known === undefined ? this.source : source);
    await update.add(leaves);
    this.node = update.node;
    this.nodes.release(update.stale);
    this.appended = { rows: update.rows, last: last!.slice() };
    return Array.from(update.rows, ([id, value]) => [rowKey(id), value] as const);
  }

  /** Computes the tree with `updates` applied; of equal keys the last wins. Nothing is in force before `commit`. */
  async prepare(updates: readonly LeafUpdate[]): Promise<PreparedUpdate> {
    if (this.busy) throw new TreeError({ code: 'tree.busy' });
    this.busy = true;
    this.appended = undefined;
    const update = new TreeUpdate(this.node, this.parts, this.source);
    try {
      await update.apply(updates, sortUpdates(updates));
    } catch (error) {
      this.finish(this.node, update.fresh);
      throw error;
    }
    this.rowsRead += update.rowsRead;
    this.rowsWritten += update.rows.size;
    return {
      root: this.rootOf(update.node),
      rows: Array.from(update.rows, ([id, value]) => [rowKey(id), value] as const),
      prove: (key) =>
        this.proveIn(update.node, key, (id) =>
          update.rows.has(id) ? (update.rows.get(id) ?? undefined) : this.source.one(id),
        ),
      commit: () => this.finish(update.node, update.stale),
      abort: () => this.finish(this.node, update.fresh),
    };
  }

  /** Proof that the key is present or absent in the committed tree. */
  prove(key: Uint8Array): StateProof {
    return this.proveIn(this.node, key, this.source.one);
  }

  /** Value hash of a key in the committed tree; undefined when it is absent. */
  valueHash(key: Uint8Array): Uint8Array | undefined {
    let node = this.node;
    let depth = 0;
    for (; this.nodes.isBranch(node); depth++) {
      node = bitAt(key, 0, depth) === 1 ? this.nodes.rightOf(node) : this.nodes.leftOf(node);
    }
    const row = node === EMPTY ? undefined : this.source.one(rowIdAt(key, 0, depth));
    for (let at = 0; row !== undefined && at < row.length; at += LEAF_BYTES) {
      if (compareBytes(row.subarray(at, at + HASH), key) === 0) return row.slice(at + HASH, at + LEAF_BYTES);
    }
    return undefined;
  }

  private proveIn(root: number, key: Uint8Array, rowOf: RowSource['one']): StateProof {
    const siblings: Uint8Array[] = [];
    let node = root;
    let depth = 0;
    for (; this.nodes.isBranch(node); depth++) {
      const [left, right] = [this.nodes.leftOf(node), this.nodes.rightOf(node)];
      const goesRight = bitAt(key, 0, depth) === 1;
      siblings.push(this.rootOf(goesRight ? left : right));
      node = goesRight ? right : left;
    }
    if (node === EMPTY) return { siblings, leaf: undefined };
    const row = rowOf(rowIdAt(key, 0, depth));
    if (row === undefined) throw new TreeError({ code: 'tree.row', reason: 'missing' });
    return bucketPath(row, key, depth, siblings);
  }

  private finish(node: number, unused: readonly number[]): void {
    this.nodes.release(unused);
    this.node = node;
    this.busy = false;
  }

  private rootOf(node: number): Uint8Array {
    return this.memory.copy(this.nodes.address(node), HASH);
  }

  private count(node: number): { buckets: number; leaves: number } {
    if (node === EMPTY) return { buckets: 0, leaves: 0 };
    if (!this.nodes.isBranch(node)) return { buckets: 1, leaves: this.nodes.leaves(node) };
    const left = this.count(this.nodes.leftOf(node));
    const right = this.count(this.nodes.rightOf(node));
    return { buckets: left.buckets + right.buckets, leaves: left.leaves + right.leaves };
  }
}
