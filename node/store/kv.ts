// What all databases under node/ share: opening LevelDB with its errors made ours, key ranges, and rows with a checksum.
// LevelDB does not check the blocks that it reads, so every row carries a CRC of its own: a flipped bit is an error, never a value.
import { statfs } from 'node:fs/promises';
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClassicLevel } from 'classic-level';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { ReadWriteGate } from '../../common/read-write-gate.ts';
import { checkEngineFiles } from './engine-files/check.ts';
import { StoreError } from './errors.ts';
import type { KeyFilter } from './key-filter.ts';

/** What the stores use of an ordered key-value engine. */
export interface Level {
  readonly status: string;
  /** Of its files. */
  readonly location: string;
  open(): Promise<void>;
  close(): Promise<void>;
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array): Promise<void>;
  del(key: Uint8Array): Promise<void>;
  /** All or nothing; on the disk when it resolves with `sync`. */
  batch(operations: Operation[], options?: { readonly sync?: boolean }): Promise<void>;
  /** Rows as they are when it is called, in order of their keys. Only `pages` may ask for it while there are writes. */
  iterator(range?: LevelRange): LevelIterator;
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>;
}

export interface LevelIterator extends AsyncIterable<[Uint8Array, Uint8Array]> {
  /** At most `size` rows, or fewer where they are long; none at the end. */
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
  close(): Promise<void>;
}

export interface LevelRange extends KeyRange {
  readonly highWaterMarkBytes?: number;
}

export type OpenLevel = (path: string, options: LevelOptions) => Promise<Level>;

export interface LevelOptions {
  /** Memory for writes not yet in a table, bytes; up to two are held at a time. */
  readonly writeBuffer: number;
  /** Memory for blocks read, bytes. */
  readonly cache: number;
  /** Opens it also when its log is damaged: `lostWrites` tells then, this once. */
  readonly acceptLostWrites?: boolean;
}

export interface KeyRange {
  readonly gte?: Uint8Array;
  readonly gt?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type Row = readonly [key: Uint8Array, value: Uint8Array];

export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export const CHECKSUM_BYTES = 4;
const SLAB_BYTES = 64 * 1024;
/** Of one page; no write and no other reader waits longer than it takes to read that. */
const PAGE_BYTES = 64 * 1024;
const PAGE_ROWS = 512;
/** Room on the disk without which a database is not opened again: what is in its log becomes a table then. */
const REOPEN_BYTES = 32 * 1024 * 1024;
/**
 * LevelDB 1.20 may answer with an old value of a key for good once it merged its files while somebody looked at a moment
 * before the newest write (google/leveldb #320): of two values that it must keep, it can move the newer one below the older.
 * So nothing is written while anybody looks at a moment, which an iterator does, and nobody does it for long.
 */
const gates = new WeakMap<Level, ReadWriteGate>();
/** Databases whose last write failed. */
const torn = new WeakSet<Level>();
/** Databases whose log had bytes that were not what was written: the engine left those writes out. */
const shortened = new WeakSet<Level>();

/** Throws StoreError: `store.damaged` when a file of it is, which the engine then never reads; `store.locked`. */
export async function openLevel(path: string, options: LevelOptions): Promise<Level> {
  const log = await checkEngineFiles(path);
  // Before the engine has read it: it writes the rest anew, and at the next start nothing shows what is missing.
  if (log === 'damaged' && options.acceptLostWrites !== true) {
    throw new StoreError({ code: 'store.damaged', what: `${basename(path)}/log` });
  }
  const level: Level = new ClassicLevel(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: options.writeBuffer,
    cacheSize: options.cache,
    // Tables are mapped into memory: what of them was touched counts as the process's.
    maxOpenFiles: 64,
    maxFileSize: 512 * 1024,
    // Most of what is written are hashes, keys and signatures, which do not shrink.
    compression: false,
  });
  try {
    await level.open();
  } catch (error) {
    throw ours(error, path);
  }
  if (log === 'damaged') shortened.add(level);
  return level;
}

/** Whether writes of the past were left out when it was opened, because its log is damaged. */
export function lostWrites(level: Level): boolean {
  return shortened.has(level);
}

/**
 * All or nothing. The engine goes on after a failed write with half a record in its log, and drops at the next start what
 * it acknowledged after that: so the next write opens the database again first, which begins a new log. Until there is
 * room for that, writes fail and reads go on. Nobody looks at a moment
 * meanwhile (`gates`).
 */
export function writeLevel(level: Level, operations: Operation[], sync: boolean): Promise<void> {
  return gateOf(level).write(async () => {
    if (torn.has(level)) await reopen(level);
    try {
      await level.batch(operations, { sync });
    } catch (error) {
      if (level.status === 'open') torn.add(level);
      throw error;
    }
  });
}

