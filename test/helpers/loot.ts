// Everything that a clinic stores, as somebody has it who took its disk and knows its passphrase: keystore, files, and every
// row of every database opened, those that were deleted too as far as the journal copies have them. What is sealed under keys
// of the clinic is opened; nothing is asked of anybody. Owns no attack.
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { ClassicLevel } from 'classic-level';
import { concatBytes } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { SealedPidCache } from '../../identity/patient/pid-cache.ts';
import { CLINICAL } from '../../node/clinical-namespaces.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { encodeContents, type KeystoreContents } from '../../node/keystore/contents.ts';
import { openKeystore } from '../../node/keystore/keystore.ts';
import { readPage } from '../../node/security/reader.ts';
import { SecurityLog } from '../../node/security/security-log.ts';
import { journalFiles, recordsOf } from '../../node/store/journal/journal-files.ts';
import { journalPath, LocalDatabase } from '../../node/store/local-database.ts';
import { DATA } from '../../node/store/local-rows.ts';
import { RowSeal } from '../../node/store/row-seal.ts';
import { readKeyFile } from '../../node/store/shred-files.ts';
import { openResource, resourceKeys } from '../../records/stored-resource.ts';
import type { Row } from './key-rows.ts';

export interface Piece {
  readonly where: string;
  readonly bytes: Uint8Array;
}

export interface Loot {
  readonly keys: KeystoreContents;
  /** In plain: keystore, rows, small files, blobs. Files of databases are here as their rows. */
  readonly pieces: readonly Piece[];
  readonly files: number;
  /** Of every database by its folder; the chain's with their checksums. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** Of a clinic that does not run, or of a backup that was restored. The directory stays as it was. */
export async function lootOf(directory: string, passphrase: string): Promise<Loot> {
  const root = `${directory}.looted`;
  await rm(root, { recursive: true, force: true });
  await cp(directory, root, { recursive: true });
  try {
    return await read(root, passphrase);
  } finally {
    await rm(root, { recursive: true });
  }
}

async function read(root: string, passphrase: string): Promise<Loot> {
  const paths = dataPaths(root);
  const { contents: keys } = await openKeystore(paths.keystore, passphrase);
  const pieces: Piece[] = [{ where: 'keystore', bytes: encodeContents(keys) }];
  const rows = new Map<string, readonly Row[]>();
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const below = entries.map((entry) => ({ path: join(entry.parentPath, entry.name), isFile: entry.isFile() }));
  const databases = below.filter(({ path }) => existsSync(join(path, 'CURRENT'))).map(({ path }) => path);
  const engine = new Set(databases.flatMap((path) => [path, journalPath(path)]));
  let files = 0;
  for (const { path, isFile } of below) {
    if (!isFile) continue;
    files++;
    // Of a database the rows are taken, of the security log its entries.
    if (!engine.has(dirname(path))) pieces.push({ where: path.slice(root.length + 1), bytes: await readFile(path) });
  }
  for (const path of databases) {
    await rm(join(path, 'LOCK'), { force: true });
    const name = path.slice(root.length + 1);
    const put = (row: Row): number => pieces.push({ where: name, bytes: concatBytes(...row) });
    const key = await keyOf(path, keys);
    const isChain = path === paths.chain;
    if (!isChain) for (const row of await journalRows(path, key)) put(row);
    const found = isChain ? await plainRows(path) : await localRows(path, name, key);
    rows.set(name, found);
    for (const row of found) put(row);
    if (path === paths.clinical) {
      for (const bytes of await innerOf(found, keys.storageKey)) pieces.push({ where: `${name}, opened`, bytes });
    }
  }
  for (const bytes of await judgedRequests(paths.security, keys)) pieces.push({ where: 'security log', bytes });
  return { keys, pieces, files, rows };
}

/** Every request that the gateway wrote down, as its readers see it. */
async function judgedRequests(path: string, { storageKey }: KeystoreContents): Promise<Uint8Array[]> {
  if (!existsSync(path)) return [];
  const modules = { clock: systemClock, logger: createLogger({ level: 'silent' }), demandRoom: () => {} };
  const log = new SecurityLog({ path, storageKey }, modules);
  await log.start();
  const found: Uint8Array[] = [];
  for (let before: number | undefined; ; ) {
    const { entries, next } = await readPage(log, {}, 500, before);
    for (const entry of entries) found.push(Buffer.from(inspect(entry, { depth: null, breakLength: Infinity })));
    if (next === undefined) break;
    before = next;
  }
  await log.stop();
  return found;
}

async function plainRows(path: string): Promise<Row[]> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' });
  try {
    return await level.iterator().all();
  } finally {
    await level.close();
  }
}

/** Rows that can be shredded are under a key of their own beside them. */
async function keyOf(path: string, { storageKey }: KeystoreContents): Promise<Uint8Array> {
  const file = join(dirname(path), 'key');
  if (!/^rows-\d+$/.test(basename(path)) || !existsSync(file)) return storageKey;
  const generation = await readKeyFile(file, storageKey, 'key rows');
  if (generation === undefined) throw new Error('no key file');
  return generation.key;
}

async function localRows(path: string, name: string, key: Uint8Array): Promise<Row[]> {
  const database = new LocalDatabase({ path, name, key });
  await database.open();
  const rows: Row[] = [];
  for await (const row of database.snapshot()) rows.push(row);
  await database.close();
  return rows;
}

/** Everything that was ever written, as far as the copy goes back. */
async function journalRows(path: string, key: Uint8Array): Promise<Row[]> {
  const seal = new RowSeal(key);
  const rows: Row[] = [];
  for (const file of await journalFiles(journalPath(path))) {
    for await (const record of recordsOf(file)) {
      const written = record.type === 'batch' ? record.writes : record.type === 'rows' ? record.rows : [];
      for (const [row, value] of written) {
        const opened = value === null ? undefined : seal.open(row, value);
        if (opened !== undefined && row[0] === DATA) rows.push([row.subarray(1), opened]);
      }
    }
  }
  return rows;
}

/** What the clinical database holds sealed once more: resources, identifiers that were computed. */
async function innerOf(rows: readonly Row[], storageKey: Uint8Array): Promise<Uint8Array[]> {
  const { content } = resourceKeys(storageKey);
  const opened: Uint8Array[] = [];
  for (const [row, value] of rows) {
    const name = row.subarray(1);
    if (row[0] === CLINICAL.resources[0]) opened.push(openResource(content, name, value).bytes);
    if (row[0] !== CLINICAL.identifiers[0]) continue;
    const store = { get: async () => value, put: async () => {} };
    const pid = await new SealedPidCache({ storageKey }, { store }).get(name);
    if (pid !== undefined) opened.push(new TextEncoder().encode(pid));
  }
  return opened;
}
