// A small encrypted database whose rows can be shredded: key rows, key packets, emergency escrows. The engine keeps what was
// deleted in its files (log, tables, journal copy), so a shred begins a new database under a new key with the rows that stay,
// and replaces the key file: whatever is left of the old files, also in the disk's free blocks, no key on this disk opens.
// Never part of a backup. Who may shred what, and what is said of it, is node/erasure/.
//
//   key               the key of this generation, under the keystore
//   rows-N/           the rows of generation N, a LocalDatabase; its journal copy is rows-N.journal/
//   shred             what is being shredded; there until it is done
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '#crypto';
import type { Logger } from '../../common/logger.ts';
import { ReadWriteGate } from '../../common/read-write-gate.ts';
import { makePrivateDirectory } from '../data-directory.ts';
import { syncDirectory } from '../sync-directory.ts';
import { StoreError } from './errors.ts';
import { mapKey } from './kv.ts';
import {
  journalPath,
  LocalDatabase,
  type LocalModules,
  type LocalOptions,
  type LocalRange,
  type LocalWrite,
} from './local-database.ts';
import {
  type Generation,
  readIntent,
  readKeyFile,
  replaceKeyFile,
  type ShredTarget,
  writeIntent,
} from './shred-files.ts';

export interface ShredReport {
  /** Of the rows from here on. */
  readonly generation: number;
  /** Rows of this target that were there and are gone. */
  readonly shredded: number;
  /** Rows that stay, under a new key. */
  readonly kept: number;
}

/** Where a shred is; whoever is told may wait, and nothing goes on meanwhile. */
export type ShredStep = 'begun' | 'survivors' | 'key' | 'old-files' | 'done';

export interface ShreddableModules extends LocalModules {
  readonly onStep?: (step: ShredStep) => Promise<void>;
}

/** Keys and prefixes of one shred. */
export const MAX_SHRED_TARGETS = 1_000_000;

interface Waiting {
  readonly target: ShredTarget;
  resolve(report: ShredReport): void;
  reject(error: unknown): void;
}

interface Opened {
  readonly generation: Generation;
  readonly rows: LocalDatabase;
}

const KEY_FILE = 'key';
const INTENT_FILE = 'shred';
const PORTION = 1024;
const PAGE = 512;

export class ShreddableDatabase {
  private readonly options: LocalOptions;
  private readonly modules: ShreddableModules;
  private readonly logger: Logger | undefined;
  private opened: Opened | undefined;
  /** Batches are readers of it, a shred is its writer: what is written while survivors are copied would be lost. */
  private readonly writes = new ReadWriteGate();
  /** A look at the rows against the moment in which another database takes their place. */
  private readonly reads = new ReadWriteGate();
  private waiting: Waiting[] = [];
  private shredding: Promise<void> | undefined;
  /** Begun and not done, because the disk failed: the next shred does it too. */
  private unfinished: ShredTarget[] = [];

  /** `key`: 32 bytes from the keystore; it seals the key file and nothing else. */
  constructor(options: LocalOptions, modules: ShreddableModules = {}) {
    this.options = options;
    this.modules = modules;
    this.logger = modules.logger;
  }

