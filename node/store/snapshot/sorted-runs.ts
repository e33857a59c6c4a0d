// Rows of the state on their way into an empty database. They come in the order of their hashes; the engine merges rows in
// that order again and again, and rows in the order of their keys never. So they are sorted in files ("runs"), each written
// once, and go into the database at the end, merged. Owns the files; which rows are right is import.ts's.
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { compareBytes, EMPTY_BYTES } from '../../../common/bytes.ts';
import { syncDirectory } from '../../sync-directory.ts';
import { StoreError } from '../errors.ts';
import { CHECKSUM_BYTES, putChecksum } from '../kv.ts';
import { TABLE } from '../layout.ts';
import type { PartRow } from './part.ts';

/** `key length u16 | stored length u32 | key | stored`: a row as it will lie in the database. */
const HEAD_BYTES = 6;
const RUN_BYTES = 5 * 1024 * 1024;
/** Read ahead of all runs together while they are merged. */
const MERGE_BYTES = 8 * 1024 * 1024;
const MIN_READ_BYTES = 16 * 1024;
/** Of rows given out at once. */
const BATCH_BYTES = 512 * 1024;
/** Bytes of a key, after its table's prefix, that a number holds exactly. A shorter key ends in zeros, never in its value. */
const PREFIX_BYTES = 6;

export type StoredRow = readonly [key: Uint8Array, stored: Uint8Array];

export class SortedRuns {
  /** All that were added. */
  rows = 0;
  private readonly directory: string;
  private runs = 0;
  private buffer = EMPTY_BYTES;
  private filled = 0;
  private starts: number[] = [];

  constructor(options: { readonly directory: string }) {
    this.directory = options.directory;
  }

  /** Goes on after the first `runs` and their `rows`; whatever else is there goes. */
  async begin(runs: number, rows: number): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const kept = new Set(Array.from({ length: runs }, (_, run) => `${run}`));
    for (const name of await readdir(this.directory)) if (!kept.has(name)) await rm(join(this.directory, name));
    this.runs = runs;
    this.rows = rows;
    this.clear();
  }

  /** Copies the rows. */
  add(rows: readonly PartRow[]): void {
    for (const { key, value } of rows) {
      const length = HEAD_BYTES + 1 + key.length + value.length + CHECKSUM_BYTES;
      this.room(length);
      const { buffer, filled } = this;
      const [keyAt, storedAt] = [filled + HEAD_BYTES, filled + HEAD_BYTES + 1 + key.length];
      putNumber(buffer, filled, 2, 1 + key.length);
      putNumber(buffer, filled + 2, 4, value.length + CHECKSUM_BYTES);
      buffer[keyAt] = TABLE.state;
      buffer.set(key, keyAt + 1);
      buffer.set(value, storedAt);
      putChecksum(buffer, storedAt + value.length, crc32(value, crc32(buffer.subarray(keyAt, storedAt))));
      this.starts.push(filled);
      this.rows++;
      this.filled += length;
    }
  }

  /** Writes what was added as one run, on the disk when it resolves. Rows may be added meanwhile, they are of the next. */
  async keep(): Promise<void> {
    const sorted = this.sorted();
    this.clear();
    const file = await open(join(this.directory, `${this.runs++}`), 'w', 0o600);
    try {
      await file.writeFile(sorted);
      await file.datasync();
    } finally {
      await file.close();
    }
    await syncDirectory(this.directory);
  }

  /** All rows of all runs, ascending by key. Throws StoreError `store.damaged` when rows are missing. */
  async *merged(): AsyncGenerator<readonly StoredRow[]> {
    const cursors: Cursor[] = [];
    try {
      const ahead = Math.max(MIN_READ_BYTES, Math.floor(MERGE_BYTES / Math.max(1, this.runs)));
      for (let run = 0; run < this.runs; run++) {
        cursors.push(new Cursor(await opened(join(this.directory, `${run}`)), ahead));
      }
      let rows = 0;
      for await (const batch of mergeOf(cursors)) {
        rows += batch.length;
        yield batch;
      }
      // A run may end too early between two rows.
      if (rows !== this.rows) throw new StoreError({ code: 'store.damaged', what: 'import' });
    } finally {
      for (const cursor of cursors) await cursor.file.close();
    }
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private room(length: number): void {
    if (this.filled + length <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(RUN_BYTES, 2 * this.buffer.length, this.filled + length));
    larger.set(this.buffer.subarray(0, this.filled));
    this.buffer = larger;
  }

  private clear(): void {
    this.filled = 0;
    this.starts = [];
  }

  private sorted(): Uint8Array {
    const { buffer, starts, filled } = this;
    const keyOf = (row: number): Uint8Array => {
      const at = starts[row] + HEAD_BYTES;
      return buffer.subarray(at, at + readNumber(buffer, starts[row], 2));
    };
    const prefixes = Float64Array.from(starts.keys(), (row) => readNumber(keyOf(row), 1, PREFIX_BYTES));
    const order = Uint32Array.from(starts.keys()).sort(
      (a, b) => prefixes[a] - prefixes[b] || compareBytes(keyOf(a), keyOf(b)),
    );
    const out = new Uint8Array(filled);
    let at = 0;
    for (const row of order) {
      const bytes = buffer.subarray(starts[row], starts[row + 1] ?? filled);
      out.set(bytes, at);
      at += bytes.length;
    }
    return out;
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new StoreError({ code: 'store.damaged', what: 'import' });
  }
}

