// SHA-256 of 65-byte messages `tag | left | right`, four at a time, as WebAssembly SIMD emitted at load (PROTOCOL 6.2).
// Owns the kernel program; memory.ts owns the memory that it works in. No binary is shipped, no build step runs.
import {
  ADD,
  AND,
  assemble,
  BLOCK,
  BYTE_SWAP,
  branch,
  branchIf,
  type Code,
  END,
  get,
  I32_ADD,
  I32_LE_S,
  I32_SHL,
  I32_SUB,
  i32,
  i32Load,
  i32Load8,
  LOOP,
  lanes,
  load,
  OR,
  replaceLane,
  SELECT,
  SHL,
  SHR,
  SPLAT,
  set,
  splatConst,
  store,
  XOR,
} from './wasm-code.ts';

/** FIPS 180-4 4.2.2 and 5.3.3. */
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

const MESSAGE_BITS = 65 * 8;
const LANES = [0, 1, 2, 3];

/** A word of the message schedule: known when the program is emitted, or held in a local. */
type Word = { readonly constant: number } | { readonly local: number };

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
const smallSigma0 = (x: number): number => rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
const smallSigma1 = (x: number): number => rotate(x, 17) ^ rotate(x, 19) ^ (x >>> 10);

const vectorRotate = (x: number, n: number): Code => [
  ...[...get(x), ...i32(n), ...SHR],
  ...[...get(x), ...i32(32 - n), ...SHL, ...OR],
];
const vectorSmallSigma = (x: number, a: number, b: number, shift: number): Code => [
  ...vectorRotate(x, a),
  ...[...vectorRotate(x, b), ...XOR],
  ...[...get(x), ...i32(shift), ...SHR, ...XOR],
];
const vectorBigSigma = (x: number, a: number, b: number, c: number): Code => [
  ...vectorRotate(x, a),
  ...[...vectorRotate(x, b), ...XOR],
  ...[...vectorRotate(x, c), ...XOR],
];

const TAG = 0;
const JOBS = 1;
const COUNT = 2;
const PARAMS = 3;