  /** Finishes a shred that was begun. Throws StoreError as LocalDatabase, `store.key` for another keystore. */
  async open(): Promise<void> {
    if (this.opened !== undefined) return;
    const { path, name, key } = this.options;
    await makePrivateDirectory(path);
    let generation = await readKeyFile(this.file(KEY_FILE), key, name);
    if (generation === undefined) {
      // Its key is written before the first row.
      const rows = (await readdir(path)).filter((entry) => entry.startsWith('rows-'));
      if (rows.length > 0) throw new StoreError({ code: 'store.damaged', what: name, file: KEY_FILE });
      generation = { number: 1, key: randomBytes(32) };
      await replaceKeyFile(this.file(KEY_FILE), key, generation);
    }
    const begun = await readIntent(this.file(INTENT_FILE), generation, name);
    await this.removeOthers(generation, begun !== undefined);
    const rows = this.database(generation);
    await rows.open();
    this.opened = { generation, rows };
    if (begun === undefined) return;
    try {
      const report = await this.shred(begun);
      this.logger?.info({ what: name, ...report }, 'finished the shredding that was begun before this start');
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** After what is being written or shredded. */
  async close(): Promise<void> {
    while (this.shredding !== undefined) await this.shredding;
    await this.writes.write(async () => {
      const { opened } = this;
      this.opened = undefined;
      await opened?.rows.close();
    });
  }

  /** How many shreds there were, and one. */
  get generation(): number {
    return this.current().generation.number;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.reads.read(async () => this.current().rows.get(key));
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.reads.read(() => {
      const { rows } = this.current();
      return Promise.all(keys.map((key) => rows.get(key)));
    });
  }

  /** Rows whose key begins with `prefix`, in order of their keys; each as it is when it is met, also across a shred. */
  async *range({
    prefix,
    after,
    limit,
  }: Omit<LocalRange, 'reverse'>): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    let from = after;
    while (left > 0) {
      const most = Math.min(left, PAGE);
      const page = await this.page({ prefix, limit: most, ...(from === undefined ? {} : { after: from }) });
      yield* page;
      if (page.length < most) return;
      left -= page.length;
      from = page[page.length - 1][0];
    }
  }

  /** All rows as of now in the order of their keys; throws `store.closed` when rows are shredded before it has ended. */
  snapshot(): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    return this.current().rows.snapshot();
  }

  /** All or nothing, on the disk when it resolves. Waits while rows are being shredded. */
  batch(writes: readonly LocalWrite[]): Promise<void> {
    return this.writes.read(async () => this.current().rows.batch(writes, { sync: true }));
  }

