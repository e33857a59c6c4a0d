// AssemblyScript: SHA-256's compression function, four messages at a time, one in each lane of a vector. Owns the schedule;
// whoever imports this fills it by `put` and brings the state.

const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
/** The round constants in all four lanes, filled once. */
const K4 = memory.data(64 * 16, 16);
/** The message schedule, four lanes a word. */
const W4 = memory.data(16 * 16, 16);
for (let i: usize = 0; i < 64; i++) v128.store(K4 + (i << 4), v128.splat<u32>(load<u32>(K + (i << 2))));

// @ts-ignore
@inline function rotate(x: v128, n: i32): v128 {
  return v128.or(v128.shr<u32>(x, n), v128.shl<u32>(x, 32 - n));
}

// @ts-ignore
@inline
export function add(x: v128, y: v128): v128 {
  return v128.add<u32>(x, y);
}

// @ts-ignore
@inline function word(at: usize): v128 {
  return v128.load(W4 + ((at & 15) << 4));
}

// @ts-ignore
@inline
export function put(at: usize, value: v128): void {
  v128.store(W4 + (at << 4), value);
}

/** T1 of the round. */
// @ts-ignore
@inline function t1(e: v128, f: v128, g: v128, h: v128, k: usize, i: usize): v128 {
  const sigma = v128.xor(v128.xor(rotate(e, 6), rotate(e, 11)), rotate(e, 25));
  return add(add(add(h, add(v128.load(k + (i << 4)), word(i))), v128.bitselect(f, g, e)), sigma);
}

/** T2 of the round; the majority of a, b, c is b where a and b agree, else c. */
// @ts-ignore
@inline function t2(a: v128, b: v128, c: v128): v128 {
  const sigma = v128.xor(v128.xor(rotate(a, 2), rotate(a, 13)), rotate(a, 22));
  return add(sigma, v128.bitselect(c, b, v128.xor(a, b)));
}

/** The next sixteen words of the schedule take the place of the last sixteen, from word `i` on. */
// @ts-ignore
@inline function expand(i: usize): void {
  const x = word(i + 1);
  const y = word(i + 14);
  const s0 = v128.xor(v128.xor(rotate(x, 7), rotate(x, 18)), v128.shr<u32>(x, 3));
  const s1 = v128.xor(v128.xor(rotate(y, 17), rotate(y, 19)), v128.shr<u32>(y, 10));
  put(i, add(add(word(i), s0), add(word(i + 9), s1)));
}

/** One compression of W4 from `state` (8 words) into `out` (8 words of four lanes). */
export function compress(state: usize, out: usize): void {
  const i0 = v128.load_splat<u32>(state);
  const i1 = v128.load_splat<u32>(state, 4);
  const i2 = v128.load_splat<u32>(state, 8);
  const i3 = v128.load_splat<u32>(state, 12);
  const i4 = v128.load_splat<u32>(state, 16);
  const i5 = v128.load_splat<u32>(state, 20);
  const i6 = v128.load_splat<u32>(state, 24);
  const i7 = v128.load_splat<u32>(state, 28);
  let a = i0, b = i1, c = i2, d = i3, e = i4, f = i5, g = i6, h = i7;
  let t: v128;
  for (let k = K4; ; ) {
    t = t1(e, f, g, h, k, 0); d = add(d, t); h = add(t, t2(a, b, c));
    t = t1(d, e, f, g, k, 1); c = add(c, t); g = add(t, t2(h, a, b));
    t = t1(c, d, e, f, k, 2); b = add(b, t); f = add(t, t2(g, h, a));
    t = t1(b, c, d, e, k, 3); a = add(a, t); e = add(t, t2(f, g, h));
    t = t1(a, b, c, d, k, 4); h = add(h, t); d = add(t, t2(e, f, g));
    t = t1(h, a, b, c, k, 5); g = add(g, t); c = add(t, t2(d, e, f));
    t = t1(g, h, a, b, k, 6); f = add(f, t); b = add(t, t2(c, d, e));
    t = t1(f, g, h, a, k, 7); e = add(e, t); a = add(t, t2(b, c, d));
    t = t1(e, f, g, h, k, 8); d = add(d, t); h = add(t, t2(a, b, c));
    t = t1(d, e, f, g, k, 9); c = add(c, t); g = add(t, t2(h, a, b));
    t = t1(c, d, e, f, k, 10); b = add(b, t); f = add(t, t2(g, h, a));
    t = t1(b, c, d, e, k, 11); a = add(a, t); e = add(t, t2(f, g, h));
    t = t1(a, b, c, d, k, 12); h = add(h, t); d = add(t, t2(e, f, g));
    t = t1(h, a, b, c, k, 13); g = add(g, t); c = add(t, t2(d, e, f));
    t = t1(g, h, a, b, k, 14); f = add(f, t); b = add(t, t2(c, d, e));
    t = t1(f, g, h, a, k, 15); e = add(e, t); a = add(t, t2(b, c, d));
    k += 256;
    if (k == K4 + 1024) break;
    expand(0); expand(1); expand(2); expand(3); expand(4); expand(5); expand(6); expand(7);
    expand(8); expand(9); expand(10); expand(11); expand(12); expand(13); expand(14); expand(15);
  }
  v128.store(out, add(a, i0));
  v128.store(out, add(b, i1), 16);
  v128.store(out, add(c, i2), 32);
  v128.store(out, add(d, i3), 48);
  v128.store(out, add(e, i4), 64);
  v128.store(out, add(f, i5), 80);
  v128.store(out, add(g, i6), 96);
  v128.store(out, add(h, i7), 112);
}
