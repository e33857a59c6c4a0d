// Seeded randomness for simulations: the same seed gives the same run. Never for keys.

export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** `stream` names independent sequences of one seed. */
  constructor(seed: number, stream = 0) {
    this.a = seed | 0;
    this.b = stream | 0;
    this.c = Math.trunc(seed / 2 ** 32) | 0;
    for (let i = 0; i < 16; i++) this.u32();
  }

  /** sfc32. */
  u32(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** At least 0, below 1. */
  uniform(): number {
    return this.u32() / 2 ** 32;
  }

  /** A whole number from 0, below `count`. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  exponential(mean: number): number {
    return -mean * Math.log((this.u32() + 1) / 2 ** 32);
  }

  /** The same values in an order of chance. */
  shuffled<T>(values: readonly T[]): T[] {
    const order = [...values];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.u32() >>> 24;
    return bytes;
  }
}
