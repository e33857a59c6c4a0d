// The journal copy of a local database: what it acknowledges is appended here first, frame by frame, and synced when it must
// be. Nothing else has a copy of what this clinic alone knows, so one damaged file must not be its end. Rewritten as rows
// when it has grown; old files go once the new rows are on the disk whole.
import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../sync-directory.ts';
import { StoreError } from '../errors.ts';
import type { Row } from '../kv.ts';
import { frame } from './frames.ts';
import {
  FILE_HEAD,
  inspectJournal,
  type JournalFindings,
  journalFileName,
  journalFiles,
  recordsOf,
} from './journal-files.ts';
import { encodeJournalRecord, type RowWrite } from './journal-records.ts';

/** Logs longer than this, and than the rows, are rewritten as rows. */
export const JOURNAL_GROWTH_BYTES = 8 * 1024 * 1024;

const ROWS_BYTES = 256 * 1024;
/** A sync failed, and no rows were written since: the next start reads what the system still holds in memory, not what is on the disk. */
const UNSYNCED_FILE = 'unsynced';

export class LocalJournal {
  readonly directory: string;
  private log: FileHandle | undefined;
  /** Whole bytes of the log, and before the last append. */
  private end = 0;
  private before = 0;
  /** Bytes beyond `end` could not be cut off: nothing may follow them. */
  private uneven = false;
  /**
   * Where bytes lie that a failed sync may have lost: the system can drop what it could not write, and the next sync says nothing
   * of it. Rows that are written anew are what to go by again.
   */
  private unsynced: 'nowhere' | 'log' | 'older' = 'nowhere';
  private rowBytes = 0;
  private olderBytes = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  inspect(): Promise<JournalFindings> {
    return inspectJournal(this.directory);
  }

  /** Rows as of `first`, then each later batch, in portions. */
  async *content(found: JournalFindings): AsyncGenerator<readonly RowWrite[]> {
    let last = found.first;
    for (const file of found.files) {
      for await (const record of recordsOf(file)) {
        if (record.type === 'rows') yield record.rows;
        if (record.type !== 'batch' || record.sequence <= last) continue;
        last = record.sequence;
        yield record.writes;
      }
    }
  }

  /** Batches after `after`, which `found` reaches. */
  async *batches(found: JournalFindings, after: number): AsyncGenerator<readonly [number, readonly RowWrite[]]> {
    for (const file of found.files) {
      if (file.kind === 'rows') continue;
      for await (const record of recordsOf(file)) {
        if (record.type === 'batch' && record.sequence > after) yield [record.sequence, record.writes];
      }
    }
  }

  /** Whether it was left before what a failed sync may have lost was written anew: to be replaced, not to go on with. */
  get leftUnsynced(): boolean {
    return existsSync(join(this.directory, UNSYNCED_FILE));
  }

  /** Goes on where the findings end: what a crash left unfinished behind it is cut off. */
  async resume(found: JournalFindings): Promise<void> {
    const last = found.files.at(-1);
    if (last?.kind !== 'log' || found.end < FILE_HEAD.length) {
      if (last?.kind === 'log') await rm(last.path);
      await this.begin(found.last + 1);
    } else {
      this.log = await open(last.path, 'r+');
      await this.log.truncate(found.end);
      this.end = found.end;
    }
    this.rowBytes = found.rowBytes;
    this.olderBytes = found.logBytes - found.end;
    await this.removeOthers(new Set([...found.files.map(({ name }) => name), journalFileName('log', found.last + 1)]));
  }

  /** A new copy from all rows, in place of what there was. */
  async replace(sequence: number, proof: Uint8Array, rows: AsyncIterable<Row>): Promise<void> {
    await this.close();
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await this.begin(sequence + 1);
    this.unsynced = 'nowhere';
    await this.writeRows(sequence, proof, rows);
  }

  /** Whether it is time for `turn` and `writeRows`. */
  get due(): boolean {
    return this.unsynced !== 'nowhere' || this.olderBytes + this.end > Math.max(JOURNAL_GROWTH_BYTES, this.rowBytes);
  }

  /** Later batches go to a new log: what there is can be replaced by rows as of `sequence`. */
  async turn(sequence: number): Promise<void> {
    const { log, end } = this;
    // Rows that could not be written are tried again: a second log of the same number would take the place of this one.
    if (end === FILE_HEAD.length) {
      if (this.unsynced === 'log') this.unsynced = 'older';
      return;
    }
    // Until the rows are written, what is synced in the new log counts with all that stands in this one alone.
    if (log !== undefined && this.unsynced === 'nowhere') await this.sync(log);
    await this.begin(sequence + 1);
    if (this.unsynced === 'log') this.unsynced = 'older';
    this.olderBytes += end;
    await log?.close();
  }

