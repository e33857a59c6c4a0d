// The byte part of the Ed25519 rule (PROTOCOL 2.2): S < L, A and R canonical and not of small order. No curve arithmetic,
// no BigInt: it runs before every verification and makes all runtimes agree on the rest.
import { fromHex } from '../bytes.ts';

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** Group order, little-endian. */
const L = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/**
 * The y coordinates of the eight small-order points, little-endian: 0, 1, -1 and the two of order 8. Ignoring the sign
 * bit also covers the two encodings of x = 0 with that bit set.
 */
const SMALL_ORDER_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

/** True when the 32 bytes at `offset` are a canonical point encoding (y < p) outside the small-order set. */
function isAcceptablePoint(bytes: Uint8Array, offset: number): boolean {
  return isCanonicalY(bytes, offset) && !SMALL_ORDER_Y.some((y) => sameY(bytes, offset, y));
}

// p = 2^255 - 19: only values with all high bits set can reach it.
function isCanonicalY(bytes: Uint8Array, offset: number): boolean {
  if ((bytes[offset + 31] & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (bytes[offset + i] !== 0xff) return true;
  return bytes[offset] < 0xed;
}

function sameY(bytes: Uint8Array, offset: number, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (bytes[offset + i] !== y[i]) return false;
  return (bytes[offset + 31] & 0x7f) === y[31];
}

function isCanonicalScalar(bytes: Uint8Array, offset: number): boolean {
  for (let i = 31; i >= 0; i--) if (bytes[offset + i] !== L[i]) return bytes[offset + i] < L[i];
  return false;
}

/** True when `publicKey` has the right length and is a canonical encoding outside the small-order set. */
export function isAcceptableKeyEncoding(publicKey: Uint8Array): boolean {
  return publicKey.length === PUBLIC_KEY_BYTES && isAcceptablePoint(publicKey, 0);
}

/** The whole byte check of a signature (R | S) and its key. */
export function passesByteCheck(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    isCanonicalScalar(signature, 32) &&
    isAcceptablePoint(signature, 0) &&
    isAcceptableKeyEncoding(publicKey)
  );
}
