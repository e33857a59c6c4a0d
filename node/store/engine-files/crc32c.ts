// CRC-32C (Castagnoli), the checksum of the engine's files, as those store it. Node's own crc32 is another polynomial.

const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;
const SLICES = 8;

/** Eight tables in one: byte k of a word is looked up in table 7 - k, so that eight bytes cost one step. */
const TABLES = new Int32Array(256 * SLICES);
for (let n = 0; n < 256; n++) {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  TABLES[n] = value;
}
for (let at = 256; at < TABLES.length; at++) {
  const before = TABLES[at - 256];
  TABLES[at] = (before >>> 8) ^ TABLES[before & 0xff];
}

export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = ~0;
  let at = from;
  for (const end = to - SLICES; at <= end; at += SLICES) {
    const low = crc ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    crc =
      TABLES[1792 + (low & 0xff)] ^
      TABLES[1536 + ((low >>> 8) & 0xff)] ^
      TABLES[1280 + ((low >>> 16) & 0xff)] ^
      TABLES[1024 + (low >>> 24)] ^
      TABLES[768 + bytes[at + 4]] ^
      TABLES[512 + bytes[at + 5]] ^
      TABLES[256 + bytes[at + 6]] ^
      TABLES[bytes[at + 7]];
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}

/** What the files hold instead of the sum itself: a sum over bytes that hold sums is weak. */
export function maskedCrc32c(bytes: Uint8Array, from: number, to: number): number {
  return masked(crc32c(bytes, from, to));
}

/** The masked sum after each byte. */
export class RunningCrc32c {
  private crc = ~0;

  add(byte: number): number {
    this.crc = (this.crc >>> 8) ^ TABLES[(this.crc ^ byte) & 0xff];
    return masked(~this.crc >>> 0);
  }
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
