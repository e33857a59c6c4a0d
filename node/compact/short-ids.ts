// Short transaction ids of a compact block (PROTOCOL 8.10): SipHash-2-4 of the witness id under a key that follows from the
// header, 48 bits. The key is unknown before the block is mined, so nobody can prepare transactions that collide in it.
import { taggedHash } from '../../common/crypto/tagged-hash.ts';

export const SHORT_ID_BYTES = 6;

const HIGH_BITS = 0x1_0000_0000;

/** The short id of a witness id, as an integer below 2^48. */
export type ShortId = (witnessId: Uint8Array) => number;

/** `signedHeader`: header and signature as they begin the block. */
export function shortIdsOf(signedHeader: Uint8Array): ShortId {
  const key = words(taggedHash('wardmesh/short-id/1', signedHeader));
  return (witnessId) => sipHash48(key, witnessId);
}

function words(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.of(view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true), view.getInt32(12, true));
}

/** The low 48 bits of SipHash-2-4 (little-endian, as published) of a message of whole 8-byte words. */
export function sipHash48(key: Int32Array, message: Uint8Array): number {
  // Four 64-bit words in halves. Additions carry by comparing; a rotation by 32 swaps the halves.
  let l0 = key[0] ^ 0x70736575;
  let h0 = key[1] ^ 0x736f6d65;
  let l1 = key[2] ^ 0x6e646f6d;
  let h1 = key[3] ^ 0x646f7261;
  let l2 = key[0] ^ 0x6e657261;
  let h2 = key[1] ^ 0x6c796765;
  let l3 = key[2] ^ 0x79746573;
  let h3 = key[3] ^ 0x74656462;
  let low = 0;
  let high = 0;
  const { length } = message;
  // The words of the message, one of its length, and the finish.
  for (let at = 0; at <= length + 8; at += 8) {
    let wordLow = 0;
    let wordHigh = 0;
    let rounds = 2;
    if (at < length) {
      wordLow = message[at] | (message[at + 1] << 8) | (message[at + 2] << 16) | (message[at + 3] << 24);
      wordHigh = message[at + 4] | (message[at + 5] << 8) | (message[at + 6] << 16) | (message[at + 7] << 24);
    } else if (at === length) {
      wordHigh = length << 24;
    } else {
      l2 ^= 0xff;
      rounds = 4;
    }
    l3 ^= wordLow;
    h3 ^= wordHigh;
    for (; rounds > 0; rounds--) {
      low = (l0 + l1) | 0;
      high = (h0 + h1 + (low >>> 0 < l0 >>> 0 ? 1 : 0)) | 0;
      // Rotated by 32 already.
      l0 = high;
      h0 = low;
      low = (l1 << 13) | (h1 >>> 19);
      h1 = ((h1 << 13) | (l1 >>> 19)) ^ l0;
      l1 = low ^ h0;

      low = (l2 + l3) | 0;
      h2 = (h2 + h3 + (low >>> 0 < l2 >>> 0 ? 1 : 0)) | 0;
      l2 = low;
      low = (l3 << 16) | (h3 >>> 16);
      h3 = ((h3 << 16) | (l3 >>> 16)) ^ h2;
      l3 = low ^ l2;

      low = (l0 + l3) | 0;
      h0 = (h0 + h3 + (low >>> 0 < l0 >>> 0 ? 1 : 0)) | 0;
      l0 = low;
      low = (l3 << 21) | (h3 >>> 11);
      h3 = ((h3 << 21) | (l3 >>> 11)) ^ h0;
      l3 = low ^ l0;

      low = (l2 + l1) | 0;
      high = (h2 + h1 + (low >>> 0 < l2 >>> 0 ? 1 : 0)) | 0;
      l2 = high;
      h2 = low;
      low = (l1 << 17) | (h1 >>> 15);
      h1 = ((h1 << 17) | (l1 >>> 15)) ^ l2;
      l1 = low ^ h2;
    }
    l0 ^= wordLow;
    h0 ^= wordHigh;
  }
  return ((h0 ^ h1 ^ h2 ^ h3) & 0xffff) * HIGH_BITS + ((l0 ^ l1 ^ l2 ^ l3) >>> 0);
}
