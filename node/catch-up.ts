// A clinic whose chain is older than what it did: restored from a backup, or its chain database is lost. Until it has the
// others' blocks again its outbox sends nothing, or it would send what the chain holds already; and it mines nothing.
// Marked by a file, so that a crash on the way changes nothing.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Clock, TimerHandle } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import { writePrivateFile } from './data-directory.ts';

export interface CatchUpModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Members that are connected and have said where they are; whether one of them is further than this clinic. */
  peers(): number;
  behind(): boolean;
  /** Clinics of the network. */
  members(): number;
  onDone(): Promise<void>;
}

const LOOK_MS = 500;
/** A clinic that finds nobody goes on alone after this. */
const ALONE_MS = 120_000;

export class CatchUp {
  private readonly path: string;
  private readonly modules: CatchUpModules;
  private timer: TimerHandle | undefined;
  private waits = false;
  private since = 0;
  private stopped = false;

  constructor(options: { readonly path: string }, modules: CatchUpModules) {
    this.path = options.path;
    this.modules = modules;
    this.waits = existsSync(options.path);
  }

  get active(): boolean {
    return this.waits;
  }

  async begin(reason: string): Promise<void> {
    this.modules.logger.warn({ reason }, 'the chain is older than this clinic: sending nothing until it has caught up');
    this.waits = true;
    await writeCatchUpMark(this.path, reason);
  }

  start(): void {
    if (!this.waits) return;
    this.since = this.modules.clock.monotonic();
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
  }

  private schedule(): void {
    this.timer = this.modules.clock.setTimeout(() => void this.look(), LOOK_MS);
  }

  private async look(): Promise<void> {
    const { clock, logger, peers, behind, members, onDone } = this.modules;
    const alone = clock.monotonic() - this.since >= ALONE_MS;
    const there = members() < 2 || (peers() > 0 && !behind()) || (peers() === 0 && alone);
    try {
      if (there) {
        await onDone();
        await rm(this.path, { force: true });
        this.waits = false;
        logger.info({ alone: peers() === 0 }, 'caught up');
      }
    } catch (error) {
      if (!this.stopped) logger.error({ err: error }, 'what waits could not go on');
    }
    if (this.waits && !this.stopped) this.schedule();
  }
}

export async function writeCatchUpMark(path: string, reason: string): Promise<void> {
  await writePrivateFile(path, `${JSON.stringify({ reason })}\n`);
}
