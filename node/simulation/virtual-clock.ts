// The clock of one simulated clinic: the world's time, some ms wrong. All its timers end with the clinic.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { World } from './world.ts';

/** When every world begins, ms since 1970. */
export const WORLD_START = 1_760_000_000_000;

export class VirtualClock implements Clock {
  private readonly world: World;
  private readonly timers = new Set<number>();
  /** How far ahead of true time it is, ms. */
  skew: number;

  constructor(options: { skew: number }, modules: { world: World }) {
    this.world = modules.world;
    this.skew = options.skew;
  }

  now(): number {
    return Math.floor(WORLD_START + this.world.time + this.skew);
  }

  monotonic(): number {
    return this.world.time;
  }

  setTimeout(fn: () => void, ms: number): TimerHandle {
    const timer = this.world.after(ms, () => {
      this.timers.delete(timer);
      fn();
    });
    this.timers.add(timer);
    return timer as unknown as TimerHandle;
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    const timer = handle as unknown as number | undefined;
    if (timer === undefined) return;
    this.timers.delete(timer);
    this.world.cancel(timer);
  }

  /** As a crash does: no timer of this clock fires any more. */
  end(): void {
    for (const timer of this.timers) this.world.cancel(timer);
    this.timers.clear();
  }
}