/** Rows of a range in order, as they are when each page is read: writes go on between pages. */
export async function* pages(level: Level, range: KeyRange): AsyncGenerator<readonly Row[]> {
  const { limit = -1, reverse = false } = range;
  let rest = range;
  let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  while (left > 0) {
    const most = Math.min(left, PAGE_ROWS);
    const { page, bytes } = await gateOf(level).read(() => readPage(level, rest, most));
    if (page.length === 0) return;
    left -= page.length;
    const [last] = page[page.length - 1];
    rest = reverse ? { ...range, lt: last } : { ...range, gte: undefined, gt: last };
    yield page;
    // A short page is the last: asking for another costs as much as the first.
    if (page.length < most && bytes < PAGE_BYTES) return;
  }
}

async function readPage(level: Level, range: KeyRange, limit: number): Promise<{ page: Row[]; bytes: number }> {
  const page: Row[] = [];
  let bytes = 0;
  // The engine looks at a bound that is there, even one that is undefined.
  const bounds = Object.fromEntries(Object.entries(range).filter(([, bound]) => bound !== undefined));
  const iterator = level.iterator({ ...bounds, limit, highWaterMarkBytes: PAGE_BYTES });
  try {
    // Walked row by row, an iterator asks for one first and for more after that: a round through the engine's threads each.
    while (page.length < limit && bytes < PAGE_BYTES) {
      const rows = await iterator.nextv(limit - page.length);
      if (rows.length === 0) break;
      for (const [key, value] of rows) {
        page.push([plain(key), plain(value)]);
        bytes += key.length + value.length;
      }
    }
  } finally {
    await iterator.close();
  }
  return { page, bytes };
}

function gateOf(level: Level): ReadWriteGate {
  const known = gates.get(level);
  if (known !== undefined) return known;
  const gate = new ReadWriteGate();
  gates.set(level, gate);
  return gate;
}

async function reopen(level: Level): Promise<void> {
  const { bavail, bsize } = await statfs(level.location);
  if (bavail * bsize < REOPEN_BYTES) throw new StoreError({ code: 'store.disk-full' });
  await level.close();
  await level.open();
  torn.delete(level);
}

/** What the engine throws, as a StoreError; ours pass through. */
export function ours(error: unknown, what: string): Error {
  if (error instanceof StoreError) return error;
  const codes = engineCodes(error);
  if (codes.includes('LEVEL_LOCKED')) return new StoreError({ code: 'store.locked', path: what });
  if (codes.includes('LEVEL_CORRUPTION') || saysCorruption(error))
    return new StoreError({ code: 'store.damaged', what });
  if (codes.includes('LEVEL_DATABASE_NOT_OPEN') && codes.length === 1) return new StoreError({ code: 'store.closed' });
  if (saysNoRoom(error)) return new StoreError({ code: 'store.disk-full' });
  if (codes.length > 0) return new StoreError({ code: 'store.failed', reason: lastMessage(error) });
  return error instanceof Error ? error : new StoreError({ code: 'store.failed', reason: String(error) });
}

/** An iterator's error has no code of its own, only the engine's words. */
function saysCorruption(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.message.startsWith('Corruption')) return true;
  return false;
}

/** The system's refusal of more bytes, from a file of ours or in the engine's words. */
function saysNoRoom(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return true;
    if (/No space left on device|Disk quota exceeded|File too large/.test(at.message)) return true;
  }
  return false;
}

function engineCodes(error: unknown): string[] {
  const codes: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('LEVEL_')) codes.push(code);
  }
  return codes;
}

function lastMessage(error: unknown): string {
  let message = String(error);
  for (let at = error; at instanceof Error; at = at.cause) message = at.message;
  return message;
}

