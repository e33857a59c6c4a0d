// First in, first out, with a ceiling. Owns no workers.

/** Which item gives way when the queue is full. */
export type DropPolicy = 'newest' | 'oldest';

export interface BoundedQueueOptions<T> {
  readonly maxItems: number;
  /** 'newest' (default): the pushed item is not taken. 'oldest': the item next in line is dropped for it. */
  readonly drop?: DropPolicy;
  /** Called with each item that is dropped. */
  onDrop?(item: T): void;
}

export class BoundedQueue<T> {
  private readonly options: BoundedQueueOptions<T>;
  private items: T[] = [];
  private head = 0;

  constructor(options: BoundedQueueOptions<T>) {
    if (!Number.isSafeInteger(options.maxItems) || options.maxItems < 1) throw new RangeError('maxItems');
    this.options = options;
  }

  get size(): number {
    return this.items.length - this.head;
  }

  /** False when `item` itself was dropped. */
  push(item: T): boolean {
    if (this.size >= this.options.maxItems) {
      if (this.options.drop !== 'oldest') {
        this.options.onDrop?.(item);
        return false;
      }
      const [oldest] = this.take();
      this.options.onDrop?.(oldest);
    }
    this.items.push(item);
    return true;
  }

  shift(): T | undefined {
    return this.size === 0 ? undefined : this.take()[0];
  }

  /** Everything waiting, oldest first; the queue is empty afterwards. */
  drain(): T[] {
    const items = this.items.slice(this.head);
    this.items = [];
    this.head = 0;
    return items;
  }

  // Cuts the used-up front off only when it is half of the array: shifting an array is linear.
  private take(): [T] {
    const item = this.items[this.head];
    this.items[this.head] = undefined as T;
    this.head++;
    if (2 * this.head >= this.items.length) {
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return [item];
  }
}
