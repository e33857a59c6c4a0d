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
}

export interface BlobUpkeepModules {
  readonly store: DiskBlobStore;
  readonly keeper: Pick<BlobKeeper, 'keep'>;
  readonly duties: BlobDuties;
  /** Throws while rows that name blobs may be missing here. */
  readonly demandWhole: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Round {
  readonly held: number;
  readonly brought: number;
  /** Nobody who was asked gave them; the next round asks again. */
  readonly lacking: number;
}

/** The last one, with its time in ms. */
export type PastRound = Round & { readonly at: number };

export interface Collected {
  readonly blobs: readonly StoredBlob[];
  /** Blobs that never came whole. */
  readonly unfinished: readonly string[];
}

const ROUND_MS = 60 * 60_000;
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
  private running: Promise<Round> | undefined;
  private past: PastRound | undefined;
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
    await this.running?.catch(() => undefined);
  }

  /** A block of it did not stand the comparison; it comes anew at once. */
  readonly onDamaged = (cid: string): void => {
    this.damaged.set(cid, true);
    this.schedule(0);
  };

  /** Blobs that were found damaged and are not whole again. */
  get waiting(): number {
    return this.damaged.size;
  }

  get lastRound(): PastRound | undefined {
    return this.past;
  }

  /** Brings what is missing, one after another. One round at a time, for all who ask for one. */
  round(): Promise<Round> {
    this.running ??= this.goRound().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async goRound(): Promise<Round> {
    const { store, keeper, duties, clock, logger } = this.modules;
    const { signal } = this.abort;
    const before = [...this.damaged.keys()];
    const count = { held: 0, brought: 0, lacking: 0 };
    const kept = new Set<string>();
    for await (const wish of duties.all()) {
      if (signal.aborted) break;
      const { cid } = wish;
      if (this.damaged.has(cid)) {
        kept.add(cid);
        // Without anybody to ask, the good blocks stay where they are.
        if (wish.sources.length > 0) {
          await store.reopen(cid);
          this.damaged.delete(cid);
        }
      }
      if (await store.has(cid)) {
        count.held++;
        continue;
      }
      try {
        await keeper.keep(wish, signal);
        count.brought++;
      } catch (error) {
        count.lacking++;
        logger.debug({ cid, code: codeOf(error) }, 'a blob that belongs here was not brought');
      }
    }
    // What belongs to nothing here any more needs no repair.
    if (!signal.aborted) for (const cid of before) if (!kept.has(cid)) this.damaged.delete(cid);
    if (count.lacking > 0) logger.warn(count, 'blobs that belong here are missing');
    this.past = { ...count, at: clock.now() };
    return count;
  }

  /** Blobs that nobody here holds to any more; with `dryRun` they are named and stay. Throws what `demandWhole` throws. */
  async collect({ dryRun }: { readonly dryRun: boolean }): Promise<Collected> {
    const { store, duties, demandWhole, clock } = this.modules;
    await demandWhole();
    const blobs: StoredBlob[] = [];
    const unfinished: string[] = [];
    // In one look over the rows: each is asked for by no index.
    const wanted = new Set<string>();
    for await (const { cid } of duties.all()) wanted.add(cid);
    for await (const { cid, size, storedAt } of store.list()) {
      if (storedAt > clock.now() - GRACE_MS || wanted.has(cid)) continue;
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
