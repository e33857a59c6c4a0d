// Times with a number each, least time first; equal times in the order in which they were added. Flat arrays: a year of a
// hundred clinics is a hundred million events.

export class EventHeap {
  private times = new Float64Array(1024);
  private orders = new Float64Array(1024);
  private values = new Float64Array(1024);
  private added = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Infinity when nothing waits. */
  get nextTime(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.times[0];
  }

  push(time: number, value: number): void {
    if (this.count === this.times.length) this.grow();
    const order = this.added++;
    let at = this.count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.times[parent] <= time) break;
      this.copy(parent, at);
      at = parent;
    }
    this.put(at, time, order, value);
  }

  /** The value of the least time. Only while something waits. */
  pop(): number {
    const first = this.values[0];
    const last = --this.count;
    const time = this.times[last];
    const order = this.orders[last];
    const value = this.values[last];
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && this.before(child + 1, child)) child++;
      if (time < this.times[child] || (time === this.times[child] && order < this.orders[child])) break;
      this.copy(child, at);
      at = child;
    }
    this.put(at, time, order, value);
    return first;
  }

  private before(a: number, b: number): boolean {
    return this.times[a] < this.times[b] || (this.times[a] === this.times[b] && this.orders[a] < this.orders[b]);
  }

  private copy(from: number, to: number): void {
    this.put(to, this.times[from], this.orders[from], this.values[from]);
  }

  private put(at: number, time: number, order: number, value: number): void {
    this.times[at] = time;
    this.orders[at] = order;
    this.values[at] = value;
  }

  private grow(): void {
    const size = 2 * this.times.length;
    this.times = copyInto(new Float64Array(size), this.times);
    this.orders = copyInto(new Float64Array(size), this.orders);
    this.values = copyInto(new Float64Array(size), this.values);
  }
}

function copyInto(target: Float64Array<ArrayBuffer>, source: Float64Array): Float64Array<ArrayBuffer> {
  target.set(source);
  return target;
}
