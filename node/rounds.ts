// Work that is looked over again and again: every so often, and at once when something came up. One round at a time; what
// comes up during one begins the next.
import type { Clock, TimerHandle } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';

export interface RoundsOptions {
  readonly everyMs: number;
  /** Of the log, when a round fails. */
  readonly failed: string;
  /** Rounds that fail one after the other come up to this far apart, ms; then only the first is told of, and `over` at their end. */
  readonly backOff?: { readonly longestMs: number; readonly over: string };
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
  private pause: number;

  constructor(options: RoundsOptions, modules: RoundsModules) {
    this.options = options;
    this.pause = options.everyMs;
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
    const { clock } = this.modules;
    this.again = true;
    if (this.looking !== undefined) return;
    clock.clearTimeout(this.timer);
    this.looking = this.lookAll()
      .then(() => this.went())
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.looking = undefined;
        if (!this.running) return;
        // Asked for after the last round looked whether it was.
        if (this.again) this.look();
        else this.timer = clock.setTimeout(() => this.look(), this.pause);
      });
  }

  private went(): void {
    const { everyMs, backOff } = this.options;
    if (this.pause > everyMs) this.modules.logger.info(backOff?.over);
    this.pause = everyMs;
  }

  private failed(error: unknown): void {
    if (this.abort.signal.aborted) return;
    const { everyMs, failed, backOff } = this.options;
    if (this.pause === everyMs) this.modules.logger.warn({ err: error }, failed);
    if (backOff !== undefined) this.pause = Math.min(2 * this.pause, backOff.longestMs);
  }

  private async lookAll(): Promise<void> {
    const { signal } = this.abort;
    while (this.again && this.running) {
      this.again = false;
      await this.modules.round(signal);
    }
  }
}