/** The engine gives Buffers, whose `slice` does not copy: nothing of ours may meet one. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes as a key of a Map: one UTF-16 unit each. Keys are short. */
export function mapKey(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** The range of all keys that begin with `prefix`, after `after` when given. */
export function prefixRange(prefix: Uint8Array, after?: Uint8Array): KeyRange {
  const end = prefix.slice();
  let last = end.length - 1;
  while (last >= 0 && end[last] === 0xff) last--;
  const upper = last < 0 ? {} : { lt: end.slice(0, last + 1) };
  if (upper.lt !== undefined) upper.lt[last]++;
  return after === undefined ? { gte: prefix, ...upper } : { gt: after, ...upper };
}

function checksum(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/** Where a row's value ends. */
export function putChecksum(bytes: Uint8Array, at: number, sum: number): void {
  for (let i = 0; i < CHECKSUM_BYTES; i++) bytes[at + i] = sum >>> (24 - 8 * i);
}

/**
 * Memory that thousands of small keys and values share. The engine asks for the buffer of every array that it is given, and
 * for a short one of its own that buffer is made only then, and collected one by one.
 */
class Slab {
  private rest = EMPTY_BYTES;

  take(length: number): Uint8Array {
    if (length > this.rest.length) this.rest = new Uint8Array(Math.max(length, SLAB_BYTES));
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }

  copy(bytes: Uint8Array): Uint8Array {
    const copied = this.take(bytes.length);
    copied.set(bytes);
    return copied;
  }
}

/**
 * Rows of one database, each with its checksum. `names` says by the first byte of a key what a damaged row was; `filter`,
 * where there is one, knows every key that was put since the database was empty.
 */
export class CheckedRows {
  private readonly level: Level;
  private readonly names: ReadonlyMap<number, string>;
  private readonly filter: KeyFilter | undefined;
  private readonly slab = new Slab();

  constructor(level: Level, names: ReadonlyMap<number, string>, filter?: KeyFilter) {
    this.level = level;
    this.names = names;
    this.filter = filter;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return this.checked(key, await this.level.get(key));
    } catch (error) {
      throw ours(error, this.name(key));
    }
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    if (this.filter?.mayHave(key) === false) return undefined;
    try {
      return this.checked(key, this.level.getSync(this.slab.copy(key)));
    } catch (error) {
      throw ours(error, this.name(key));
    }
  }

  /** One after the other: looking at many at one moment is what the engine must not be asked for. */
  getMany(keys: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    return keys.map((key) => this.getSync(key));
  }

  async *rows(range: KeyRange): AsyncGenerator<Row> {
    for await (const page of this.pages(range)) yield* page;
  }

  async *pages(range: KeyRange): AsyncGenerator<readonly Row[]> {
    try {
      for await (const page of pages(this.level, range)) {
        yield page.map(([key, value]): Row => [key, this.checked(key, value) ?? EMPTY_BYTES]);
      }
    } catch (error) {
      throw ours(error, this.name(range.gte ?? range.gt ?? EMPTY_BYTES));
    }
  }

  /** As `rows`; damaged ones are left out. */
  async *readableRows(range: KeyRange): AsyncGenerator<Row> {
    for await (const page of pages(this.level, range)) {
      for (const [key, value] of page) {
        const body = this.open(key, value);
        if (body !== undefined) yield [key, body];
      }
    }
  }

  /** All keys of a range, whatever their values are. */
  async *keys(range: KeyRange): AsyncGenerator<Uint8Array> {
    for await (const page of pages(this.level, range)) for (const [key] of page) yield key;
  }

  batch(): CheckedBatch {
    return new CheckedBatch(this.level, this.filter);
  }

  private checked(key: Uint8Array, stored: Uint8Array | undefined): Uint8Array | undefined {
    if (stored === undefined) return undefined;
    const body = this.open(key, stored);
    if (body === undefined) throw new StoreError({ code: 'store.damaged', what: this.name(key) });
    return body;
  }

  private open(key: Uint8Array, stored: Uint8Array): Uint8Array | undefined {
    const at = stored.length - CHECKSUM_BYTES;
    if (at < 0) return undefined;
    const body = plain(stored).subarray(0, at);
    const kept = ((stored[at] << 24) | (stored[at + 1] << 16) | (stored[at + 2] << 8) | stored[at + 3]) >>> 0;
    return kept === checksum(key, body) ? body : undefined;
  }

  private name(key: Uint8Array): string {
    return this.names.get(key[0]) ?? 'database';
  }
}

/** Rows that are written together or not at all. Held here until then: the engine's own batches are freed only by garbage collection. */
export class CheckedBatch {
  private readonly level: Level;
  private readonly filter: KeyFilter | undefined;
  private readonly operations: Operation[] = [];
  private readonly slab = new Slab();

  constructor(level: Level, filter?: KeyFilter) {
    this.level = level;
    this.filter = filter;
  }

  put(key: Uint8Array, value: Uint8Array): this {
    const stored = this.slab.take(value.length + CHECKSUM_BYTES);
    stored.set(value);
    putChecksum(stored, value.length, checksum(key, value));
    this.filter?.add(key);
    this.operations.push({ type: 'put', key: this.slab.copy(key), value: stored });
    return this;
  }

  /** A row as it lies in the database: its checksum is there already. Neither is copied. */
  putStored(key: Uint8Array, value: Uint8Array): this {
    this.filter?.add(key);
    this.operations.push({ type: 'put', key, value });
    return this;
  }

  del(key: Uint8Array): this {
    this.operations.push({ type: 'del', key: this.slab.copy(key) });
    return this;
  }

  /** `value` null removes the row. */
  set(key: Uint8Array, value: Uint8Array | null): this {
    return value === null ? this.del(key) : this.put(key, value);
  }

  async write(options: { readonly sync?: boolean } = {}): Promise<void> {
    try {
      await writeLevel(this.level, this.operations, options.sync === true);
    } catch (error) {
      throw ours(error, 'batch');
    }
  }
}
