// How much room the disk of this clinic has. Below the reserve nothing new is acknowledged and nothing is mined: what is left
// is for following the chain and for the databases' own work. Goes on by itself when there is room. Owns looking and saying.
import { statfs } from 'node:fs/promises';
import type { Clock, TimerHandle } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import { StoreError } from './store/errors.ts';

export interface DiskSpaceOptions {
  /** The clinic's data directory. */
  readonly path: string;
  /** Bytes that stay free; 0 looks at nothing. */
  readonly reserve: number;
}

export interface DiskSpaceModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes that this user may still write there. */
  readonly freeBytes?: (path: string) => Promise<number>;
}

const LOOK_MS = 1_000;
/** Room beyond the reserve before it goes on, as a part of the reserve: no hovering at the edge. */
const MARGIN = 0.25;

export class DiskSpace {
  private readonly options: DiskSpaceOptions;
  private readonly modules: DiskSpaceModules;
  private timer: TimerHandle | undefined;
  private running = false;
  private isLow = false;
  private known = Number.POSITIVE_INFINITY;

  constructor(options: DiskSpaceOptions, modules: DiskSpaceModules) {
    this.options = options;
    this.modules = modules;
  }

  /** As of the last look, a second ago at most. */
  get low(): boolean {
    return this.isLow;
  }

  /** Bytes; infinite until it has looked. */
  get free(): number {
    return this.known;
  }

  /** Throws StoreError `store.disk-full` while there is less room than the reserve. */
  readonly demand = (): void => {
    if (this.isLow) throw new StoreError({ code: 'store.disk-full' });
  };

  async start(): Promise<void> {
    if (this.running || this.options.reserve === 0) return;
    this.running = true;
    await this.look();
  }

  stop(): void {
    this.running = false;
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const { path, reserve } = this.options;
    const { clock, logger, freeBytes = freeBytesOf } = this.modules;
    try {
      this.known = await freeBytes(path);
      const low = this.known < reserve * (this.isLow ? 1 + MARGIN : 1);
      if (low !== this.isLow) {
        this.isLow = low;
        const facts = { free: this.known, reserve };
        if (low) logger.error(facts, 'the disk is full: nothing new is taken until there is room');
        else logger.info(facts, 'the disk has room again');
      }
    } catch (error) {
      logger.warn({ err: error }, 'how much room the disk has is not known');
    }
    if (this.running) this.timer = clock.setTimeout(() => void this.look(), LOOK_MS);
  }
}

async function freeBytesOf(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