/** One run, read from its beginning. */
class Cursor {
  readonly file: FileHandle;
  row: StoredRow = [EMPTY_BYTES, EMPTY_BYTES];
  private readonly ahead: number;
  private bytes = EMPTY_BYTES;
  private at = 0;
  private position = 0;

  constructor(file: FileHandle, ahead: number) {
    this.file = file;
    this.ahead = ahead;
  }

  /** Takes the next row from what is read already: false when that is not a whole one. */
  step(): boolean {
    const { bytes, at } = this;
    if (at + HEAD_BYTES > bytes.length) return false;
    const storedAt = at + HEAD_BYTES + readNumber(bytes, at, 2);
    const end = storedAt + readNumber(bytes, at + 2, 4);
    if (end > bytes.length) return false;
    this.row = [bytes.subarray(at + HEAD_BYTES, storedAt), bytes.subarray(storedAt, end)];
    this.at = end;
    return true;
  }

  /** Reads on, into memory of its own: rows given out lie in the one before. False at the end of the run. */
  async read(): Promise<boolean> {
    do {
      const left = this.bytes.subarray(this.at);
      const bytes = new Uint8Array(left.length + this.ahead);
      bytes.set(left);
      const { bytesRead } = await this.file.read(bytes, left.length, this.ahead, this.position);
      if (bytesRead === 0 && left.length > 0) throw new StoreError({ code: 'store.damaged', what: 'import' });
      if (bytesRead === 0) return false;
      this.position += bytesRead;
      this.bytes = bytes.subarray(0, left.length + bytesRead);
      this.at = 0;
    } while (!this.step());
    return true;
  }
}

async function* mergeOf(cursors: readonly Cursor[]): AsyncGenerator<readonly StoredRow[]> {
  const heap: Cursor[] = [];
  for (const cursor of cursors) {
    if (!(await cursor.read())) continue;
    heap.push(cursor);
    rise(heap);
  }
  let rows: StoredRow[] = [];
  let bytes = 0;
  while (heap.length > 0) {
    const [least] = heap;
    rows.push(least.row);
    bytes += least.row[0].length + least.row[1].length;
    if (bytes >= BATCH_BYTES) {
      yield rows;
      rows = [];
      bytes = 0;
    }
    if (!least.step() && !(await least.read())) {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) break;
      heap[0] = last;
    }
    sink(heap);
  }
  if (rows.length > 0) yield rows;
}

const before = (a: Cursor, b: Cursor): boolean => compareBytes(a.row[0], b.row[0]) < 0;

/** The last of the heap to its place. */
function rise(heap: Cursor[]): void {
  for (let at = heap.length - 1; at > 0; ) {
    const above = (at - 1) >> 1;
    if (!before(heap[at], heap[above])) return;
    [heap[at], heap[above]] = [heap[above], heap[at]];
    at = above;
  }
}

/** The first of the heap to its place. */
function sink(heap: Cursor[]): void {
  for (let at = 0; ; ) {
    const left = 2 * at + 1;
    if (left >= heap.length) return;
    const child = left + 1 < heap.length && before(heap[left + 1], heap[left]) ? left + 1 : left;
    if (!before(heap[child], heap[at])) return;
    [heap[at], heap[child]] = [heap[child], heap[at]];
    at = child;
  }
}

function putNumber(bytes: Uint8Array, at: number, length: number, value: number): void {
  for (let i = 0; i < length; i++) bytes[at + i] = value >>> (8 * (length - 1 - i));
}

/** Big-endian; bytes beyond the end count as zeros. */
function readNumber(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = 256 * value + (bytes[i] ?? 0);
  return value;
}
