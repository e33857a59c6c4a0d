// AssemblyScript: tags of IPv4 addresses under one key, four at a time: HMAC-SHA-256 of the six bytes of an address from the
// two keyed states. Gives the addresses whose tag begins with 24 bits that the caller marked; the caller compares the rest.
import { add, compress, put } from '../../../node/miner/kernel/assembly/sha256';

/** Keyed states of the inner and the outer hash, 8 words each; written by the caller. */
const KEYED = memory.data(16 * 4, 16);
/** A bit for each beginning; written by the caller. */
const BEGINS = memory.data(2 << 20, 16);
/** Addresses found. */
const MAX_FOUND = 4_096;
const FOUND = memory.data(MAX_FOUND * 4, 16);
const D4 = memory.data(8 * 16, 16);

export function keyed(): usize {
  return KEYED;
}

export function begins(): usize {
  return BEGINS;
}

export function found(): usize {
  return FOUND;
}

// @ts-ignore
@inline function begun(top: u32): bool {
  return ((load<u8>(BEGINS + (top >> 11)) >> <u8>((top >> 8) & 7)) & 1) != 0;
}

/** Tries `count` addresses (a multiple of 4) from `from` on, network byte order; how many it found, at most 4,096. */
export function scan(from: u32, count: u32): u32 {
  const zero = v128.splat<u32>(0);
  const padding = v128.splat<u32>(0x80000000);
  let hits: u32 = 0;
  for (let done: u32 = 0; done < count; done += 4) {
    const addresses = add(v128.splat<u32>(from + done), i32x4(0, 1, 2, 3));
    // Family 4, prefix 32, the address, the padding of SHA-256.
    put(0, v128.or(v128.splat<u32>(0x04200000), v128.shr<u32>(addresses, 16)));
    put(1, v128.or(v128.shl<u32>(addresses, 16), v128.splat<u32>(0x8000)));
    for (let i: usize = 2; i < 15; i++) put(i, zero);
    put(15, v128.splat<u32>(8 * (64 + 6)));
    compress(KEYED, D4);
    for (let i: usize = 0; i < 8; i++) put(i, v128.load(D4 + (i << 4)));
    put(8, padding);
    for (let i: usize = 9; i < 15; i++) put(i, zero);
    put(15, v128.splat<u32>(8 * (64 + 32)));
    compress(KEYED + 32, D4);
    for (let lane: u32 = 0; lane < 4; lane++) {
      if (!begun(load<u32>(D4 + (lane << 2)))) continue;
      if (hits == MAX_FOUND) return hits;
      store<u32>(FOUND + (hits << 2), from + done + lane);
      hits++;
    }
  }
  return hits;
}
