// Every node of the tree down to the buckets: 40 bytes each, copied on write, numbered, recycled.
// Owns storage of nodes; which of them form a tree is decided by tree-update.ts and state-tree.ts.
import { HASH, SEGMENT_BYTES, type TreeMemory } from './memory.ts';

/** The empty subtree; its hash is zeros (PROTOCOL 6.2). */
export const EMPTY = 0;

const NODES_PER_SEGMENT = SEGMENT_BYTES / HASH;
const FIRST_CAPACITY = 4096;
/** Stands for the leaves of a branch: more than any bucket holds, and so is its sum with anything. */
const MANY = 1 << 30;

export class NodeTable {
  /** A branch: its left child. A bucket: minus the number of its leaves. */
  private left = new Int32Array(FIRST_CAPACITY);
  /** A branch: its right child. A bucket of the chunk in hand: the address of its leaves. */
  private right = new Int32Array(FIRST_CAPACITY);
  private readonly memory: TreeMemory;
  private readonly segments: number[] = [];
  private readonly free: number[] = [];
  private top = 1;

  constructor(memory: TreeMemory) {
    this.memory = memory;
    this.segments.push(memory.addSegment());
  }

  /** Nodes in use, the empty one not counted. */
  get size(): number {
    return this.top - 1 - this.free.length;
  }

  isBranch(node: number): boolean {
    return node !== EMPTY && this.left[node] >= 0;
  }

  leftOf(branch: number): number {
    return this.left[branch];
  }

  rightOf(branch: number): number {
    return this.right[branch];
  }

  /** Leaves of a bucket or of the empty subtree; of a branch only that it is more than any bucket holds. */
  leaves(node: number): number {
    if (node === EMPTY) return 0;
    return this.left[node] < 0 ? -this.left[node] : MANY;
  }

  /** Where the leaves of a bucket made in the chunk in hand are; 0 when they are in its row only. */
  leavesAt(bucket: number): number {
    return this.right[bucket];
  }

  detachLeaves(bucket: number): void {
    this.right[bucket] = 0;
  }

  /** Address of the node's hash. */
  address(node: number): number {
    return this.segments[Math.trunc(node / NODES_PER_SEGMENT)] + HASH * (node % NODES_PER_SEGMENT);
  }

  addBranch(left: number, right: number): number {
    return this.add(left, right);
  }

  addBucket(leaves: number, leavesAt: number): number {
    return this.add(-leaves, leavesAt);
  }

  release(nodes: readonly number[]): void {
    for (const node of nodes) this.free.push(node);
  }

  private add(left: number, right: number): number {
    const node = this.free.pop() ?? this.top++;
    if (node >= this.left.length) this.grow();
    if (node >= this.segments.length * NODES_PER_SEGMENT) this.segments.push(this.memory.addSegment());
    this.left[node] = left;
    this.right[node] = right;
    return node;
  }

  private grow(): void {
    const capacity = this.left.length + Math.max(FIRST_CAPACITY, this.left.length >> 1);
    const left = new Int32Array(capacity);
    const right = new Int32Array(capacity);
    left.set(this.left);
    right.set(this.right);
    this.left = left;
    this.right = right;
  }
}
