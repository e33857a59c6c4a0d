// Looks at the files of one database before the engine opens them. The engine trusts its tables (wrong bytes in them can
// end the process or hide rows), begins anew where CURRENT is gone, and drops bad records of its log in silence.
// A database that another process writes at this moment passes: only what its MANIFEST names is looked at.
import { open, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StoreError } from '../errors.ts';
import { type RecordsState, readRecords } from './log-file.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { checkTable } from './table-file.ts';

/** Rows of tables up to this are checked at a start, the newest first; of older tables only the index is. */
export const CHECKED_TABLE_BYTES = 512 * 1024 * 1024;

const TABLE = /^(\d{6,})\.(?:ldb|sst)$/;
const LOG = /^(\d{6,})\.log$/;
const ENGINE_FILE = /^(?:MANIFEST-\d{6,}|\d{6,}\.(?:ldb|sst|log))$/;

/**
 * What the logs hold that the next opening reads; undefined when there is no database yet. Throws StoreError
 * `store.damaged` that names the file.
 */
export async function checkEngineFiles(
  path: string,
  checkedBytes: number = CHECKED_TABLE_BYTES,
): Promise<RecordsState | undefined> {
  const names = await list(path);
  const named = (file: string): string => `${basename(path)}/${file}`;
  if (!names.includes('CURRENT')) {
    if (names.some((name) => ENGINE_FILE.test(name))) throw gone(named('CURRENT'));
    return undefined;
  }
  const manifest = await currentManifest(path, names, named);
  const tables = numbered(names, TABLE).filter(([number]) => manifest.tables.has(number));
  let left = checkedBytes;
  for (const [, name] of tables.reverse()) left -= await checkOne(join(path, name), named(name), left);
  let state: RecordsState = 'whole';
  for (const [number, name] of numbered(names, LOG)) {
    if (number < manifest.log && number !== manifest.previousLog) continue;
    const found = readRecords(await readFile(join(path, name))).state;
    if (found === 'damaged' || state === 'whole') state = found;
  }
  return state;
}

async function currentManifest(
  path: string,
  names: readonly string[],
  named: (file: string) => string,
): Promise<Manifest> {
  const current = await readFile(join(path, 'CURRENT'), 'latin1');
  const name = current.slice(0, -1);
  if (!current.endsWith('\n') || !/^MANIFEST-\d{6,}$/.test(name)) throw gone(named('CURRENT'));
  // CURRENT of a database that runs may name a manifest that came after the listing.
  if (!names.includes(name) && !(await list(path)).includes(name)) throw gone(named(name));
  return readManifest(await readFile(join(path, name)), named(name));
}

/** Bytes of rows that were checked. A table that is gone is the engine's to report. */
async function checkOne(path: string, file: string, left: number): Promise<number> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    await checkTable(handle, file, size <= left);
    return size <= left ? size : 0;
  } finally {
    await handle.close();
  }
}

async function list(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Ascending. */
function numbered(names: readonly string[], pattern: RegExp): [number: number, name: string][] {
  const found = names.flatMap((name): [number, string][] => {
    const match = pattern.exec(name);
    return match === null ? [] : [[Number(match[1]), name]];
  });
  return found.sort(([a], [b]) => a - b);
}

function gone(file: string): StoreError {
  return new StoreError({ code: 'store.damaged', what: file });
}
