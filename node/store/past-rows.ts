// Rows of a range as they are at one moment, read in pages while writes go on: whoever writes says first what a key held.
// Owns no snapshot of the engine, for the reason that kv.ts gives.
import { compareBytes } from '../../common/bytes.ts';
import { StoreError } from './errors.ts';
import { mapKey, type Row } from './kv.ts';

/** What a key held; null for nothing. */
export type Held = readonly [key: Uint8Array, value: Uint8Array | null];

export interface PastRowsOptions {
  /** Keys kept apart at most: beyond it the reading fails. */
  readonly maxHeld: number;
  /** What was written between the moment and now. */
  readonly held?: Iterable<Held>;
}

export class PastRows {
  private readonly maxHeld: number;
  private readonly pages: AsyncIterable<readonly Row[]>;
  /** What keys held that were written since, by key; those that the reading has passed are not kept. */
  private readonly held = new Map<string, Held>();
  private passed: Uint8Array | undefined;
  private over = false;

  /** `pages` in ascending order of keys. */
  constructor(pages: AsyncIterable<readonly Row[]>, { maxHeld, held = [] }: PastRowsOptions) {
    this.pages = pages;
    this.maxHeld = maxHeld;
    for (const [key, value] of held) this.held.set(mapKey(key), [key, value]);
  }

  /** Before a write: the value that the key has, null for none. The first one said of a key counts. */
  before(key: Uint8Array, value: Uint8Array | null): void {
    if (this.over || (this.passed !== undefined && compareBytes(key, this.passed) <= 0)) return;
    const name = mapKey(key);
    if (this.held.has(name)) return;
    if (this.held.size < this.maxHeld) this.held.set(name, [key, value]);
    else this.end();
  }

  /** Once; nothing is kept when it ended or was left. Throws StoreError `store.changed`. */
  async *rows(): AsyncGenerator<Row> {
    try {
      for await (const page of this.pages) yield* this.asOfThen(page);
      if (this.over) throw new StoreError({ code: 'store.changed', limit: this.maxHeld });
      for (const [key, value] of this.held.values()) if (value !== null) yield [key, value];
    } finally {
      this.end();
    }
  }

  /** Taken together before the first is given: what is written from here on does not change what the page has. */
  private asOfThen(page: readonly Row[]): Row[] {
    if (this.over) throw new StoreError({ code: 'store.changed', limit: this.maxHeld });
    const rows: Row[] = [];
    for (const [key, now] of page) {
      const name = mapKey(key);
      const then = this.held.get(name);
      this.held.delete(name);
      const value = then === undefined ? now : then[1];
      if (value !== null) rows.push([key, value]);
    }
    this.passed = page.at(-1)?.[0] ?? this.passed;
    return rows;
  }

  private end(): void {
    this.over = true;
    this.held.clear();
  }
}
