// The search that an attacker would make: tags of every IPv4 address under one key, as fast as one core goes. SHA-256 by its
// blocks, so that the two keyed states of the HMAC are made once; what it computes is held against the product's threatTag.
import { networkBytes } from '../../gateway/network-codec.ts';
import { compress, INITIAL_STATE } from '../../node/miner/kernel/compress.ts';

const BLOCK = 64;

/** Addresses from `from` on whose tags are among `tags` (hex). `tagKey`: 32 bytes. */
export function scan(tagKey: Uint8Array, tags: ReadonlySet<string>, from: number, count: number): number[] {
  // By the first 16 bits of a tag: whether any begins with them.
  const begins = new Uint8Array(65_536);
  for (const tag of tags) begins[Number.parseInt(tag.slice(0, 4), 16)] = 1;
  const [inner, outer] = [keyed(tagKey, 0x36), keyed(tagKey, 0x5c)];
  const state = new Uint32Array(8);
  const words = new Uint32Array(16);
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
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i);
    compress(inner, words, state);
    for (let i = 0; i < 8; i++) words[i] = state[i];
    words[8] = 0x8000_0000;
    words.fill(0, 9, 15);
    words[15] = 8 * (BLOCK + 32);
    compress(outer, words, state);
    if (begins[state[0] >>> 16] === 1 && tags.has(hexOf(state))) found.push(address);
  }
  return found;
}

/** Where the address stands in the bytes that a tag is of. */
function addressPlace(): number {
  const [zeros, ones] = [0, 0xffff_ffff].map((high) => networkBytes({ family: 4, prefix: 32, high, low: 0 }));
  return zeros.findIndex((byte, i) => byte !== ones[i]);
}

function keyed(key: Uint8Array, pad: number): Uint32Array {
  const block = new Uint8Array(BLOCK).fill(pad);
  for (const [i, byte] of key.entries()) block[i] ^= byte;
  const words = new Uint32Array(16);
  const view = new DataView(block.buffer);
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i);
  const state = new Uint32Array(8);
  compress(INITIAL_STATE, words, state);
  return state;
}

/** The first 16 bytes. */
function hexOf(state: Uint32Array): string {
  return Array.from(state.subarray(0, 4), (word) => word.toString(16).padStart(8, '0')).join('');
}
