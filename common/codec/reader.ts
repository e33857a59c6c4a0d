// Fixed big-endian layouts, read strictly (PROTOCOL 1): every bound before allocation, exact end, one encoding per value.
import { CodecError } from './errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads fields in order; `end` refuses trailing bytes. Byte fields are copies, so a message never pins its frame; `shared` fields are views. Without a DataView for the reason that the writer has none. */
export class Reader {
  private readonly buffer: Uint8Array;
  private at = 0;

  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
  }

  get offset(): number {
    return this.at;
  }

  get left(): number {
    return this.buffer.length - this.at;
  }

  u8(): number {
    return this.buffer[this.take(1)];
  }

  u16(): number {
    const at = this.take(2);
    return (this.buffer[at] << 8) | this.buffer[at + 1];
  }

  u32(): number {
    return this.get32(this.take(4));
  }

  /** A u64 that must be a safe integer. */
  u64(): number {
    const at = this.take(8);
    const value = this.get32(at) * 0x1_0000_0000 + this.get32(at + 4);
    if (!Number.isSafeInteger(value)) throw new CodecError({ code: 'codec.range', field: 'u64' });
    return value;
  }

  u64big(): bigint {
    return this.get64(this.take(8));
  }

  u256(): bigint {
    const at = this.take(32);
    let value = 0n;
    for (let i = 0; i < 4; i++) value = (value << 64n) | this.get64(at + 8 * i);
    return value;
  }

  fixed(length: number): Uint8Array {
    const at = this.take(length);
    return this.buffer.slice(at, at + length);
  }

  bytes16(limit = 0xffff): Uint8Array {
    return this.fixed(this.length16(limit));
  }

  /** As `fixed`, sharing the buffer: for messages that keep their bytes anyway. */
  shared(length: number): Uint8Array {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  /** As `bytes16`, sharing the buffer. */
  shared16(limit = 0xffff): Uint8Array {
    return this.shared(this.length16(limit));
  }

  text16(limit: number): string {
    const bytes = this.bytes16(limit);
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      throw new CodecError({ code: 'codec.text', field: 'text16' });
    }
    if (text.normalize('NFC') !== text) throw new CodecError({ code: 'codec.text', field: 'text16' });
    return text;
  }

  /** What was read from `offset` on, sharing the buffer: for layouts whose order of elements is checked. */
  since(offset: number): Uint8Array {
    return this.buffer.subarray(offset, this.at);
  }

  end(): void {
    if (this.left !== 0) throw new CodecError({ code: 'codec.trailing', left: this.left });
  }

  private get32(at: number): number {
    const { buffer } = this;
    return ((buffer[at] << 24) | (buffer[at + 1] << 16) | (buffer[at + 2] << 8) | buffer[at + 3]) >>> 0;
  }

  private get64(at: number): bigint {
    return (BigInt(this.get32(at)) << 32n) | BigInt(this.get32(at + 4));
  }

  private length16(limit: number): number {
    const length = this.u16();
    if (length > limit) throw new CodecError({ code: 'codec.length', field: 'bytes16', length, limit });
    return length;
  }

  private take(length: number): number {
    const at = this.at;
    if (length > this.buffer.length - at) {
      throw new CodecError({ code: 'codec.short', wanted: length, left: this.buffer.length - at });
    }
    this.at = at + length;
    return at;
  }
}
