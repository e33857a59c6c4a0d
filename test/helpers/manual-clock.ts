// A clock that moves only when told. Timers fire in order of their time, then of their making.
import type { Clock, TimerHandle } from '../../common/clock.ts';

interface ManualTimer {
  readonly at: number;
  readonly fn: () => void;
}

export class ManualClock implements Clock {
  private readonly start: number;
  private readonly timers = new Set<ManualTimer>();
  private elapsed = 0;

  constructor(start = 1_760_000_000_000) {
    this.start = start;
  }

  /** Timers that have not fired: 0 after a clean stop. */
  get pending(): number {
    return this.timers.size;
  }

  now(): number {
    return this.start + this.elapsed;
  }

  monotonic(): number {
    return this.elapsed;
  }

  setTimeout(fn: () => void, ms: number): TimerHandle {
    const timer: ManualTimer = { at: this.elapsed + Math.max(0, ms), fn };
    this.timers.add(timer);
    return timer as unknown as TimerHandle;
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    this.timers.delete(handle as unknown as ManualTimer);
  }

  /** Moves time on and fires what is due, also what fired timers set within that time. */
  advance(ms: number): void {
    const end = this.elapsed + ms;
    for (let next = this.nextDue(end); next !== undefined; next = this.nextDue(end)) this.fire(next);
    this.elapsed = end;
  }

  /** As `advance`, but lets promises settle before the first timer and after each. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    await settle();
    for (let next = this.nextDue(end); next !== undefined; next = this.nextDue(end)) {
      this.fire(next);
      await settle();
    }
    this.elapsed = end;
  }

  private nextDue(end: number): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.timers) if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  }

  private fire(timer: ManualTimer): void {
    this.timers.delete(timer);
    this.elapsed = Math.max(this.elapsed, timer.at);
    timer.fn();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
