// At most so many runs of a costly computation at a time, for all who need one: bounds its memory and what it takes from
// others. Each kind of caller waits in a lane of its own, and lanes take turns: an import of patients does not hold up
// signing in. Within a lane: first come, first served. Owns no thread: where scrypt runs is whose slots they are to say.
import { scryptKdf } from '#crypto';

export type Scrypt = typeof scryptKdf;

export interface LaneOptions {
  readonly maxWaiting: number;
  /** What is thrown when so many wait already. */
  busy(): Error;
}

export interface Lane {
  /** Throws what the lane says when too many wait already. */
  run<T>(task: (scrypt: Scrypt) => Promise<T>): Promise<T>;
}

export interface SlotsModules {
  /** Another place for it than the thread pool that all share. */
  readonly scrypt?: Scrypt;
}

type Queue = (() => void)[];

export class Slots {
  private readonly limit: number;
  private readonly scrypt: Scrypt;
  private running = 0;
  /** The lane whose turn it is comes first. */
  private readonly queues: Queue[] = [];

  constructor(options: { readonly limit: number }, modules: SlotsModules = {}) {
    this.limit = options.limit;
    this.scrypt = modules.scrypt ?? scryptKdf;
  }

  lane(options: LaneOptions): Lane {
    const queue: Queue = [];
    this.queues.push(queue);
    return { run: (task) => this.run(queue, options, task) };
  }

  private async run<T>(
    queue: Queue,
    { maxWaiting, busy }: LaneOptions,
    task: (scrypt: Scrypt) => Promise<T>,
  ): Promise<T> {
    if (this.running < this.limit) this.running++;
    else {
      if (queue.length >= maxWaiting) throw busy();
      // The one who leaves hands its place over, so `running` stays.
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await task(this.scrypt);
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
