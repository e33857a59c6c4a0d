// The search that an attacker would make: tags of every IPv4 address under one key, as fast as one core goes. SHA-256 by
// itself, so that the two keyed states of the HMAC are made once; what it computes is held against the product's threatTag.
import { networkBytes } from '../../gateway/network-codec.ts';

const ROUND = Int32Array.from({ length: 64 }, (_, i) => fraction(prime(i) ** (1 / 3)));
const FIRST = Int32Array.from({ length: 8 }, (_, i) => fraction(Math.sqrt(prime(i))));
const BLOCK = 64;

/** Addresses from `from` on whose tags are among `tags` (hex). `tagKey`: 32 bytes. */
export function scan(tagKey: Uint8Array, tags: ReadonlySet<string>, from: number, count: number): number[] {
  // By the first 16 bits of a tag: whether any begins with them.
  const begins = new Uint8Array(65_536);
  for (const tag of tags) begins[Number.parseInt(tag.slice(0, 4), 16)] = 1;
  const [inner, outer] = [keyed(tagKey, 0x36), keyed(tagKey, 0x5c)];
  const state = new Int32Array(8);
  const words = new Int32Array(64);
  const found: number[] = [];
  const message = networkBytes({ family: 4, prefix: 32, high: 0, low: 0 });
  const padded = new Uint8Array(BLOCK);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(BLOCK - 4, 8 * (BLOCK + message.length));
  const place = addressPlace();
  for (let address = from; address < from + count; address++) {
    view.setUint32(place, address);
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(4 * i);
    state.set(inner);
    compress(state, words);
    for (let i = 0; i < 8; i++) words[i] = state[i];
    words[8] = -0x8000_0000;
    words.fill(0, 9, 15);
    words[15] = 8 * (BLOCK + 32);
    state.set(outer);
    compress(state, words);
    if (begins[state[0] >>> 16] === 1 && tags.has(hexOf(state))) found.push(address);
  }
  return found;
}

/** Where the address stands in the bytes that a tag is of. */
function addressPlace(): number {
  const [zeros, ones] = [0, 0xffff_ffff].map((high) => networkBytes({ family: 4, prefix: 32, high, low: 0 }));
  return zeros.findIndex((byte, i) => byte !== ones[i]);
}

function keyed(key: Uint8Array, pad: number): Int32Array {
  const block = new Uint8Array(BLOCK).fill(pad);
  for (const [i, byte] of key.entries()) block[i] ^= byte;
  const words = new Int32Array(64);
  const view = new DataView(block.buffer);
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(4 * i);
  const state = FIRST.slice();
  compress(state, words);
  return state;
}

function compress(state: Int32Array, words: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const [x, y] = [words[i - 15], words[i - 2]];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** The first 16 bytes. */
function hexOf(state: Int32Array): string {
  return Array.from(state.subarray(0, 4), (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function fraction(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
}

function prime(index: number): number {
  let found = -1;
  for (let value = 2; ; value++) {
    let divides = false;
    for (let by = 2; by * by <= value; by++) divides ||= value % by === 0;
    if (!divides && ++found === index) return value;
  }
}
