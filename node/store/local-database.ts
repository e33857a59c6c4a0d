// A small encrypted database of this clinic alone: outbox, clinical data, caches. Every value is sealed under one key and
// bound to its own key; keys are stored as the caller gives them (`blindKey` hides what they say). Nothing here exists
// anywhere else: each batch is in the journal copy beside the database before it is acknowledged. Rows are local-rows.ts.
import { EMPTY_BYTES } from '../../common/bytes.ts';
import type { Logger } from '../../common/logger.ts';
import { StoreError } from './errors.ts';
import type { RowWrite } from './journal/journal-records.ts';
import { LocalJournal, rowFile } from './journal/local-journal.ts';
import { type Level, type Operation, ours, pages, prefixRange, type Row, writeLevel } from './kv.ts';
import { tableKey } from './layout.ts';
import { openLocal } from './local-recovery.ts';
import { batchRows, DATA, damaged, dataPages, proofOf } from './local-rows.ts';
import { PastRows } from './past-rows.ts';
import { RowSeal } from './row-seal.ts';

export interface LocalOptions {
  readonly path: string;
  /** What is in it, for errors: `outbox`, `clinical data`. */
  readonly name: string;
  /** 32 bytes, from the keystore. */
  readonly key: Uint8Array;
}

export interface LocalModules {
  readonly logger?: Logger;
  /** Throws where no new write may be acknowledged: asked before each that must be synced. */
  readonly demandRoom?: () => void;
}

export type LocalWrite =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export interface LocalRange {
  readonly prefix: Uint8Array;
  /** Only keys after this one. */
  readonly after?: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}

/** Where the journal copy of a database lies. */
export const journalPath = (path: string): string => `${path}.journal`;

/** What waits is written together up to this; one batch is never parted. */
const GROUP_BYTES = 4 * 1024 * 1024;

/** Rows that may change while a copy is read, which a backup over a slow line makes long. */
const COPY_CHANGES = 100_000;

interface Waiting {
  readonly writes: readonly LocalWrite[];
  readonly sync: boolean;
  resolve(): void;
  reject(error: Error): void;
}

export class LocalDatabase {
  private readonly options: LocalOptions;
  private readonly logger: Logger | undefined;
  private readonly demandRoom: (() => void) | undefined;
  private readonly seal: RowSeal;
  private readonly journal: LocalJournal;
  private level: Level | undefined;
  private sequence = 0;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  /** Copies that are being read, each as of one batch. */
  private readonly copies = new Set<PastRows>();
  private rewriting: Promise<void> | undefined;
  /** The journal copy is to be written anew whatever its length. */
  private rewriteDue = false;

  constructor(options: LocalOptions, modules: LocalModules = {}) {
    this.options = options;
    this.logger = modules.logger;
    this.demandRoom = modules.demandRoom;
    this.seal = new RowSeal(options.key);
    this.journal = new LocalJournal(journalPath(options.path));
  }

  /** Throws StoreError: `store.key` for another key, `store.damaged` when neither database nor copy has everything. */
  async open(): Promise<void> {
    if (this.level !== undefined) return;
    const { path, name } = this.options;
    const { seal, journal, logger } = this;
    const { level, sequence } = await openLocal({ path, name, seal, journal, logger });
    this.sequence = sequence;
    this.level = level;
  }

  /** Writes what waits, then closes. */
  async close(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    await this.rewriting;
    const { level } = this;
    this.level = undefined;
    await this.journal.close();
    await level?.close();
  }

  /** How many batches it ever took. */
  get batches(): number {
    return this.sequence;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const row = tableKey(DATA, key);
    try {
      const sealed = await this.opened().get(row);
      return sealed === undefined ? undefined : this.unseal(row, sealed);
    } catch (error) {
      throw ours(error, this.options.name);
    }
  }

