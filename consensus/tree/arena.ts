// Short-lived bytes of one chunk of updates: merged leaves and the hashes inside buckets.
// Segments stay allocated and are used again by the next chunk.
import { SEGMENT_BYTES, type TreeMemory } from './memory.ts';

export class Arena {
  private readonly memory: TreeMemory;
  private readonly segments: number[] = [];
  private current = 0;
  private cursor = 0;
  private end = 0;

  constructor(memory: TreeMemory) {
    this.memory = memory;
  }

  /** Address of `length` bytes in one piece. */
  take(length: number): number {
    const address = this.reserve(length);
    this.cursor += length;
    return address;
  }

  /** As `take`, but the bytes are only kept as far as `used` says afterwards. */
  reserve(length: number): number {
    if (length > SEGMENT_BYTES) throw new RangeError('arena: more than a segment in one piece');
    if (this.cursor + length > this.end) this.next();
    return this.cursor;
  }

  used(length: number): void {
    this.cursor += length;
  }

  reset(): void {
    this.current = 0;
    this.cursor = 0;
    this.end = 0;
  }

  private next(): void {
    if (this.current === this.segments.length) this.segments.push(this.memory.addSegment());
    this.cursor = this.segments[this.current++];
    this.end = this.cursor + SEGMENT_BYTES;
  }
}
