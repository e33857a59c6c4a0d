// How late the main thread is: everything that peers and people ask waits for it, so a delay is watched, counted and said.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, TimerHandle } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import { gauge, type Registry } from '../common/metrics.ts';

/** Of each window the 99th percentile is taken. */
const WINDOW_MS = 10_000;
/** Nothing of ours may hold the thread longer (design section 7). */
const ALARM_MS = 50;
/** Between two looks of the monitor: what it measures includes this much. */
const RESOLUTION_MS = 5;

export interface EventLoopModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
  /** Delays seen since the last reset, in ns, the time between two looks included. */
  readonly histogram?: Pick<
    ReturnType<typeof monitorEventLoopDelay>,
    'enable' | 'disable' | 'percentile' | 'reset' | 'max'
  >;
}

export class EventLoop {
  private readonly modules: EventLoopModules;
  private readonly histogram;
  private timer: TimerHandle | undefined;
  private last = 0;

  constructor(modules: EventLoopModules) {
    this.modules = modules;
    this.histogram = modules.histogram ?? monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    gauge(modules.registry, {
      name: 'wardmesh_event_loop_p99_seconds',
      help: 'Delay of the main thread, 99th percentile of the last ten seconds; above 0.05 is an alarm',
      collect: () => this.last / 1000,
    });
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.histogram.enable();
    this.schedule();
  }

  stop(): void {
    if (this.timer === undefined) return;
    this.modules.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.histogram.disable();
  }

  /** ms, of the last whole window. */
  get p99(): number {
    return this.last;
  }

  /** Whether requests of peers and people wait longer than they should. */
  get late(): boolean {
    return this.last > ALARM_MS;
  }

  private schedule(): void {
    this.timer = this.modules.clock.setTimeout(() => {
      this.measure();
      this.schedule();
    }, WINDOW_MS);
  }

  private measure(): void {
    const ms = (ns: number): number => Math.max(0, Math.round((ns / 1e6 - RESOLUTION_MS) * 10) / 10);
    this.last = ms(this.histogram.percentile(99));
    const longest = ms(this.histogram.max);
    this.histogram.reset();
    if (this.late) this.modules.logger.warn({ p99Ms: this.last, maxMs: longest }, 'the main thread is late');
  }
}
