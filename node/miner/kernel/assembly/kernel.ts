// AssemblyScript: the search loop of PROTOCOL 5.2, four nonces at a time. Owns the last block of the first hash and the
// whole second hash; the caller brings the midstate over the first 192 bytes and checks the full 256-bit target.
// Compiled by scripts/build-kernel.ts into ../kernel.ts.

import { add, compress, put } from './sha256';

const IV = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** The digest of the first hash, four lanes a word. */
const D4 = memory.data(8 * 16, 16);
/** Midstate (8 words), then the words of the last block (16); written by the caller. */
const INPUT = memory.data(24 * 4, 16);

export function input(): usize {
  return INPUT;
}

/**
 * Tries the low 24 bits of the nonce from `start` on, `count` of them (a multiple of 4, within 24 bits). Gives the first
 * whose hash has a top word of at most `top`, else -1.
 */
export function scan(start: u32, count: u32, top: u32): i32 {
  const zero = v128.splat<u32>(0);
  const padding = v128.splat<u32>(0x80000000);
  const limit = v128.splat<u32>(top);
  for (let n = start, end = start + count; n < end; n += 4) {
    for (let i: usize = 0; i < 16; i++) put(i, v128.load_splat<u32>(INPUT + 32 + (i << 2)));
    const nonces = add(v128.splat<u32>(n), i32x4(0, 1, 2, 3));
    put(13, v128.or(v128.shl<u32>(nonces, 8), v128.splat<u32>(0x80)));
    compress(INPUT, D4);
    for (let i: usize = 0; i < 8; i++) put(i, v128.load(D4 + (i << 4)));
    put(8, padding);
    for (let i: usize = 9; i < 15; i++) put(i, zero);
    put(15, v128.splat<u32>(256));
    compress(IV, D4);
    const hits = v128.bitmask<u32>(v128.le<u32>(v128.load(D4), limit));
    if (hits != 0) return <i32>(n + ctz(hits));
  }
  return -1;
}
