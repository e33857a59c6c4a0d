// Opens a local database together with its journal copy and makes either good from the other: the database is begun anew
// from a whole copy, the copy is written anew from a whole database. Where neither has everything, it ends the start.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { setAside } from '../set-aside.ts';
import { StoreError } from './errors.ts';
import type { JournalFindings } from './journal/journal-files.ts';
import type { RowWrite } from './journal/journal-records.ts';
import type { LocalJournal } from './journal/local-journal.ts';
import { type Level, type Operation, openLevel, type Row, writeLevel } from './kv.ts';
import {
  allBatchRows,
  batchRows,
  checkNumbers,
  damaged,
  dataPages,
  LOCAL_VERSION,
  proofOf,
  provesKey,
  readHead,
  readVersion,
  versionRow,
} from './local-rows.ts';
import { type Migration, migrate } from './migrations/runner.ts';
import type { RowSeal } from './row-seal.ts';

export interface LocalOpening {
  readonly path: string;
  readonly name: string;
  readonly seal: RowSeal;
  readonly journal: LocalJournal;
  readonly logger: Logger | undefined;
}

export interface LocalOpened {
  readonly level: Level;
  readonly sequence: number;
}

const MEMORY = { writeBuffer: 2 * 1024 * 1024, cache: 1024 * 1024 };
/** Rows of a database that is made from its copy are written in portions of this many. */
const PORTION = 4096;

/** Throws StoreError: `store.key`, `store.version`, `store.damaged` when rows are lost in both. */
export async function openLocal(opening: LocalOpening): Promise<LocalOpened> {
  const { name, seal, journal, logger } = opening;
  const copy = await journal.inspect();
  if (copy.proof !== undefined && !provesKey(seal, copy.proof)) throw new StoreError({ code: 'store.key' });
  const opened = await openSound(opening, copy);
  const { level } = opened;
  try {
    if (copy.state === 'damaged') {
      logger?.warn({ what: name, file: copy.file }, 'the journal copy is damaged: written anew from the database');
    }
    if (!copy.present || copy.state === 'damaged' || copy.last < opened.sequence) {
      await journal.replace(opened.sequence, proofOf(seal), allRows(level));
      if (!copy.present) await migrateLocal(opening, level);
    } else {
      for await (const [sequence, writes] of journal.batches(copy, opened.sequence)) {
        const rows = batchRows(seal, sequence, seal.nonces(2));
        await writeLevel(level, [...writes.map(operation), ...rows], false);
      }
      if (journal.leftUnsynced) {
        logger?.warn({ what: name }, 'the disk failed before the last end: the journal copy is written anew');
        await journal.replace(Math.max(opened.sequence, copy.last), proofOf(seal), allRows(level));
      } else await journal.resume(copy);
      await migrateLocal(opening, level);
    }
  } catch (error) {
    await level.close();
    throw error;
  }
  return { level, sequence: Math.max(opened.sequence, copy.last) };
}

/** Before anybody can write. */
async function* allRows(level: Level): AsyncGenerator<Row> {
  for await (const page of dataPages(level)) yield* page;
}

/** The database itself, or a new one from its copy. */
async function openSound(opening: LocalOpening, copy: JournalFindings): Promise<LocalOpened> {
  const { path, name, seal, logger } = opening;
  let level: Level | undefined;
  let damage: unknown;
  try {
    level = await openLevel(path, MEMORY);
    const head = await readHead(level, seal, name);
    if (head !== undefined) {
      const version = await readVersion(level, seal, name);
      if (version > LOCAL_VERSION) {
        throw new StoreError({ code: 'store.version', what: name, found: version, expected: LOCAL_VERSION });
      }
      await checkNumbers(level, seal, name, head);
      // Older than its copy tells of: it lost more than the copy can add.
      if (head >= copy.first && !(copy.state === 'damaged' && head < copy.last)) return { level, sequence: head };
    } else if (!copy.present) {
      await writeLevel(level, [...batchRows(seal, 0, seal.nonces(2)).slice(1), versionRow(seal, LOCAL_VERSION)], true);
      return { level, sequence: 0 };
    }
    damage = damaged(name);
  } catch (error) {
    damage = error;
  }
  await level?.close();
  if (codeOf(damage) !== 'store.damaged') throw damage;
  const file = fileOf(damage);
  if (!copy.present || copy.state === 'damaged') throw damaged(name, file ?? copy.file);
  const aside = await rebuild(opening, copy);
  logger?.warn(
    { what: name, file, aside, batches: copy.last },
    'the database is damaged: made anew from its journal copy',
  );
  return { level: await openLevel(path, MEMORY), sequence: copy.last };
}

async function rebuild({ path, seal, journal }: LocalOpening, copy: JournalFindings): Promise<string | undefined> {
  const draft = `${path}.new`;
  await rm(draft, { recursive: true, force: true });
  const level = await openLevel(draft, MEMORY);
  try {
    for await (const writes of journal.content(copy)) await writeLevel(level, writes.map(operation), false);
    let portion: Operation[] = [];
    for (const row of allBatchRows(seal, copy.last)) {
      portion.push(row);
      if (portion.length < PORTION) continue;
      await writeLevel(level, portion, false);
      portion = [];
    }
    await writeLevel(level, portion, true);
  } finally {
    await level.close();
  }
  const aside = existsSync(path) ? await setAside(path) : undefined;
  await rename(draft, path);
  return aside;
}

/** Version 2 has a journal copy, which is there by now. */
const STEPS: readonly Migration<Level>[] = [{ from: 1, run: async () => undefined }];

async function migrateLocal({ name, seal, logger }: LocalOpening, level: Level): Promise<void> {
  const found = await readVersion(level, seal, name);
  const mark = (version: number): Promise<void> => writeLevel(level, [versionRow(seal, version)], true);
  await migrate({ what: name, found, expected: LOCAL_VERSION, steps: STEPS, target: level, mark }, logger);
}

function operation([key, value]: RowWrite): Operation {
  return value === null ? { type: 'del', key } : { type: 'put', key, value };
}

function fileOf(error: unknown): string | undefined {
  if (!(error instanceof StoreError) || error.type.code !== 'store.damaged') return undefined;
  return error.type.file ?? (error.type.what.includes('/') ? error.type.what : undefined);
}
