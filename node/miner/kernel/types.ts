// What a search kernel does, whichever engine runs it. Owns no loop over the rest of the nonce: ../search.ts does.

export type KernelName = 'simd' | 'js';

/** The nonce's low bits that one call may walk through (PROTOCOL 5.2: they share a word with the padding). */
export const KERNEL_BITS = 24;
export const KERNEL_SPAN = 1 << KERNEL_BITS;
/** Calls start at and cover multiples of this. */
export const KERNEL_LANES = 4;

export interface Kernel {
  readonly name: KernelName;
  /** `midstate`: 8 words after the first 192 bytes of the preimage; `tail`: the 16 words of its last block, padded. */
  load(midstate: Uint32Array, tail: Uint32Array): void;
  /** First of `count` low nonce bits from `start` on whose hash has a top word <= `top`, or -1. */
  scan(start: number, count: number, top: number): number;
}
