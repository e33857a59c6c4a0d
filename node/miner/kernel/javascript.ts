// The search kernel where WebAssembly SIMD is missing: the same work from the midstate, one nonce at a time.
import { compress, INITIAL_STATE } from './compress.ts';
import type { Kernel } from './types.ts';

const DIGEST_BITS = 256;

export function createJavaScriptKernel(): Kernel {
  const from = new Uint32Array(8);
  const first = new Uint32Array(16);
  const second = new Uint32Array(16);
  const digest = new Uint32Array(8);
  return {
    name: 'js',
    load(midstate, tail) {
      from.set(midstate);
      first.set(tail);
    },
    scan(start, count, top) {
      second.fill(0);
      second[8] = 0x8000_0000;
      second[15] = DIGEST_BITS;
      for (let low = start; low < start + count; low++) {
        first[13] = (low << 8) | 0x80;
        compress(from, first, digest);
        second.set(digest);
        compress(INITIAL_STATE, second, digest);
        if (digest[0] <= top) return low;
      }
      return -1;
    },
  };
}
