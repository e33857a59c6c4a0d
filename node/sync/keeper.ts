// What a node keeps for others and for itself, as finality goes on: a snapshot of every SNAPSHOT_EPOCHS-th final checkpoint,
// and in pruned mode no bodies older than it was told to keep. Owns when; node/store owns how.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { ChainStore } from '../store/ports.ts';

/** The same at every node, so that all of them have the same snapshots: one in 32 blocks. */
export const SNAPSHOT_EPOCHS = 8;
/** Blocks pruned at a time. */
const PRUNE_BLOCKS = 16;

export interface KeeperOptions {
  /** Blocks whose bodies are kept; undefined keeps all. */
  readonly keep: number | undefined;
}

export interface KeeperModules {
  readonly store: Pick<ChainStore, 'makeSnapshot' | 'snapshots' | 'prune' | 'bodiesFrom'>;
  readonly logger: Logger;
}

export class Keeper {
  /** Height from which all bodies are here. */
  oldestBody = 0;
  private readonly options: KeeperOptions;
  private readonly modules: KeeperModules;
  private readonly serial = new Serial();
  private waiting = false;
  private tried = 0;

  constructor(options: KeeperOptions, modules: KeeperModules) {
    this.options = options;
    this.modules = modules;
  }

  async start(): Promise<void> {
    this.oldestBody = await this.modules.store.bodiesFrom();
    this.tried = (await this.modules.store.snapshots())[0]?.height ?? 0;
  }

  /**
   * Beside the chain, one round at a time; whoever follows the chain does not wait for it. While a long chain is fetched, a
   * snapshot would be old before anybody asks for it, and each costs reading the whole state.
   */
  follow(height: number, finalisedEpoch: number, catchingUp: boolean): void {
    if (this.waiting) return;
    this.waiting = true;
    void this.serial.run(async () => {
      this.waiting = false;
      try {
        if (!catchingUp) await this.snapshot(finalisedEpoch);
        await this.prune(height, EPOCH_BLOCKS * finalisedEpoch);
      } catch (error) {
        this.modules.logger.error({ err: error, code: codeOf(error) }, 'no snapshot was made, or nothing pruned');
      }
    });
  }

  stop(): Promise<void> {
    return this.serial.idle();
  }

  private async snapshot(finalisedEpoch: number): Promise<void> {
    const epoch = finalisedEpoch - (finalisedEpoch % SNAPSHOT_EPOCHS);
    const height = EPOCH_BLOCKS * epoch;
    if (height <= this.tried) return;
    this.tried = height;
    const made = await this.modules.store.makeSnapshot(height);
    if (made === undefined) this.modules.logger.warn({ height }, 'no snapshot: too much changed since');
    else this.modules.logger.info({ height, parts: made.parts }, 'snapshot made');
  }

  /** Whoever takes a snapshot from here needs the bodies from its height on. */
  private async prune(height: number, final: number): Promise<void> {
    const { keep } = this.options;
    if (keep === undefined) return;
    const offered = (await this.modules.store.snapshots()).map((snapshot) => snapshot.height);
    const below = Math.min(height - keep, final, ...offered);
    while (this.oldestBody < below) {
      const from = await this.modules.store.prune(below, PRUNE_BLOCKS);
      if (from === this.oldestBody) return;
      this.oldestBody = from;
    }
  }
}