  /** After `turn` with the same number; batches may be appended meanwhile. */
  async writeRows(sequence: number, proof: Uint8Array, rows: AsyncIterable<Row>): Promise<void> {
    const name = journalFileName('rows', sequence);
    const draft = join(this.directory, `${name}.new`);
    const bytes = await writeWhole(draft, rowFile(sequence, proof, rows));
    await rename(draft, join(this.directory, name));
    await syncDirectory(this.directory);
    this.rowBytes = bytes;
    this.olderBytes = 0;
    if (this.unsynced === 'older') this.unsynced = 'nowhere';
    const later = (await journalFiles(this.directory)).filter(
      (file) => file.kind === 'log' && file.sequence > sequence,
    );
    await this.removeOthers(new Set([name, ...later.map((file) => file.name)]));
  }

  /**
   * `sync`: on the disk when it resolves, with all before it. What fails leaves nothing behind. Throws StoreError
   * `store.not-synced` from a sync that failed until the rows are written anew.
   */
  async append(sequence: number, writes: readonly RowWrite[], sync: boolean): Promise<void> {
    const log = this.opened();
    if (sync && this.unsynced !== 'nowhere') throw new StoreError({ code: 'store.not-synced' });
    if (this.uneven) await this.cut(this.end);
    const bytes = frame(encodeJournalRecord({ type: 'batch', sequence, writes }));
    this.before = this.end;
    try {
      await writeAt(log, bytes, this.end);
      if (sync) await this.sync(log);
    } catch (error) {
      await this.cut(this.before);
      throw error;
    }
    this.end += bytes.length;
  }

  /** Takes the last append back: the database did not take it. */
  revert(): Promise<void> {
    return this.cut(this.before);
  }

  async close(): Promise<void> {
    const { log } = this;
    this.log = undefined;
    await log?.close();
  }

  private async sync(log: FileHandle): Promise<void> {
    try {
      await log.datasync();
    } catch (error) {
      this.unsynced = 'log';
      // Where not even that can be written, nothing is to be said.
      await writeFile(join(this.directory, UNSYNCED_FILE), '', { mode: 0o600 }).catch(() => undefined);
      throw error;
    }
  }

  private async cut(end: number): Promise<void> {
    this.end = end;
    this.uneven = true;
    await this.opened().truncate(end);
    this.uneven = false;
  }

  private async begin(sequence: number): Promise<void> {
    const path = join(this.directory, journalFileName('log', sequence));
    const log = await open(path, 'w+', 0o600);
    try {
      await writeAt(log, FILE_HEAD, 0);
      await log.datasync();
      await syncDirectory(this.directory);
    } catch (error) {
      await log.close();
      // A log without its head would stand between the others.
      await rm(path);
      throw error;
    }
    this.log = log;
    this.end = FILE_HEAD.length;
    this.before = this.end;
    this.uneven = false;
  }

  private async removeOthers(kept: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.directory)) {
      // A sync may fail at any moment of this.
      if (kept.has(name) || (name === UNSYNCED_FILE && this.unsynced === 'log')) continue;
      await rm(join(this.directory, name), { recursive: true });
    }
  }

  private opened(): FileHandle {
    if (this.log === undefined) throw new StoreError({ code: 'store.closed' });
    return this.log;
  }
}

/** The bytes of an `N.rows` file. */
export async function* rowFile(
  sequence: number,
  proof: Uint8Array,
  rows: AsyncIterable<Row>,
): AsyncGenerator<Uint8Array> {
  yield FILE_HEAD;
  yield frame(encodeJournalRecord({ type: 'start', sequence, proof }));
  let held: Row[] = [];
  let bytes = 0;
  let count = 0;
  for await (const row of rows) {
    held.push(row);
    count++;
    bytes += row[0].length + row[1].length;
    if (bytes < ROWS_BYTES) continue;
    yield frame(encodeJournalRecord({ type: 'rows', rows: held }));
    held = [];
    bytes = 0;
  }
  if (held.length > 0) yield frame(encodeJournalRecord({ type: 'rows', rows: held }));
  yield frame(encodeJournalRecord({ type: 'end', rows: count }));
}

async function writeWhole(path: string, parts: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'w', 0o600);
  try {
    let end = 0;
    for await (const part of parts) {
      await writeAt(file, part, end);
      end += part.length;
    }
    await file.sync();
    return end;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
