// What a local database forgets for good: no file of it, and none of its journal copy, has what was deleted before.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { LINK_KINDS } from '../../identity/patient/link-tokens.ts';
import { formatPid, handleOf, PID_BYTES } from '../../identity/patient/pid.ts';
import { Directory } from '../../node/patients/directory.ts';
import { bareEntry } from '../../node/patients/directory-entry.ts';
import { Forgetting } from '../../node/patients/forgetting.ts';
import { SuggestionStore } from '../../node/patients/suggestion-store.ts';
import { openLevel } from '../../node/store/kv.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { localKeyValues } from '../../node/store/local-key-values.ts';
import { ResourceStore } from '../../records/resource-store.ts';
import { filesWith } from './shred-search.ts';

const storageKey = randomBytes(32);
const NOTHING_KNOWN = {
  ...{ given: undefined, birthDate: undefined, postcode: undefined, line: undefined },
  multipleBirth: false,
};
let directory: string;
let database: LocalDatabase;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wardmesh-compact-'));
  database = new LocalDatabase({ path: join(directory, 'rows'), name: 'rows', key: storageKey });
  await database.open();
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

/** Beginnings of the values as they lie on the disk now, by key. */
async function sealedRows(): Promise<Map<string, Uint8Array>> {
  const copy = join(directory, 'looked-at');
  await cp(join(directory, 'rows'), copy, { recursive: true });
  const level = await openLevel(copy, { writeBuffer: 1 << 20, cache: 1 << 20 });
  const found = new Map<string, Uint8Array>();
  for await (const [key, value] of level.iterator()) found.set(toHex(key), value.slice(0, 40));
  await level.close();
  await rm(copy, { recursive: true });
  return found;
}

it('keeps nothing of a patient who is forgotten, and everything of the others', async () => {
  const [gone, stays] = [randomBytes(PID_BYTES), randomBytes(PID_BYTES)].map(formatPid);
  const store = (byte: number) => localKeyValues(database, Uint8Array.of(byte));
  const clock = { now: () => 1, monotonic: () => 1 } as never;
  const resources = new ResourceStore({ storageKey }, { store: store(1), clock });
  const found = new SuggestionStore({ storageKey }, { store: store(2), now: () => 1 });
  const names = new Directory({ storageKey }, { database });
  const write = async (pid: typeof gone, other: typeof gone): Promise<void> => {
    const bytes = new TextEncoder().encode(`{"resourceType":"Patient","id":"${pid.slice(0, 12)}"}`);
    await resources.put({ pid, type: 'Patient', id: 'a', bytes });
    await names.keep([{ ...bareEntry(pid), family: 'Quetzal' }]);
    await found.wait({ pid, demographics: { ...NOTHING_KNOWN, family: 'Quetzal' } });
    const match = { own: handleOf(pid), other: handleOf(other), clinic: 2, kinds: 1 };
    await found.keep(pid, [{ kind: LINK_KINDS[0], token: randomBytes(16) }], [match]);
  };
  const before = await sealedRows();
  await write(gone, stays);
  const withGone = await sealedRows();
  await write(stays, gone);
  const needles = [...withGone].flatMap(([key, value]) => (key.startsWith('64') && !before.has(key) ? [value] : []));
  expect(needles).toHaveLength(6);
  expect((await filesWith(directory, needles)).length).toBeGreaterThan(1);

  const provisionals = { of: async () => [] };
  const modules = { directory: names, resources, provisionals, found };
  // A full disk, or the end of the process: the rows are gone, the files have them still.
  const compact = async (): Promise<void> => {
    throw new Error('no space');
  };
  const failing = new Forgetting({ ...modules, database: { compact } });
  await expect(failing.forget(handleOf(gone), gone)).rejects.toThrow('no space');
  expect((await filesWith(directory, needles)).length).toBeGreaterThan(1);
  const forgetting = new Forgetting({ ...modules, database });
  // Nothing tells of her any more, and what is left of her rows goes all the same.
  expect(await forgetting.pidOf(handleOf(gone))).toBeUndefined();
  await forgetting.forget(handleOf(gone), '');
  expect(await filesWith(directory, needles)).toEqual([]);
  expect(await resources.get(gone, 'Patient', 'a')).toBeUndefined();
  expect(await names.byHandle(handleOf(gone))).toBeUndefined();
  expect((await found.suggestions(undefined, 10)).map(({ own }) => own)).toEqual([handleOf(stays)]);
  expect((await resources.get(stays, 'Patient', 'a'))?.version).toBe(1);
  // Interrupted before her resources were gone: what was kept with the erasure finds them.
  await write(gone, stays);
  await names.forget(gone);
  await found.drop(gone);
  await forgetting.forget(handleOf(gone), gone);
  expect(await resources.get(gone, 'Patient', 'a')).toBeUndefined();
  await database.close();
  await database.open();
  expect((await names.byHandle(handleOf(stays)))?.family).toBe('Quetzal');
  expect((await resources.get(stays, 'Patient', 'a'))?.version).toBe(1);
});