function program(): Uint8Array<ArrayBuffer> {
  let locals = PARAMS;
  const allocate = (count: number): number[] => Array.from({ length: count }, () => locals++);
  const left = allocate(4);
  const right = allocate(4);
  const integers = locals - PARAMS;
  const state = allocate(8);
  const middle = allocate(8);
  const words = allocate(16);
  const scratch = allocate(4);
  const [lastByte, tagWord] = allocate(2);
  const vectors = locals - PARAMS - integers;

  const code: number[] = [];
  const emit = (...parts: readonly Code[]): void => {
    for (const part of parts) code.push(...part);
  };

  /** Four vectors of four consecutive words each become four vectors of one word per lane, and back. */
  const transpose = (from: readonly number[], to: readonly number[]): void => {
    emit(get(from[0]), get(from[1]), lanes(0, 4, 1, 5), set(scratch[0]));
    emit(get(from[2]), get(from[3]), lanes(0, 4, 1, 5), set(scratch[1]));
    emit(get(from[0]), get(from[1]), lanes(2, 6, 3, 7), set(scratch[2]));
    emit(get(from[2]), get(from[3]), lanes(2, 6, 3, 7), set(scratch[3]));
    emit(get(scratch[0]), get(scratch[1]), lanes(0, 1, 4, 5), set(to[0]));
    emit(get(scratch[0]), get(scratch[1]), lanes(2, 3, 6, 7), set(to[1]));
    emit(get(scratch[2]), get(scratch[3]), lanes(0, 1, 4, 5), set(to[2]));
    emit(get(scratch[2]), get(scratch[3]), lanes(2, 3, 6, 7), set(to[3]));
  };

  /** The next word of the schedule; what is known already is folded while emitting. */
  const expand = (schedule: Word[], t: number): void => {
    let known = 0;
    const parts: Code[] = [];
    const add = (word: Word, fold: (x: number) => number, vector: (local: number) => Code): void => {
      if ('constant' in word) known = (known + fold(word.constant)) | 0;
      else parts.push(vector(word.local));
    };
    add(schedule[(t - 2) & 15], smallSigma1, (x) => vectorSmallSigma(x, 17, 19, 10));
    add(schedule[(t - 7) & 15], (x) => x, get);
    add(schedule[(t - 15) & 15], smallSigma0, (x) => vectorSmallSigma(x, 7, 18, 3));
    add(schedule[t & 15], (x) => x, get);
    if (parts.length === 0) {
      schedule[t & 15] = { constant: known };
      return;
    }
    if (known !== 0) parts.push(splatConst(known));
    parts.forEach((part, index) => {
      emit(part, index === 0 ? [] : ADD);
    });
    emit(set(words[t & 15]));
    schedule[t & 15] = { local: words[t & 15] };
  };

  /** 64 rounds over `state`; gives the locals that then hold a..h. */
  const rounds = (schedule: Word[]): readonly number[] => {
    let now = [...state];
    for (let t = 0; t < 64; t++) {
      if (t >= 16) expand(schedule, t);
      const [a, b, c, d, e, f, g, h] = now;
      const word = schedule[t & 15];
      emit(get(h));
      if ('constant' in word) emit(splatConst((K[t] + word.constant) | 0));
      else emit(get(word.local), splatConst(K[t]), ADD);
      emit(ADD, vectorBigSigma(e, 6, 11, 25), ADD, get(f), get(g), get(e), SELECT, ADD, set(h));
      emit(get(d), get(h), ADD, set(d));
      emit(get(h), vectorBigSigma(a, 2, 13, 22), ADD, get(c), get(a), get(a), get(b), XOR, SELECT, ADD, set(h));
      now = [h, a, b, c, d, e, f, g];
    }
    return now;
  };

  emit(get(TAG), i32(24), I32_SHL, SPLAT, set(tagWord));
  emit(BLOCK, LOOP, get(COUNT), i32(0), I32_LE_S, branchIf(1));
  // Both inputs are read from one byte before them, so that message words come out aligned: w0 = tag l0 l1 l2, w8 = l31 r0 r1 r2.
  for (const lane of LANES) {
    emit(get(JOBS), i32Load(12 * lane), i32(-1), I32_ADD, set(left[lane]));
    emit(get(JOBS), i32Load(12 * lane + 4), i32(-1), I32_ADD, set(right[lane]));
  }
  for (const [side, offset, first] of [
    [left, 0, 0],
    [left, 16, 4],
    [right, 0, 8],
    [right, 16, 12],
  ] as const) {
    const quarter = words.slice(first, first + 4);
    for (const lane of LANES) emit(get(side[lane]), load(offset), BYTE_SWAP, set(quarter[lane]));
    transpose(quarter, quarter);
  }
  const lastByteOf = (side: readonly number[]): void => {
    emit(splatConst(0));
    for (const lane of LANES) emit(get(side[lane]), i32Load8(32), replaceLane(lane));
    emit(i32(24), SHL);
  };
  emit(get(words[0]), splatConst(0xffffff), AND, get(tagWord), OR, set(words[0]));
  emit(get(words[8]), splatConst(0xffffff), AND);
  lastByteOf(left);
  emit(OR, set(words[8]));
  lastByteOf(right);
  emit(set(lastByte));

  state.forEach((local, i) => {
    emit(splatConst(IV[i]), set(local));
  });
  const first = rounds(words.map((local) => ({ local })));
  first.forEach((local, i) => {
    emit(get(local), splatConst(IV[i]), ADD, set(middle[i]));
  });
  // Second block: r31, the padding bit, zeros, the length.
  middle.forEach((local, i) => {
    emit(get(local), set(state[i]));
  });
  emit(get(lastByte), splatConst(0x800000), OR, set(words[0]));
  const padding = words.map((local, i): Word => {
    if (i === 0) return { local };
    return { constant: i === 15 ? MESSAGE_BITS : 0 };
  });
  const second = rounds(padding);
  second.forEach((local, i) => {
    emit(get(local), get(middle[i]), ADD, set(middle[i]));
  });
  for (const half of [0, 4]) {
    const quarter = middle.slice(half, half + 4);
    transpose(quarter, quarter);
    for (const lane of LANES) emit(get(JOBS), i32Load(12 * lane + 8), get(quarter[lane]), BYTE_SWAP, store(4 * half));
  }
  emit(get(JOBS), i32(48), I32_ADD, set(JOBS), get(COUNT), i32(4), I32_SUB, set(COUNT), branch(0), END, END, END);
  return assemble(PARAMS, integers, vectors, code);
}

/**
 * `run(tag, jobs, count)`: `jobs` is the byte address of `count` triples of u32 addresses (left, right, out), `count` a
 * multiple of 4. Inputs must not lie at address 0. An output may be the input of a later group of four only.
 */
export type HashKernel = (tag: number, jobs: number, count: number) => void;

let compiled: WebAssembly.Module | undefined;

export function hashKernel(memory: WebAssembly.Memory): HashKernel {
  compiled ??= new WebAssembly.Module(program());
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return instance.exports['run'] as HashKernel;
}
