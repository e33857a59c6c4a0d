// What the system is asked for while a local database writes: whatever was acknowledged as synced is on the disk with all before it.
import { type FileHandle, mkdtemp, open, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { randomBytes } from '#crypto';
import { JOURNAL_GROWTH_BYTES, LocalJournal } from '../../node/store/journal/local-journal.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';

let directory: string;
/** Writes to files that nothing brought to the disk yet, by path. */
const loose = new Map<string, number>();
/** No write finds room. */
let full = false;
/** Paths whose syncs fail. The system drops what it could not write and calls the next sync good. */
let failing: (path: string) => boolean;
/** Batches, by log, that a failed sync lost: no later one of the same file brings them back. */
const lost = new Set<string>();

async function pathOf(file: FileHandle): Promise<string> {
  return readlink(`/proc/self/fd/${file.fd}`);
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-'));
  loose.clear();
  full = false;
  failing = () => false;
  lost.clear();
  const probe = await open(join(directory, 'probe'), 'w');
  const handles = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const { write, datasync, sync } = handles;
  vi.spyOn(handles, 'write').mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
    if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const path = await pathOf(this);
    loose.set(path, (loose.get(path) ?? 0) + 1);
    return (write as (...given: unknown[]) => Promise<never>).apply(this, args);
  });
  for (const [name, whole] of [
    ['datasync', datasync],
    ['sync', sync],
  ] as const) {
    vi.spyOn(handles, name).mockImplementation(async function (this: FileHandle) {
      const path = await pathOf(this);
      if (failing(path)) {
        lost.add(path);
        throw Object.assign(new Error('input/output error'), { code: 'EIO' });
      }
      await whole.apply(this);
      loose.delete(path);
    });
  }
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

const opened = async (): Promise<LocalDatabase> => {
  const database = new LocalDatabase({ path: join(directory, 'rows'), name: 'rows', key: new Uint8Array(32) });
  await database.open();
  return database;
};
const put = () => [{ type: 'put' as const, key: randomBytes(4), value: randomBytes(40) }];

it.runIf(process.platform === 'linux')(
  'what was acknowledged as synced is on the disk, and all that was written before it, whatever came between',
  async () => {
    const step = fc.constantFrom('synced', 'synced', 'unsynced', 'reopen', 'anew');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await rm(join(directory, 'rows'), { recursive: true, force: true });
        await rm(join(directory, 'rows.journal'), { recursive: true, force: true });
        loose.clear();
        let database = await opened();
        for (const one of steps) {
          if (one === 'unsynced') await database.batch(put());
          else if (one === 'anew') await database.compact();
          else if (one === 'reopen') {
            await database.close();
            database = await opened();
          } else {
            await database.batch(put(), { sync: true });
            expect([...loose.keys()].filter((path) => path.endsWith('.log'))).toEqual([]);
          }
        }
        await database.close();
      }),
      { numRuns: 12 },
    );
  },
);

it.runIf(process.platform === 'linux')(
  'a log that grew long is on the disk before another one goes on from it',
  async () => {
    const database = await opened();
    await database.batch([{ type: 'put', key: randomBytes(4), value: new Uint8Array(JOURNAL_GROWTH_BYTES) }]);
    await database.batch(put(), { sync: true });
    expect([...loose.keys()].filter((path) => path.endsWith('.log'))).toEqual([]);
    expect((await readdir(join(directory, 'rows.journal'))).length).toBeGreaterThan(1);
    await database.close();
  },
);

it.runIf(process.platform === 'linux')(
  'a log stays where it is when the rows that were to replace it could not be written and room is short still',
  async () => {
    const journal = new LocalJournal(join(directory, 'rows.journal'));
    const none = async function* (): AsyncGenerator<never> {};
    await journal.replace(0, new Uint8Array(32), none());
    await journal.append(1, [[randomBytes(4), randomBytes(40)]], true);
    await journal.turn(1);
    // The rows fail here, and so does whatever is begun anew.
    full = true;
    await journal.turn(1).catch(() => {});
    full = false;
    await journal.append(2, [[randomBytes(4), randomBytes(40)]], true);
    await journal.close();
    expect((await journal.inspect()).last).toBe(2);
  },
);

const isLog = (path: string): boolean => path.endsWith('.log');
const synced = async (database: LocalDatabase): Promise<string> =>
  database.batch(put(), { sync: true }).then(
    () => 'taken',
    (error: { code?: string }) => error.code ?? 'failed',
  );

it.runIf(process.platform === 'linux')(
  'after a sync that failed nothing is acknowledged until the rows are on the disk in another file',
  async () => {
    const database = await opened();
    await database.batch(put());
    expect(await synced(database)).toBe('taken');
    failing = (path) => isLog(path) || path.endsWith('.new');
    expect(await synced(database)).toBe('EIO');
    failing = (path) => path.endsWith('.new');
    // The log would call a sync good now. Each refusal tries to write the rows again.
    for (let n = 0; n < 3; n++) expect(await synced(database)).toBe('store.not-synced');
    // What promises nothing is taken still.
    await database.batch(put());
    failing = () => false;
    await vi.waitFor(async () => expect(await synced(database)).toBe('taken'), { timeout: 20_000 });
    const kept = (await readdir(join(directory, 'rows.journal'))).map((name) => join(directory, 'rows.journal', name));
    expect(kept.filter((path) => isLog(path) && lost.has(path))).toEqual([]);
    await database.close();
  },
);

it.runIf(process.platform === 'linux')(
  'after a sync that failed, and an end before the rows were written, the next start writes them first',
  async () => {
    let database = await opened();
    const key = randomBytes(4);
    await database.batch([{ type: 'put', key, value: randomBytes(40) }]);
    failing = (path) => path.endsWith('1.log') || path.endsWith('.new');
    expect(await synced(database)).toBe('EIO');
    await database.close();
    failing = () => false;
    database = await opened();
    expect(await database.get(key)).toHaveLength(40);
    const kept = (await readdir(join(directory, 'rows.journal'))).map((name) => join(directory, 'rows.journal', name));
    expect(kept.filter((path) => lost.has(path) || path.endsWith('unsynced'))).toEqual([]);
    expect(await synced(database)).toBe('taken');
    await database.close();
  },
);

it.runIf(process.platform === 'linux')('a sync that fails while rows are written is not covered by these', async () => {
  const journal = new LocalJournal(join(directory, 'rows.journal'));
  const none = async function* (): AsyncGenerator<never> {};
  const write = (sequence: number, sync: boolean) =>
    journal.append(sequence, [[randomBytes(4), randomBytes(40)]], sync).then(
      () => 'taken',
      (error: { code?: string }) => error.code,
    );
  await journal.replace(0, new Uint8Array(32), none());
  expect(await write(1, true)).toBe('taken');
  await journal.turn(1);
  expect(await write(2, false)).toBe('taken');
  failing = isLog;
  expect(await write(3, true)).toBe('EIO');
  failing = () => false;
  await journal.writeRows(1, new Uint8Array(32), none());
  expect([journal.due, await write(3, true)]).toEqual([true, 'store.not-synced']);
  await journal.turn(2);
  expect(await write(3, true)).toBe('store.not-synced');
  await journal.writeRows(2, new Uint8Array(32), none());
  expect([journal.due, await write(3, true)]).toEqual([false, 'taken']);
  await journal.close();
  expect((await journal.inspect()).last).toBe(3);
});