  /**
   * All or nothing. What arrives while a batch is being written shares the next. `sync`: on the disk when it resolves. Throws
   * StoreError, `store.not-synced` after a sync that failed until the copy is written anew, which begins at once.
   */
  batch(writes: readonly LocalWrite[], options: { readonly sync?: boolean } = {}): Promise<void> {
    if (this.level === undefined) return Promise.reject(new StoreError({ code: 'store.closed' }));
    if (writes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (options.sync === true) this.demandRoom?.();
      this.waiting.push({ writes, sync: options.sync === true, resolve, reject });
      this.writing ??= this.drain();
    });
  }

  /** Rows whose key begins with `prefix`, in order of their keys; each as it is when it is met. */
  async *range(range: LocalRange): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    const after = range.after === undefined ? undefined : tableKey(DATA, range.after);
    const bounds = prefixRange(tableKey(DATA, range.prefix), after);
    const { limit = -1, reverse = false } = range;
    try {
      for await (const page of pages(this.opened(), { ...bounds, limit, reverse })) {
        for (const [key, sealed] of page) yield [key.slice(1), this.unseal(key, sealed)];
      }
    } catch (error) {
      throw ours(error, this.options.name);
    }
  }

  /**
   * All rows as of now, as the bytes of a journal copy: put into an empty copy's directory under the name of `sequence`,
   * they are what the next `open` begins with.
   */
  async copy(): Promise<{ readonly sequence: number; readonly bytes: AsyncGenerator<Uint8Array> }> {
    // Not between two halves of a batch.
    while (this.writing !== undefined) await this.writing;
    const { sequence, seal } = this;
    return { sequence, bytes: rowFile(sequence, proofOf(seal), this.rowsNow()) };
  }

  /** All rows as of now in the order of their keys, however long the reading takes. */
  async *snapshot(): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    // Not between two halves of a batch.
    while (this.writing !== undefined) await this.writing;
    for await (const [key, sealed] of this.rowsNow()) yield [key.slice(1), this.unseal(key, sealed)];
  }

  /** A key that says nothing without the database's own: 32 bytes. Equal parts give equal keys. */
  blindKey(...parts: readonly Uint8Array[]): Uint8Array {
    return this.seal.name(...parts);
  }

  /**
   * When it resolves, no file of this database and of its journal copy holds what was deleted or overwritten before. What a
   * disk keeps in its free blocks is not touched: that opens with the key of the database.
   */
  async compact(): Promise<void> {
    await this.rewriting;
    this.rewriteDue = true;
    await this.batch([{ type: 'del', key: EMPTY_BYTES }], { sync: true });
    while (this.writing !== undefined) await this.writing;
    await this.rewriting;
    const level = this.opened();
    const [first, last] = [Uint8Array.of(0), Uint8Array.of(0xff)];
    await level.compactRange(first, last);
    // A row and its end that were written one after the other lie in one table by now, which the engine merges only with
    // another that reaches over it: this one does over all.
    await writeLevel(
      level,
      [
        { type: 'del', key: first },
        { type: 'del', key: last },
      ],
      true,
    );
    await level.compactRange(first, last);
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.takeGroup();
      try {
        await this.write(
          group.flatMap(({ writes }) => writes),
          group.some(({ sync }) => sync),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(ours(error, this.options.name));
      }
      await this.rewriteWhenGrown();
    }
    // In the same turn as the last look at what waits, so that nothing is left behind.
    this.writing = undefined;
  }

  private takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { writes } of this.waiting) {
      for (const write of writes) bytes += write.key.length + (write.type === 'put' ? write.value.length : 0);
      if (count > 0 && bytes > GROUP_BYTES) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  /** The journal copy first: what it holds and the database does not is added at the next start. */
  private async write(writes: readonly LocalWrite[], sync: boolean): Promise<void> {
    const level = this.opened();
    const nonce = this.seal.nonces(writes.length + 2);
    const rows = writes.map((write): RowWrite => {
      const key = tableKey(DATA, write.key);
      return [key, write.type === 'put' ? this.seal.seal(key, write.value, nonce()) : null];
    });
    const sequence = this.sequence + 1;
    const batch = rows.map(
      ([key, value]): Operation => (value === null ? { type: 'del', key } : { type: 'put', key, value }),
    );
    batch.push(...batchRows(this.seal, sequence, nonce));
    await this.journal.append(sequence, rows, sync);
    try {
      await this.keepForCopies(level, rows);
      await writeLevel(level, batch, false);
    } catch (error) {
      await this.journal.revert();
      throw error;
    }
    this.sequence = sequence;
  }

  private async rewriteWhenGrown(): Promise<void> {
    const { level, journal, sequence } = this;
    if (level === undefined || this.rewriting !== undefined || !(journal.due || this.rewriteDue)) return;
    this.rewriteDue = false;
    const failed = (error: unknown): void => {
      this.logger?.warn(
        { err: error, what: this.options.name },
        'the journal copy could not be rewritten; it grows on',
      );
    };
    try {
      await journal.turn(sequence);
    } catch (error) {
      failed(error);
      return;
    }
    this.rewriting = journal
      .writeRows(sequence, proofOf(this.seal), this.rowsNow())
      .catch(failed)
      .finally(() => {
        this.rewriting = undefined;
      });
  }

  /** All rows as of the last batch, however long the reading takes. */
  private rowsNow(): AsyncGenerator<Row> {
    const copy = new PastRows(dataPages(this.opened()), { maxHeld: COPY_CHANGES });
    const { copies } = this;
    copies.add(copy);
    return (async function* () {
      try {
        yield* copy.rows();
      } finally {
        copies.delete(copy);
      }
    })();
  }

  private async keepForCopies(level: Level, rows: readonly RowWrite[]): Promise<void> {
    if (this.copies.size === 0) return;
    for (const [key] of rows) {
      const held = (await level.get(key)) ?? null;
      for (const copy of this.copies) copy.before(key, held);
    }
  }

  private unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
    const value = this.seal.open(key, sealed);
    if (value === undefined) throw damaged(this.options.name);
    return value;
  }

  private opened(): Level {
    if (this.level === undefined) throw new StoreError({ code: 'store.closed' });
    return this.level;
  }
}
