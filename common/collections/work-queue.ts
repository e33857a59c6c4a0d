// Asynchronous work with bounded concurrency and bounded waiting: lanes of different priority share the workers.
// Owns no work and no retries: what fails rejects its caller.
import { BoundedQueue, type DropPolicy } from './bounded-queue.ts';
import { QueueError } from './errors.ts';

export interface WorkQueueOptions {
  /** How many pieces of work run at once, over all lanes. */
  readonly concurrency: number;
}

export interface WorkLaneOptions {
  /** Lower runs first; among equals the lane made first. */
  readonly priority: number;
  /** Waiting work; what runs is not counted. */
  readonly maxItems: number;
  readonly drop?: DropPolicy;
}

export interface WorkLane {
  /** Waiting work. */
  readonly size: number;
  /** Rejects with QueueError when dropped or stopped, else settles as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

interface Job {
  start(): Promise<void>;
  refuse(error: QueueError): void;
}

interface LaneState {
  readonly priority: number;
  readonly queue: BoundedQueue<Job>;
}

export class WorkQueue {
  private readonly options: WorkQueueOptions;
  private readonly lanes: LaneState[] = [];
  private running = 0;
  private stopped = false;
  private whenIdle: (() => void)[] = [];

  constructor(options: WorkQueueOptions) {
    if (!Number.isSafeInteger(options.concurrency) || options.concurrency < 1) throw new RangeError('concurrency');
    this.options = options;
  }

  lane(options: WorkLaneOptions): WorkLane {
    const { priority, maxItems, drop } = options;
    const full = () => new QueueError({ code: 'queue.full', limit: maxItems });
    const queue = new BoundedQueue<Job>({ maxItems, drop, onDrop: (job) => job.refuse(full()) });
    this.lanes.push({ priority, queue });
    this.lanes.sort((a, b) => a.priority - b.priority);
    return {
      get size() {
        return queue.size;
      },
      run: (work) => this.enqueue(queue, work),
    };
  }

  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.whenIdle.push(resolve));
  }

  /** Refuses what waits and all later work; resolves when running work ended. */
  stop(): Promise<void> {
    this.stopped = true;
    for (const { queue } of this.lanes)
      for (const job of queue.drain()) job.refuse(new QueueError({ code: 'queue.stopped' }));
    return this.idle();
  }

  private enqueue<T>(queue: BoundedQueue<Job>, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.stopped) return reject(new QueueError({ code: 'queue.stopped' }));
      // `start` never rejects: what `work` throws belongs to its caller.
      const start = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      queue.push({ start, refuse: reject });
      this.next();
    });
  }

  private next(): void {
    while (this.running < this.options.concurrency) {
      const job = this.takeJob();
      if (job === undefined) break;
      this.running++;
      void job.start().then(() => {
        this.running--;
        this.next();
      });
    }
    if (this.isIdle()) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private takeJob(): Job | undefined {
    return this.lanes.find(({ queue }) => queue.size > 0)?.queue.shift();
  }

  private isIdle(): boolean {
    return this.running === 0 && this.lanes.every(({ queue }) => queue.size === 0);
  }
}
