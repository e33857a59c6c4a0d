// Hashes that are due, by level: leaves first, then branches from the deepest level up, so that within a level no job
// waits for another and the kernel's lanes are full.
import { HASH, IDLE_INPUT, IDLE_OUTPUT, JOB_CAPACITY, JOBS, type TreeMemory } from './memory.ts';

const LEAF_TAG = 0;
const BRANCH_TAG = 1;
const WORDS = 3;

export class HashQueue {
  /** Hashes computed so far. */
  hashes = 0;
  private readonly memory: TreeMemory;
  private leaves: number[] = [];
  private levels: number[][] = [];

  constructor(memory: TreeMemory) {
    this.memory = memory;
  }

  leaf(leafAt: number, out: number): void {
    this.leaves.push(leafAt, leafAt + HASH, out);
  }

  branch(depth: number, left: number, right: number, out: number): void {
    while (this.levels.length <= depth) this.levels.push([]);
    this.levels[depth].push(left, right, out);
  }

  run(): void {
    this.execute(LEAF_TAG, this.leaves);
    for (let depth = this.levels.length - 1; depth >= 0; depth--) this.execute(BRANCH_TAG, this.levels[depth]);
    this.clear();
  }

  clear(): void {
    this.leaves = [];
    this.levels = [];
  }

  private execute(tag: number, jobs: readonly number[]): void {
    const { u32, hash } = this.memory;
    this.hashes += jobs.length / WORDS;
    for (let from = 0; from < jobs.length; from += WORDS * JOB_CAPACITY) {
      const to = Math.min(jobs.length, from + WORDS * JOB_CAPACITY);
      let word = JOBS >> 2;
      for (let i = from; i < to; i++) u32[word++] = jobs[i];
      let count = (to - from) / WORDS;
      for (; count % 4 !== 0; count++) {
        u32[word++] = IDLE_INPUT;
        u32[word++] = IDLE_INPUT;
        u32[word++] = IDLE_OUTPUT;
      }
      hash(tag, JOBS, count);
    }
  }
}
