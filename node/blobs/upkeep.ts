// Looks after the blobs of this clinic: brings those that it should hold and does not, fetches damaged ones anew, and takes
// away those that nobody here holds to. Which ones it should hold is for others to say; who is lost, they name no more, and
// who stands in for them finds it on its own round.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { StoredBlob } from '../../records/blobs/blob-store.ts';
import type { DiskBlobStore } from './disk-blob-store.ts';
import type { BlobKeeper, BlobWish } from './keeper.ts';

export interface BlobDuties {
  /** Every blob that this clinic should hold now, with who else may have it. */
  all(): AsyncIterable<BlobWish>;
  of(cid: string): Promise<BlobWish | undefined>;
}

export interface BlobUpkeepModules {
  readonly store: DiskBlobStore;
  readonly keeper: Pick<BlobKeeper, 'keep'>;
  readonly duties: BlobDuties;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Round {
  readonly held: number;
  readonly brought: number;
  /** Nobody who was asked gave them; the next round asks again. */
  readonly lacking: number;
}

export interface Collected {
  readonly blobs: readonly StoredBlob[];
  /** Blobs that never came whole. */
  readonly unfinished: readonly string[];
}

const ROUND_MS = 10 * 60_000;
/** Blobs that were found damaged and wait to be fetched anew; a later round finds the others. */
const MAX_DAMAGED = 1024;
/** What was stored so lately may still be on its way into a record. */
export const GRACE_MS = 60 * 60_000;
/** How long what came of a blob waits for the rest. */
const UNFINISHED_MS = 7 * 24 * 60 * 60_000;

export class BlobUpkeep {
  private readonly modules: BlobUpkeepModules;
  private readonly damaged = new BoundedMap<string, true>({ maxEntries: MAX_DAMAGED });
  private abort = new AbortController();
  private timer: TimerHandle | undefined;
  private working: Promise<unknown> = Promise.resolve();

  constructor(modules: BlobUpkeepModules) {
    this.modules = modules;
  }

  start(): void {
    this.abort = new AbortController();
    this.schedule(ROUND_MS);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.working;
  }

  /** A block of it did not stand the comparison; it comes anew at once. */
  readonly onDamaged = (cid: string): void => {
    this.damaged.set(cid, true);
    this.schedule(0);
  };

  /** Brings what is missing, one after another. */
  async round(): Promise<Round> {
    const { store, keeper, duties, logger } = this.modules;
    const { signal } = this.abort;
    for (const cid of this.damaged.keys()) {
      const wish = await duties.of(cid);
      // Without anybody to ask, the good blocks stay where they are.
      if (wish === undefined || wish.sources.length === 0) continue;
      await store.reopen(cid);
      this.damaged.delete(cid);
    }
    const count = { held: 0, brought: 0, lacking: 0 };
    for await (const wish of duties.all()) {
      if (signal.aborted) break;
      if (await store.has(wish.cid)) {
        count.held++;
        continue;
      }
      try {
        await keeper.keep(wish, signal);
        count.brought++;
      } catch (error) {
        count.lacking++;
        logger.debug({ cid: wish.cid, code: codeOf(error) }, 'a blob that belongs here was not brought');
      }
    }
    if (count.lacking > 0) logger.warn(count, 'blobs that belong here are missing');
    return count;
  }

  /** Blobs that nobody here holds to any more; with `dryRun` they are named and stay. */
  async collect({ dryRun }: { readonly dryRun: boolean }): Promise<Collected> {
    const { store, duties, clock } = this.modules;
    const blobs: StoredBlob[] = [];
    const unfinished: string[] = [];
    for await (const { cid, size, storedAt } of store.list()) {
      if (storedAt > clock.now() - GRACE_MS || (await duties.of(cid)) !== undefined) continue;
      blobs.push({ cid, size });
      if (!dryRun) await store.delete(cid);
    }
    for await (const { cid, touchedAt } of store.comingBlobs()) {
      if (touchedAt > clock.now() - UNFINISHED_MS) continue;
      unfinished.push(cid);
      if (!dryRun) await store.dropComing(cid);
    }
    return { blobs, unfinished };
  }

  private schedule(ms: number): void {
    const { clock, logger } = this.modules;
    clock.clearTimeout(this.timer);
    if (this.abort.signal.aborted) return;
    this.timer = clock.setTimeout(() => {
      this.working = this.round()
        .catch((error: unknown) => logger.error({ err: error }, 'blobs were not looked after'))
        .then(() => this.schedule(ROUND_MS));
    }, ms);
  }
}
