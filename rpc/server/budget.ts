// Room for bytes that wait for somebody to read them; bounded, so that slow readers cannot fill the memory.

export class ByteBudget {
  private readonly limit: number;
  private taken = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.taken;
  }

  /** A single answer may pass the limit when nothing else waits: every answer can be had by a patient caller. */
  reserve(bytes: number): boolean {
    if (this.taken > 0 && this.taken + bytes > this.limit) return false;
    this.taken += bytes;
    return true;
  }

  release(bytes: number): void {
    this.taken -= bytes;
  }
}
