// What is judged now: into the security log, and to whoever watches, once a second. Owns no entry and no verdict.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Decision } from '../../gateway/judge/decision.ts';
import { RecentRequests } from '../../gateway/log/live.ts';
import type { TrafficValue } from '../../rpc/schema/subscription.ts';

export interface TrafficModules {
  readonly clock: Clock;
}

const TELL_EVERY_MS = 1000;

export class Traffic {
  private readonly modules: TrafficModules;
  private readonly recent = new RecentRequests();
  private readonly listeners = new Set<(value: TrafficValue) => void>();
  private timer: TimerHandle | undefined;

  constructor(modules: TrafficModules) {
    this.modules = modules;
  }

  judged(decision: Decision): void {
    this.recent.add(decision, this.modules.clock.monotonic());
  }

  now(): TrafficValue {
    const { clock } = this.modules;
    const at = clock.monotonic();
    // The second that has just ended: the one that runs is never whole.
    return { at: clock.now(), second: this.recent.last(1, at - TELL_EVERY_MS), minute: this.recent.last(60, at) };
  }

  /** Returns the unsubscriber. */
  onSecond(listener: (value: TrafficValue) => void): () => void {
    this.listeners.add(listener);
    this.watch();
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.modules.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.listeners.clear();
  }

  private watch(): void {
    if (this.listeners.size === 0) return;
    this.timer ??= this.modules.clock.setTimeout(() => {
      this.timer = undefined;
      const value = this.now();
      for (const listener of this.listeners) listener(value);
      this.watch();
    }, TELL_EVERY_MS);
  }
}
