// Category keys of this clinic's own charts: made when a category is first used, replaced by the next epoch when somebody may
// no longer have one. Owns which key is in force; who is given one is packets.ts.
import { randomBytes } from '#crypto';
import type { Category } from '../../records/category.ts';
import { CATEGORY_KEY_BYTES } from '../../records/chart/packet.ts';
import type { LocalWrite } from '../store/local-database.ts';
import { type ChartStore, type EpochKey, putSecret } from './chart-store.ts';
import type { ChartRef } from './layout.ts';

/** A key with what has to be written for it, in the batch of whoever uses it. */
export interface KeyInForce extends EpochKey {
  readonly writes: readonly LocalWrite[];
}

export class CategoryKeys {
  private readonly store: ChartStore;

  constructor(modules: { readonly store: ChartStore }) {
    this.store = modules.store;
  }

  async inForce(ref: ChartRef, category: Category): Promise<KeyInForce> {
    const newest = (await this.store.secrets(ref, category)).at(-1);
    return newest === undefined ? this.make(ref, category, 1) : { ...newest, writes: [] };
  }

  /** The key of the next epoch, which is in force once its writes are on the disk. */
  async next(ref: ChartRef, category: Category): Promise<KeyInForce> {
    const newest = (await this.store.secrets(ref, category)).at(-1);
    return this.make(ref, category, (newest?.epoch ?? 0) + 1);
  }

  private make(ref: ChartRef, category: Category, epoch: number): KeyInForce {
    const made = { epoch, key: randomBytes(CATEGORY_KEY_BYTES) };
    return { ...made, writes: [putSecret(ref, category, made)] };
  }
}
