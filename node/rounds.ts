// Work that is looked over again and again: every so often, and at once when something came up. One round at a time; what
// comes up during one begins the next.
import type { Clock, TimerHandle } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';

export interface RoundsOptions {
  readonly everyMs: number;
  /** Of the log, when a round fails. */
  readonly failed: string;
}

export interface RoundsModules {
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  readonly logger: Logger;
  /** Stops early once `signal` is aborted. */
  round(signal: AbortSignal): Promise<void>;
}

export class Rounds {
  private readonly options: RoundsOptions;
  private readonly modules: RoundsModules;
  private readonly abort = new AbortController();
  private timer: TimerHandle | undefined;
  private looking: Promise<void> | undefined;
  private running = false;
  private again = false;

  constructor(options: RoundsOptions, modules: RoundsModules) {
    this.options = options;
    this.modules = modules;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.look();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.looking;
  }

  /** Now. */
  look(): void {
    if (!this.running) return;
    const { clock, logger } = this.modules;
    this.again = true;
    if (this.looking !== undefined) return;
    clock.clearTimeout(this.timer);
    this.looking = this.lookAll()
      .catch((error) => logger.warn({ err: error }, this.options.failed))
      .finally(() => {
        this.looking = undefined;
        if (this.running) this.timer = clock.setTimeout(() => this.look(), this.options.everyMs);
      });
  }

  private async lookAll(): Promise<void> {
    const { signal } = this.abort;
    while (this.again && this.running) {
      this.again = false;
      await this.modules.round(signal);
    }
  }
}
