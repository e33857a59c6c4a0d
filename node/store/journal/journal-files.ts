// The files of a journal copy: `N.rows` holds all rows as they were after batch N, `N.log` the batches from N on. Owns names,
// order and looking through them; local-journal.ts owns writing.
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { type FramesState, readFrames } from './frames.ts';
import { decodeJournalRecord, type JournalRecord } from './journal-records.ts';

/** Magic and version. */
export const FILE_HEAD = new TextEncoder().encode('WMR1JRN\u0001');

export type FileKind = 'rows' | 'log';

export interface JournalFile {
  readonly path: string;
  readonly name: string;
  readonly kind: FileKind;
  readonly sequence: number;
}

export interface JournalFindings {
  /** Whether there is a copy at all. */
  readonly present: boolean;
  readonly state: FramesState;
  /** The file that is not whole. */
  readonly file: string | undefined;
  /** The copy holds all rows as of any batch from `first` to `last`. */
  readonly first: number;
  readonly last: number;
  /** Opens only with the key of the database. */
  readonly proof: Uint8Array | undefined;
  readonly files: readonly JournalFile[];
  /** Whole bytes of the last log. */
  readonly end: number;
  /** Bytes of the rows and of the logs after them. */
  readonly rowBytes: number;
  readonly logBytes: number;
}

const NAME = /^([0-9a-f]{14})\.(rows|log)$/;

export function journalFileName(kind: FileKind, sequence: number): string {
  return `${sequence.toString(16).padStart(14, '0')}.${kind}`;
}

/** Ascending by number; of one number the rows come first. */
export async function journalFiles(directory: string): Promise<JournalFile[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const files = names.flatMap((name): JournalFile[] => {
    const match = NAME.exec(name);
    if (match === null) return [];
    const [, number, kind] = match;
    return [{ path: join(directory, name), name, kind: kind as FileKind, sequence: Number.parseInt(number, 16) }];
  });
  return files.sort((a, b) => a.sequence - b.sequence || (a.kind === 'rows' ? -1 : 1));
}

/** Reads and checks everything that counts: the newest rows, and the logs from there on without a gap. */
export async function inspectJournal(directory: string): Promise<JournalFindings> {
  const all = await journalFiles(directory);
  const rows = all.findLast(({ kind }) => kind === 'rows');
  const found = { first: 0, last: 0, proof: undefined as Uint8Array | undefined, end: 0, rowBytes: 0, logBytes: 0 };
  const give = (state: FramesState, file?: JournalFile): JournalFindings => ({
    ...found,
    present: all.length > 0,
    state,
    file: file?.name,
    files,
  });
  const files: JournalFile[] = [];
  if (rows === undefined) return give(all.length === 0 ? 'whole' : 'damaged', all[0]);
  files.push(rows);
  const head = await inspectRows(rows);
  if (head === undefined) return give('damaged', rows);
  Object.assign(found, { first: rows.sequence, last: rows.sequence, proof: head.proof, rowBytes: head.bytes });
  const logs = all.filter((file) => file.kind === 'log');
  for (const [index, log] of logs.entries()) {
    const next = logs[index + 1];
    if (next !== undefined && next.sequence <= rows.sequence + 1) continue;
    files.push(log);
    if (log.sequence > found.last + 1) return give('damaged', log);
    const { state, end, last } = await inspectLog(log);
    found.last = Math.max(found.last, last);
    found.end = end;
    found.logBytes += end;
    if (state !== 'whole') return give(next === undefined ? state : 'damaged', log);
  }
  return give('whole');
}

async function inspectRows(file: JournalFile): Promise<{ proof: Uint8Array; bytes: number } | undefined> {
  let proof: Uint8Array | undefined;
  let rows = 0;
  let ended: number | undefined;
  const { state, end } = await eachRecord(file, (record) => {
    if (ended !== undefined) return false;
    if (record.type === 'start' && proof === undefined && record.sequence === file.sequence) proof = record.proof;
    else if (record.type === 'rows' && proof !== undefined) rows += record.rows.length;
    else if (record.type === 'end' && proof !== undefined) ended = record.rows;
    else return false;
    return true;
  });
  return state === 'whole' && proof !== undefined && ended === rows ? { proof, bytes: end } : undefined;
}

async function inspectLog(file: JournalFile): Promise<{ state: FramesState; end: number; last: number }> {
  let last = file.sequence - 1;
  const { state, end } = await eachRecord(file, (record) => {
    if (record.type !== 'batch' || record.sequence !== last + 1) return false;
    last++;
    return true;
  });
  return { state, end, last };
}

/** Stops as damaged where `take` gives false. */
async function eachRecord(
  file: JournalFile,
  take: (record: JournalRecord) => boolean,
): Promise<{ state: FramesState; end: number }> {
  const handle = await open(file.path, 'r');
  try {
    if (!(await hasHead(handle))) return { state: await headState(handle), end: 0 };
    const frames = readFrames(handle, FILE_HEAD.length);
    for (;;) {
      const next = await frames.next();
      if (next.done === true) return next.value;
      if (!take(decodeJournalRecord(next.value))) return { state: 'damaged', end: 0 };
    }
  } catch (error) {
    if (error instanceof CodecError) return { state: 'damaged', end: 0 };
    throw error;
  } finally {
    await handle.close();
  }
}

/** Records of a file that was inspected. */
export async function* recordsOf(file: JournalFile): AsyncGenerator<JournalRecord> {
  const handle = await open(file.path, 'r');
  try {
    for await (const payload of readFrames(handle, FILE_HEAD.length)) yield decodeJournalRecord(payload);
  } finally {
    await handle.close();
  }
}

async function hasHead(handle: FileHandle): Promise<boolean> {
  const head = new Uint8Array(FILE_HEAD.length);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  return bytesRead === head.length && equalBytes(head, FILE_HEAD);
}

/** A file that a crash left before its head was written. */
async function headState(handle: FileHandle): Promise<FramesState> {
  return (await handle.stat()).size < FILE_HEAD.length ? 'torn' : 'damaged';
}
