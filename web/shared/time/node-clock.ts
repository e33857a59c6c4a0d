// The node's clock as pages follow it: what the node last said, carried on by the browser's monotonic time.
// A wrong or stepping clock of the device moves no age.
import type { Clock } from '../../../common/clock.ts';

const TICK_MS = 1000;

export class NodeClock {
  private readonly clock: Clock;
  private readonly listeners = new Set<() => void>();
  private base: { readonly node: number; readonly monotonic: number } | undefined;
  private timer: ReturnType<Clock['setTimeout']> | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** ms since 1970; the device's time until the node was heard. */
  now(): number {
    if (this.base === undefined) return this.clock.now();
    return this.base.node + this.clock.monotonic() - this.base.monotonic;
  }

  /** The node just said what time it is. */
  sync(node: number): void {
    this.base = { node, monotonic: this.clock.monotonic() };
    this.tell();
  }

  /** Calls back each second; returns the unsubscriber. */
  readonly onTick = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.timer === undefined) this.tick();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.clock.clearTimeout(this.timer);
      this.timer = undefined;
    };
  };

  private tick(): void {
    this.timer = this.clock.setTimeout(() => {
      this.tick();
      this.tell();
    }, TICK_MS);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
