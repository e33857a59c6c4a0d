// Fixed big-endian layouts, written (PROTOCOL 1). Owns no message: types.ts files of the families do.
import { CodecError } from './errors.ts';

const encoder = new TextEncoder();

/**
 * Appends fields to a growing buffer; `finish` gives exactly the bytes written. Byte by byte, without a DataView: a view
 * takes the memory of short arrays out of the engine's heap, which costs far more than what is written.
 */
export class Writer {
  private buffer: Uint8Array;
  private at = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.at;
  }

  u8(value: number): this {
    check(value, 0xff, 'u8');
    this.room(1);
    this.buffer[this.at++] = value;
    return this;
  }

  u16(value: number): this {
    check(value, 0xffff, 'u16');
    this.room(2);
    this.buffer[this.at++] = value >>> 8;
    this.buffer[this.at++] = value;
    return this;
  }

  u32(value: number): this {
    check(value, 0xffff_ffff, 'u32');
    this.room(4);
    this.put32(value);
    return this;
  }

  /** Takes a safe integer. */
  u64(value: number): this {
    check(value, Number.MAX_SAFE_INTEGER, 'u64');
    this.room(8);
    this.put32(Math.floor(value / 0x1_0000_0000));
    this.put32(value >>> 0);
    return this;
  }

  u64big(value: bigint): this {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new CodecError({ code: 'codec.range', field: 'u64' });
    this.room(8);
    this.put64(value);
    return this;
  }

  u256(value: bigint): this {
    if (value < 0n || value >> 256n !== 0n) throw new CodecError({ code: 'codec.range', field: 'u256' });
    this.room(32);
    for (let shift = 192n; shift >= 0n; shift -= 64n) this.put64((value >> shift) & 0xffff_ffff_ffff_ffffn);
    return this;
  }

  /** Exactly `length` bytes, no prefix. */
  fixed(value: Uint8Array, length: number): this {
    if (value.length !== length) {
      throw new CodecError({ code: 'codec.length', field: 'fixed', length: value.length, limit: length });
    }
    this.room(length);
    this.buffer.set(value, this.at);
    this.at += length;
    return this;
  }

  /** A u16 length, then the bytes. */
  bytes16(value: Uint8Array, limit = 0xffff): this {
    if (value.length > limit) {
      throw new CodecError({ code: 'codec.length', field: 'bytes16', length: value.length, limit });
    }
    this.u16(value.length);
    return this.fixed(value, value.length);
  }

  /** UTF-8 in NFC with a u16 length in bytes. */
  text16(value: string, limit: number): this {
    if (!value.isWellFormed() || value.normalize('NFC') !== value)
      throw new CodecError({ code: 'codec.text', field: 'text16' });
    return this.bytes16(encoder.encode(value), limit);
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.at);
  }

  /** Begins anew in the same buffer; what `finish` gave stays as it is. */
  reset(): this {
    this.at = 0;
    return this;
  }

  private room(more: number): void {
    if (this.at + more <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.buffer.length, this.at + more));
    grown.set(this.buffer);
    this.buffer = grown;
  }

  private put32(value: number): void {
    this.buffer[this.at++] = value >>> 24;
    this.buffer[this.at++] = value >>> 16;
    this.buffer[this.at++] = value >>> 8;
    this.buffer[this.at++] = value;
  }

  private put64(value: bigint): void {
    this.put32(Number(value >> 32n));
    this.put32(Number(value & 0xffff_ffffn));
  }
}

function check(value: number, max: number, field: string): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new CodecError({ code: 'codec.range', field });
}
