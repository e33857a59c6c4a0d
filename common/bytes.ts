// Small byte helpers that run on Node and in browsers. Owns no format: layouts live with Reader and Writer.

export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = unfilled(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Zeros that are about to be overwritten cost as much as a copy. */
const WORTH_NO_ZEROS = 16 * 1024;

/** Memory whose content is whatever was there: for whoever writes all of it before anybody reads. On Node; zeros elsewhere. */
export function unfilled(length: number): Uint8Array<ArrayBuffer> {
  if (length < WORTH_NO_ZEROS || typeof Buffer === 'undefined') return new Uint8Array(length);
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Byte equality; not constant-time (see `#crypto` for secrets). */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

const HEX_CODES = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Arguments of one call: an engine has a bound on them. */
const HEX_CHUNK = 4096;

/** One flat string: ids in hex are the keys of most maps, and strings joined from parts are slow to look up. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > HEX_CHUNK) return toHex(bytes.subarray(0, HEX_CHUNK)) + toHex(bytes.subarray(HEX_CHUNK));
  const codes = new Array<number>(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    codes[2 * i] = HEX_CODES[bytes[i] >> 4];
    codes[2 * i + 1] = HEX_CODES[bytes[i] & 15];
  }
  return String.fromCharCode.apply(null, codes);
}

const NO_DIGIT = -1;
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return digit === -1 ? NO_DIGIT : digit;
});

/** Lower-case or upper-case hex of even length; anything else gives undefined. By table: doors read whole lists of it. */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = text.charCodeAt(2 * i);
    const low = text.charCodeAt(2 * i + 1);
    const value = ((DIGITS[high] ?? NO_DIGIT) << 4) | (DIGITS[low] ?? NO_DIGIT);
    if (value < 0) return undefined;
    out[i] = value;
  }
  return out;
}

/** As `parseHex` for text that is ours; throws RangeError on anything else. */
export function fromHex(text: string): Uint8Array {
  const bytes = parseHex(text);
  if (bytes === undefined) throw new RangeError('not hex');
  return bytes;
}

/** Big-endian unsigned integer of any length. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** Big-endian, exactly `length` bytes; throws RangeError when the value does not fit. */
export function bigIntToBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n) throw new RangeError('integer out of range');
  return fromHex(value.toString(16).padStart(2 * length, '0'));
}
