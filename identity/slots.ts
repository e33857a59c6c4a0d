// At most so many runs of a costly computation at a time, for all who need one: bounds its memory and what it takes from
// others. Each kind of caller waits in a lane of its own, and lanes take turns: an import of patients does not hold up
// signing in. Within a lane: first come, first served.

export interface LaneOptions {
  readonly maxWaiting: number;
  /** What is thrown when so many wait already. */
  busy(): Error;
}

export interface Lane {
  /** Throws what the lane says when too many wait already. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

type Queue = (() => void)[];

export class Slots {
  private readonly limit: number;
  private running = 0;
  /** The lane whose turn it is comes first. */
  private readonly queues: Queue[] = [];

  constructor(options: { readonly limit: number }) {
    this.limit = options.limit;
  }

  lane(options: LaneOptions): Lane {
    const queue: Queue = [];
    this.queues.push(queue);
    return { run: (task) => this.run(queue, options, task) };
  }

  private async run<T>(queue: Queue, { maxWaiting, busy }: LaneOptions, task: () => Promise<T>): Promise<T> {
    if (this.running < this.limit) this.running++;
    else {
      if (queue.length >= maxWaiting) throw busy();
      // The one who leaves hands its place over, so `running` stays.
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  private leave(): void {
    const index = this.queues.findIndex((queue) => queue.length > 0);
    if (index < 0) {
      this.running--;
      return;
    }
    const [queue] = this.queues.splice(index, 1);
    this.queues.push(queue);
    queue.shift()!();
  }
}
