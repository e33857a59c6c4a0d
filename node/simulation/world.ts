// Virtual time for whole nodes: events run one by one, and time moves on only when nothing is left to do at this moment.
// So the same seed gives the same run, however fast the machine is.
import { EventHeap } from './event-heap.ts';

/** Nothing else to do after an event: the next may follow at once. */
export const QUIET = 'quiet';

/** Nobody looks at anything else that an event gives. */
export type EventResult = unknown;

export class World {
  private readonly heap = new EventHeap();
  private readonly events = new Map<number, () => EventResult>();
  private lastEvent = 0;
  private elapsed = 0;
  private count = 0;

  /** ms since the world began. */
  get time(): number {
    return this.elapsed;
  }

  /** Events that ran. */
  get ran(): number {
    return this.count;
  }

  /** Runs `event` in `ms`; gives a number for `cancel`. */
  after(ms: number, event: () => EventResult): number {
    const number = ++this.lastEvent;
    this.events.set(number, event);
    this.heap.push(this.elapsed + Math.max(0, ms), number);
    return number;
  }

  cancel(event: number): void {
    this.events.delete(event);
  }

  /** Until `time`, or until `done` holds after an event. */
  async run(time: number, done: () => boolean = () => false): Promise<void> {
    await settle();
    while (this.heap.nextTime <= time) {
      this.elapsed = this.heap.nextTime;
      const number = this.heap.pop();
      const event = this.events.get(number);
      if (event === undefined) continue;
      this.events.delete(number);
      this.count++;
      if (event() === QUIET) continue;
      await settle();
      if (done()) return;
    }
    this.elapsed = time;
  }
}

/** Two turns of the event loop: whatever could run without time passing has run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
