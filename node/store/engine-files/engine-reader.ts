// Reading the engine's own little-endian numbers, bounded by the bytes that are there.
import { StoreError } from '../errors.ts';

export function u32le(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

/** Moves over bytes of an engine file; what does not fit is damage of the file that `file` names. */
export class EngineReader {
  private readonly bytes: Uint8Array;
  private readonly file: string;
  private position: number;

  constructor(bytes: Uint8Array, file: string, position = 0) {
    this.bytes = bytes;
    this.file = file;
    this.position = position;
  }

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  /** Whether it has read up to `position`, or beyond. */
  at(position: number): boolean {
    return this.position >= position;
  }

  /** Seven bits a byte, lowest first; at most a safe integer. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      if (this.done) throw this.damaged();
      const byte = this.bytes[this.position++];
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
    }
    // Internal keys carry a sequence in eight bytes, but numbers of files, sizes and sequences are all shorter.
    throw this.damaged();
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.position) throw this.damaged();
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  damaged(): StoreError {
    return new StoreError({ code: 'store.damaged', what: this.file });
  }
}