  /**
   * When it resolves, no file below this database's directory holds any of these rows in a form that a key on this disk
   * opens, nor what was deleted or overwritten in it before. Reads go on meanwhile, writes wait. Shreds that wait are done
   * together. What fails is done with the next one, or at the next start.
   */
  shred(target: ShredTarget): Promise<ShredReport> {
    if (this.opened === undefined) return Promise.reject(new StoreError({ code: 'store.closed' }));
    const size = (target.keys?.length ?? 0) + (target.prefixes?.length ?? 0);
    if (size > MAX_SHRED_TARGETS)
      return Promise.reject(new StoreError({ code: 'store.full', limit: MAX_SHRED_TARGETS }));
    return new Promise((resolve, reject) => {
      this.waiting.push({ target, resolve, reject });
      this.shredding ??= this.drain();
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.writes.write(async () => {
        const group = this.waiting.splice(0);
        try {
          const reports = await this.replace(group.map(({ target }) => target));
          for (const [n, { resolve }] of group.entries()) resolve(reports[n]);
        } catch (error) {
          for (const { reject } of group) reject(error);
        }
      });
    }
    this.shredding = undefined;
  }

  private async replace(targets: readonly ShredTarget[]): Promise<readonly ShredReport[]> {
    const { options, modules } = this;
    const old = this.current();
    const all = [...targets, ...this.unfinished];
    this.unfinished = all;
    await writeIntent(this.file(INTENT_FILE), old.generation, joined(all));
    await modules.onStep?.('begun');
    const generation: Generation = { number: old.generation.number + 1, key: randomBytes(32) };
    const rows = this.database(generation);
    const counts: number[] = all.map(() => 0);
    let kept: number;
    try {
      await this.removeOthers(old.generation, true);
      await rows.open();
      kept = await copySurvivors(old.rows, rows, all.map(matcher), counts);
      await modules.onStep?.('survivors');
      await this.commit(generation);
    } catch (error) {
      await rows.close();
      throw error;
    }
    await this.reads.write(async () => {
      this.opened = { generation, rows };
      await old.rows.close();
    });
    old.generation.key.fill(0);
    await modules.onStep?.('key');
    await this.removeOthers(generation, true);
    await modules.onStep?.('old-files');
    await rm(this.file(INTENT_FILE), { force: true });
    await syncDirectory(options.path);
    this.unfinished = [];
    await modules.onStep?.('done');
    return targets.map((_, n) => ({ generation: generation.number, shredded: counts[n], kept }));
  }

  /** From here on the new rows stand, and nothing opens the old ones. Throws only where the old ones still stand. */
  private async commit(generation: Generation): Promise<void> {
    const { name, key } = this.options;
    try {
      await replaceKeyFile(this.file(KEY_FILE), key, generation);
    } catch (error) {
      if ((await readKeyFile(this.file(KEY_FILE), key, name))?.number !== generation.number) throw error;
      this.logger?.warn({ err: error, what: name }, 'the bytes of the key that was replaced were not overwritten');
    }
  }

  /** Everything in the directory that is not of this generation: older rows, drafts, what was set aside as damaged. */
  private async removeOthers({ number }: Generation, keepIntent: boolean): Promise<void> {
    const { path } = this.options;
    const rows = `rows-${number}`;
    const kept = new Set([KEY_FILE, rows, journalPath(rows), ...(keepIntent ? [INTENT_FILE] : [])]);
    for (const entry of await readdir(path)) {
      if (!kept.has(entry)) await rm(join(path, entry), { recursive: true, force: true });
    }
    await syncDirectory(path);
  }

  private async page(range: LocalRange): Promise<(readonly [Uint8Array, Uint8Array])[]> {
    return this.reads.read(async () => {
      const rows: (readonly [Uint8Array, Uint8Array])[] = [];
      for await (const row of this.current().rows.range(range)) rows.push(row);
      return rows;
    });
  }

  private database({ number, key }: Generation): LocalDatabase {
    const { name } = this.options;
    return new LocalDatabase({ path: this.file(`rows-${number}`), name, key }, this.modules);
  }

  private file(name: string): string {
    return join(this.options.path, name);
  }

  private current(): Opened {
    if (this.opened === undefined) throw new StoreError({ code: 'store.closed' });
    return this.opened;
  }
}

/** Gives how many there are, all on the disk; `counts` says how many each of the targets kept back. */
async function copySurvivors(
  from: LocalDatabase,
  to: LocalDatabase,
  matchers: readonly ((key: Uint8Array) => boolean)[],
  counts: number[],
): Promise<number> {
  let kept = 0;
  let portion: LocalWrite[] = [];
  for await (const [key, value] of from.range({ prefix: new Uint8Array(0) })) {
    let shredded = false;
    for (const [n, matches] of matchers.entries()) {
      if (!matches(key)) continue;
      shredded = true;
      counts[n]++;
    }
    if (shredded) continue;
    kept++;
    portion.push({ type: 'put', key, value });
    if (portion.length < PORTION) continue;
    await to.batch(portion, { sync: true });
    portion = [];
  }
  if (portion.length > 0) await to.batch(portion, { sync: true });
  return kept;
}

function matcher({ keys = [], prefixes = [] }: ShredTarget): (key: Uint8Array) => boolean {
  const exact = new Set(keys.map(mapKey));
  const beginnings = new Set(prefixes.map(mapKey));
  const lengths = [...new Set(prefixes.map(({ length }) => length))];
  return (key) => {
    if (exact.has(mapKey(key))) return true;
    return lengths.some((length) => length <= key.length && beginnings.has(mapKey(key.subarray(0, length))));
  };
}

function joined(targets: readonly ShredTarget[]): ShredTarget {
  return {
    keys: targets.flatMap(({ keys = [] }) => keys),
    prefixes: targets.flatMap(({ prefixes = [] }) => prefixes),
  };
}
