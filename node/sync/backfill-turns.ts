// When old bodies are fetched: a few at a time while nothing else is, until this node has all that it keeps. How is backfill.ts.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Backfill } from './backfill.ts';
import type { Keeper } from './keeper.ts';
import { IDLE, type SyncState } from './progress.ts';

/** Between steps, while each brings something; the loop serves others meanwhile. */
const BETWEEN_MS = 50;
/** Until it is tried again when nothing came. */
const NOTHING_CAME_MS = 5_000;

export interface BackfillTurnsOptions {
  /** Blocks whose bodies are kept; undefined keeps all. */
  readonly keep: number | undefined;
}

export interface BackfillTurnsModules {
  readonly backfill: Backfill;
  readonly keeper: Keeper;
  height(): number;
  /** Catching up comes first. */
  catchingUp(): boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class BackfillTurns {
  private readonly options: BackfillTurnsOptions;
  private readonly modules: BackfillTurnsModules;
  private readonly listeners = new Set<() => void | Promise<void>>();
  private timer: TimerHandle | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private now: SyncState = IDLE;
  private stopped = false;

  constructor(options: BackfillTurnsOptions, modules: BackfillTurnsModules) {
    this.options = options;
    this.modules = modules;
  }

  get state(): SyncState {
    return this.now;
  }

  /** Goes on until nothing is missing; asked again, it does not go twice. */
  start(): void {
    this.next(BETWEEN_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.modules.clock.clearTimeout(this.timer);
    await this.running;
  }

  /** Runs when all bodies are here that this node wants to keep, after some were missing. */
  onDone(listener: () => void | Promise<void>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private get oldestWanted(): number {
    const { keep } = this.options;
    return keep === undefined ? 0 : Math.max(0, this.modules.height() - keep);
  }

  private next(ms: number): void {
    const { clock, keeper, logger } = this.modules;
    if (keeper.oldestBody <= this.oldestWanted || this.stopped) return;
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(() => {
      this.running = this.step().then(
        (more) => this.next(more ? BETWEEN_MS : NOTHING_CAME_MS),
        (error) => {
          logger.error({ err: error, code: codeOf(error) }, 'old bodies were not kept');
          this.next(NOTHING_CAME_MS);
        },
      );
    }, ms);
  }

  /** True when some came. */
  private async step(): Promise<boolean> {
    const { backfill, keeper, height, catchingUp } = this.modules;
    if (catchingUp()) return false;
    const before = keeper.oldestBody;
    const from = await backfill.step();
    keeper.oldestBody = from;
    const over = from <= this.oldestWanted;
    this.now = over ? IDLE : { phase: 'backfill', done: height() - from, total: height() - this.oldestWanted };
    if (over) for (const listener of this.listeners) await listener();
    return from < before;
  }
}
