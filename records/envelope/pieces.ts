// Takes exact lengths from a stream of parts of any length, holding no more than one piece and one part. Owns no format.
import { EMPTY_BYTES } from '../../common/bytes.ts';

export class Pieces {
  private readonly parts: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = EMPTY_BYTES;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.parts = source[Symbol.asyncIterator]();
  }

  /** `length` bytes, or fewer where the stream ends before. */
  async take(length: number): Promise<Uint8Array> {
    if (this.rest.length === 0) await this.more();
    if (this.rest.length >= length) return this.cut(length);
    const piece = new Uint8Array(length);
    let filled = 0;
    while (filled < length && (this.rest.length > 0 || (await this.more()))) {
      const part = this.cut(Math.min(this.rest.length, length - filled));
      piece.set(part, filled);
      filled += part.length;
    }
    return piece.subarray(0, filled);
  }

  async atEnd(): Promise<boolean> {
    return this.rest.length === 0 && !(await this.more());
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.parts.return?.();
  }

  private cut(length: number): Uint8Array {
    const piece = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return piece;
  }

  /** The next part that is not empty. */
  private async more(): Promise<boolean> {
    for (;;) {
      const next = await this.parts.next();
      if (next.done === true) return false;
      if (next.value.length > 0) {
        this.rest = next.value;
        return true;
      }
    }
  }
}
