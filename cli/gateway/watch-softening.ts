// Tells whoever runs a gateway when its circuit breaker opens and closes: while it is open, what would be refused is challenged.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Gateway } from '../../gateway/gateway.ts';

export interface WatchSofteningModules {
  readonly gateway: Pick<Gateway, 'openBreakers'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const WATCH_EVERY_MS = 5_000;

export class WatchSoftening {
  private readonly modules: WatchSofteningModules;
  private timer: TimerHandle | undefined;
  private wasSoftened = false;

  constructor(modules: WatchSofteningModules) {
    this.modules = modules;
  }

  start(): void {
    const { gateway, clock, logger } = this.modules;
    const isSoftened = gateway.openBreakers(clock.now()).length > 0;
    if (isSoftened && !this.wasSoftened) logger.warn('more than a fifth of all visits is refused: challenges instead');
    if (!isSoftened && this.wasSoftened) logger.info('visits are refused again');
    this.wasSoftened = isSoftened;
    this.timer = clock.setTimeout(() => this.start(), WATCH_EVERY_MS);
  }

  stop(): void {
    this.modules.clock.clearTimeout(this.timer);
  }
}
