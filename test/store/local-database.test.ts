import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { codeOf } from '../../common/errors.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { localKeyValues } from '../../node/store/local-key-values.ts';
import { temporaryDirectory } from './chain-fixture.ts';

const key = sha256(Uint8Array.of(1));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const put = (name: string, value: string) => ({ type: 'put', key: bytes(name), value: bytes(value) }) as const;
const del = (name: string) => ({ type: 'del', key: bytes(name) }) as const;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path: string;
let database: LocalDatabase;

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory.path, 'database');
  database = new LocalDatabase({ path, name: 'outbox', key });
  await database.open();
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

async function all(prefix: string, more: { after?: Uint8Array; limit?: number; reverse?: boolean } = {}) {
  const found: string[] = [];
  for await (const [name, value] of database.range({ prefix: bytes(prefix), ...more })) {
    found.push(`${Buffer.from(name)}=${Buffer.from(value)}`);
  }
  return found;
}

async function files(ending: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => name.endsWith(ending)).map((name) => join(path, name));
}

describe('a local database', () => {
  test('gives back what was written, in order of keys, across a restart', async () => {
    await database.batch([put('a1', 'x'), put('b1', 'y')], { sync: true });
    await database.batch([put('a2', 'z'), put('a3', ''), del('b1')]);
    await database.close();
    await database.open();
    expect(await database.get(bytes('a1'))).toEqual(bytes('x'));
    expect(await database.get(bytes('b1'))).toBeUndefined();
    expect(await all('a')).toEqual(['a1=x', 'a2=z', 'a3=']);
    expect(await all('a', { after: bytes('a1'), limit: 1 })).toEqual(['a2=z']);
    expect(await all('a', { reverse: true, limit: 2 })).toEqual(['a3=', 'a2=z']);
    expect(await all('')).toHaveLength(3);
  });

  test('writes what arrives together in the order of the calls', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => database.batch([put('n', String(n))], { sync: n % 7 === 0 })),
    );
    expect(await database.get(bytes('n'))).toEqual(bytes('49'));
  });

  test('finishes what was asked for before it closes, and refuses what comes after', async () => {
    const writes = [database.batch([put('a', '1')]), database.batch([put('b', '2')])];
    await database.close();
    await Promise.all(writes);
    await expect(database.batch([put('c', '3')])).rejects.toMatchObject({ code: 'store.closed' });
    await expect(database.get(bytes('a'))).rejects.toMatchObject({ code: 'store.closed' });
    await database.open();
    expect(await all('')).toEqual(['a=1', 'b=2']);
  });

  test('leaves no value readable on disk, and the same value never looks the same', async () => {
    const secret = 'Maria Musterfrau 123-45-6789';
    await database.batch([put('a', secret), put('b', secret), put('c', secret)]);
    await database.close();
    const stored = Buffer.concat(await Promise.all((await files('.log')).map((name) => readFile(name))));
    expect(stored.length).toBeGreaterThan(3 * secret.length);
    for (const part of [secret, 'Maria', '123-45-6789']) {
      expect(stored.includes(part)).toBe(false);
      expect(stored.includes(Buffer.from(part).toString('hex'))).toBe(false);
    }
  });

  test('does not open with another key', async () => {
    await database.batch([put('a', '1')]);
    await database.close();
    const other = new LocalDatabase({ path, name: 'outbox', key: sha256(Uint8Array.of(2)) });
    await expect(other.open()).rejects.toMatchObject({ code: 'store.key' });
  });

  test('names a lost write or a changed byte instead of passing over it', async () => {
    for (let n = 0; n < 200; n++) await database.batch([put(`k${n % 3}`, 'v'.repeat(400))]);
    await database.close();
    const [log] = await files('.log');
    const good = await readFile(log);
    const codes = new Set<string | undefined>();
    for (let at = 1000; at < good.length - 40_000; at += 9_001) {
      const copy = join(directory.path, `copy-${at}`);
      await cp(path, copy, { recursive: true });
      const bad = Uint8Array.from(good);
      bad[at] ^= 0x10;
      await writeFile(join(copy, basename(log)), bad);
      const damaged = new LocalDatabase({ path: copy, name: 'outbox', key });
      codes.add(await damaged.open().then(() => undefined, codeOf));
      await damaged.close();
    }
    expect([...codes]).toEqual(['store.damaged']);
  });

  test('hides keys behind a secret that belongs to the database', async () => {
    const one = database.blindKey(bytes('ab'), bytes('c'));
    expect(one).toHaveLength(32);
    expect(database.blindKey(bytes('ab'), bytes('c'))).toEqual(one);
    expect(database.blindKey(bytes('a'), bytes('bc'))).not.toEqual(one);
    const other = new LocalDatabase({ path, name: 'x', key: sha256(Uint8Array.of(2)) });
    expect(other.blindKey(bytes('ab'), bytes('c'))).not.toEqual(one);
  });

  test('serves records under a namespace of their own', async () => {
    const store = localKeyValues(database, bytes('r/'));
    const neighbour = localKeyValues(database, bytes('s/'));
    await neighbour.put(bytes('a1'), bytes('other'));
    for (const name of ['a1', 'a2', 'b1']) await store.put(bytes(name), bytes(name));
    await store.delete(bytes('b1'));
    expect(await store.get(bytes('a1'))).toEqual(bytes('a1'));
    expect(await store.get(bytes('b1'))).toBeUndefined();
    expect(await store.range(bytes('a'), { limit: 10 })).toEqual([
      [bytes('a1'), bytes('a1')],
      [bytes('a2'), bytes('a2')],
    ]);
    expect(await store.range(bytes('a'), { limit: 10, after: bytes('a1') })).toHaveLength(1);
    expect(await store.range(bytes('a'), { limit: 0 })).toEqual([]);
    expect(await neighbour.get(bytes('a1'))).toEqual(bytes('other'));
  });
});
