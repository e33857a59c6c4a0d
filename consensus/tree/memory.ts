// The linear memory in which the tree hashes: a fixed work area, then segments handed out on demand.
// Owns growth and the views; what a segment holds is the business of who asked for it.
import { type HashKernel, hashKernel } from './sha65.ts';

export const HASH = 32;
/** A leaf as it is merged and stored: tree key | value hash. */
export const LEAF_BYTES = 64;
/** Leaf updates worked on at once. */
export const CHUNK_UPDATES = 8192;
/** Holds the leaves of one merged bucket of a whole chunk in one piece. */
export const SEGMENT_BYTES = 1 << 20;
export const JOB_CAPACITY = 4096;

/** Addresses of the work area. Address 0 is left alone: the kernel reads the byte before its input. */
export const IDLE_INPUT = 64;
export const IDLE_OUTPUT = 160;
export const JOBS = 256;
/** One stored row, while it is merged. */
export const STAGE = JOBS + 12 * JOB_CAPACITY;
const STAGE_BYTES = 16 * 1024;
/** Sorted updates of the chunk in hand. */
export const UPDATES = STAGE + STAGE_BYTES;

export class TreeMemory {
  readonly hash: HashKernel;
  /** Replaced whenever the memory grows: never keep a copy across an allocation. */
  u8: Uint8Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  private readonly memory = new WebAssembly.Memory({ initial: SEGMENT_BYTES >> 16 });
  private segments = 1;

  constructor() {
    this.hash = hashKernel(this.memory);
    this.u8 = new Uint8Array(this.memory.buffer as ArrayBuffer);
    this.u32 = new Uint32Array(this.memory.buffer as ArrayBuffer);
  }

  get bytes(): number {
    return this.u8.length;
  }

  /** Address of a fresh segment of zeros. */
  addSegment(): number {
    this.memory.grow(SEGMENT_BYTES >> 16);
    this.u8 = new Uint8Array(this.memory.buffer as ArrayBuffer);
    this.u32 = new Uint32Array(this.memory.buffer as ArrayBuffer);
    return SEGMENT_BYTES * this.segments++;
  }

  copy(address: number, length: number): Uint8Array {
    return this.u8.slice(address, address + length);
  }
}
