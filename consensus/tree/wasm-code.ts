// A very small assembler for WebAssembly: integers, locals, 128-bit lanes, one exported function.
// Owns byte encoding only; sha65.ts writes the program.

export type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;

export function uleb(value: number): number[] {
  const out: number[] = [];
  let left = value >>> 0;
  do {
    const byte = left & 0x7f;
    left >>>= 7;
    out.push(left === 0 ? byte : byte | 0x80);
  } while (left !== 0);
  return out;
}

export function sleb(value: number): number[] {
  const out: number[] = [];
  let left = value | 0;
  for (;;) {
    const byte = left & 0x7f;
    left >>= 7;
    const done = (left === 0 && (byte & 0x40) === 0) || (left === -1 && (byte & 0x40) !== 0);
    out.push(done ? byte : byte | 0x80);
    if (done) return out;
  }
}

const wide = (opcode: number, ...rest: number[]): Code => [0xfd, ...uleb(opcode), ...rest];
const littleEndian = (value: number): number[] => [
  value & 0xff,
  (value >>> 8) & 0xff,
  (value >>> 16) & 0xff,
  value >>> 24,
];

export const get = (local: number): Code => [0x20, ...uleb(local)];
export const set = (local: number): Code => [0x21, ...uleb(local)];
export const i32 = (value: number): Code => [0x41, ...sleb(value)];
export const I32_ADD: Code = [0x6a];
export const I32_SUB: Code = [0x6b];
export const I32_SHL: Code = [0x74];
export const I32_LE_S: Code = [0x4c];
export const i32Load = (offset: number): Code => [0x28, 0, ...uleb(offset)];
export const i32Load8 = (offset: number): Code => [0x2d, 0, ...uleb(offset)];
export const BLOCK: Code = [0x02, 0x40];
export const LOOP: Code = [0x03, 0x40];
export const branch = (depth: number): Code => [0x0c, depth];
export const branchIf = (depth: number): Code => [0x0d, depth];
export const END: Code = [0x0b];

export const load = (offset: number): Code => wide(0, 0, ...uleb(offset));
export const store = (offset: number): Code => wide(11, 0, ...uleb(offset));
/** The same 32-bit value in all four lanes. */
export const splatConst = (value: number): Code => wide(12, ...[0, 1, 2, 3].flatMap(() => littleEndian(value)));
export const SPLAT: Code = wide(17);
export const replaceLane = (lane: number): Code => wide(28, lane);
/** Picks four 32-bit lanes out of two vectors: 0-3 of the first, 4-7 of the second. */
export const lanes = (...picks: readonly number[]): Code =>
  wide(13, ...picks.flatMap((pick) => [4 * pick, 4 * pick + 1, 4 * pick + 2, 4 * pick + 3]));
/** Reverses the bytes of every 32-bit lane. */
export const BYTE_SWAP: Code = [...wide(12, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12), ...wide(14)];
export const AND: Code = wide(78);
export const OR: Code = wide(80);
export const XOR: Code = wide(81);
/** (first & mask) | (second & ~mask). */
export const SELECT: Code = wide(82);
export const SHL: Code = wide(171);
export const SHR: Code = wide(173);
export const ADD: Code = wide(174);

const section = (id: number, content: Code): number[] => [id, ...uleb(content.length), ...content];
const name = (text: string): number[] => [text.length, ...[...text].map((char) => char.charCodeAt(0))];

/** A module with one function `(i32 x params) -> ()` exported as `run`, over the imported memory `env.memory`. */
export function assemble(params: number, integers: number, vectors: number, code: Code): Uint8Array<ArrayBuffer> {
  const body = [2, ...uleb(integers), I32, ...uleb(vectors), V128, ...code];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, params, ...Array.from({ length: params }, () => I32), 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('run'), 0, 0]),
    ...section(10, [1, ...uleb(body.length), ...body]),
  ]);
}
