// Hashes of subtrees over sorted leaves, without a tree: what makes a part of the state checkable by itself against a root
// (PROTOCOL 8.14). Owns no row and no order; whoever sorts the leaves knows their keys.
import { sha256 } from '#crypto';
import { Arena } from './arena.ts';
import { HashQueue } from './hash-queue.ts';
import { HASH, LEAF_BYTES, TreeMemory } from './memory.ts';
import { splitAt } from './row-id.ts';

/** Leaves hashed in one go: with the nodes above them they fit into a few segments. */
const AT_ONCE = 4096;
const BRANCH_TAG = Uint8Array.of(1);

export class SubtreeHasher {
  private readonly memory = new TreeMemory();
  private readonly arena = new Arena(this.memory);
  private readonly queue = new HashQueue(this.memory);

  /** Hash of the node at `depth` over `leaves`, 64 bytes each (tree key, value hash), ascending. Zeros for none. */
  hash(leaves: Uint8Array, depth: number): Uint8Array {
    const count = leaves.length / LEAF_BYTES;
    if (count === 0) return new Uint8Array(HASH);
    if (count > AT_ONCE) {
      const middle = LEAF_BYTES * splitAt(leaves, 0, 0, count, depth);
      const left = this.hash(leaves.subarray(0, middle), depth + 1);
      return sha256(BRANCH_TAG, left, this.hash(leaves.subarray(middle), depth + 1));
    }
    this.arena.reset();
    const at = this.arena.take(leaves.length);
    const empty = this.arena.take(HASH);
    const out = this.arena.take(HASH);
    this.memory.u8.set(leaves, at);
    this.memory.u8.fill(0, empty, empty + HASH);
    this.schedule(at, count, depth, out, empty);
    this.queue.run();
    return this.memory.copy(out, HASH);
  }

  private schedule(at: number, count: number, depth: number, out: number, empty: number): void {
    if (count === 1) {
      this.queue.leaf(at, out);
      return;
    }
    const middle = splitAt(this.memory.u8, at, 0, count, depth);
    const left = middle > 0 ? this.arena.take(HASH) : empty;
    if (middle > 0) this.schedule(at, middle, depth + 1, left, empty);
    const right = middle < count ? this.arena.take(HASH) : empty;
    if (middle < count) this.schedule(at + LEAF_BYTES * middle, count - middle, depth + 1, right, empty);
    this.queue.branch(depth, left, right, out);
  }
}
