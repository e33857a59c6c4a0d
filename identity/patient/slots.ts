// At most so many runs at a time and so many waiting: bounds the memory of a costly computation. First come, first served.
import { IdentifierError } from './errors.ts';

export class Slots {
  private readonly limit: number;
  private readonly maxWaiting: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(options: { readonly limit: number; readonly maxWaiting: number }) {
    this.limit = options.limit;
    this.maxWaiting = options.maxWaiting;
  }

  /** Throws `identifier.busy` when too many wait already. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running < this.limit) this.running++;
    else {
      if (this.waiting.length >= this.maxWaiting) throw new IdentifierError({ code: 'identifier.busy' });
      // The one who leaves hands its place over, so `running` stays.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next();
    }
  }
}
