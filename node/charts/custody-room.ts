// How much of one chart of another clinic is kept here: nothing that a clinic sends grows without end. How many charts there are
// the chain bounds, which has every patient of a clinic. Owns the bounds and the counting; what is left out is custody.ts. What a
// clinic makes of its own charts stays below these bounds (chart-room.ts).
import { toHex } from '../../common/bytes.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { ChartStore } from './chart-store.ts';
import { type ChartRef, chartPrefix } from './layout.ts';

/** Vaults that a patient had at one clinic, one account after another. */
export const MAX_KEPT_VAULTS = 8;
/** Versions of records in one chart. */
export const MAX_KEPT_ROWS = 100_000;
/** Consents about one chart, with those that ended. */
export const MAX_KEPT_TERMS = 4_096;
/** Packets of one chart, of all categories and epochs. */
export const MAX_KEPT_PACKETS = 8_192;
/** Sealed category keys of one vault, of all epochs whose rows are still about. */
export const MAX_KEPT_VAULT_KEYS = 1_024;
/** Charts whose counts are remembered; others are counted anew. */
const COUNTED_CHARTS = 4_096;

const KINDS = {
  rows: ['row', MAX_KEPT_ROWS],
  terms: ['terms', MAX_KEPT_TERMS],
  packets: ['packet', MAX_KEPT_PACKETS],
  'vault keys': ['vaultKey', MAX_KEPT_VAULT_KEYS],
} as const;
export type KeptKind = keyof typeof KINDS;

/** Something to be kept, and where. */
export interface Kept {
  readonly kind: KeptKind;
  readonly ref: ChartRef;
  readonly key: Uint8Array;
}

export class CustodyRoom {
  private readonly store: ChartStore;
  /** What there is at most, by kind and chart: what takes the place of something counts again until it is counted anew. */
  private readonly counts = new BoundedMap<string, number>({ maxEntries: COUNTED_CHARTS });

  constructor(store: ChartStore) {
    this.store = store;
  }

  /** What there is no room for; the rest counts as kept. */
  async over(more: readonly Kept[]): Promise<ReadonlySet<Kept>> {
    const charts = new Map<string, Kept[]>();
    for (const one of more) {
      const name = nameOf(one.kind, one.ref);
      charts.set(name, [...(charts.get(name) ?? []), one]);
    }
    const over = new Set<Kept>();
    for (const [name, items] of charts) {
      const [{ kind, ref }] = items;
      const [, limit] = KINDS[kind];
      let held = this.counts.get(name) ?? (await this.count(kind, ref));
      if (held + items.length > limit) held = await this.count(kind, ref);
      const isTight = held + items.length > limit;
      for (const item of items) {
        // What takes the place of something needs no room.
        if (isTight && (await this.store.database.get(item.key)) !== undefined) continue;
        if (held < limit) held++;
        else over.add(item);
      }
      this.counts.set(name, held);
    }
    return over;
  }

  /** Something of these charts went. */
  forget(charts: readonly ChartRef[]): void {
    for (const ref of charts) this.counts.delete(nameOf('rows', ref));
  }

  private async count(kind: KeptKind, ref: ChartRef): Promise<number> {
    const [table, limit] = KINDS[kind];
    let count = 0;
    for await (const _ of this.store.database.range({ prefix: chartPrefix(table, ref), limit })) count++;
    return count;
  }
}

function nameOf(kind: KeptKind, { clinic, chart }: ChartRef): string {
  return `${kind} ${clinic} ${toHex(chart)}`;
}
