import { spawn } from 'node:child_process';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes, sha256 } from '#crypto';
import { codeOf } from '../../common/errors.ts';
import { openLevel } from '../../node/store/kv.ts';
import type { LocalWrite } from '../../node/store/local-database.ts';
import { decodeTarget, encodeTarget } from '../../node/store/shred-files.ts';
import { ShreddableDatabase, type ShreddableModules, type ShredStep } from '../../node/store/shreddable-database.ts';
import { temporaryDirectory } from './chain-fixture.ts';
import { filesBelow, filesWith, sealedForms } from './shred-search.ts';

const WRITER = fileURLToPath(new URL('shredding-writer.ts', import.meta.url));
const key = sha256(Uint8Array.of(9));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const put = (name: string, value: Uint8Array | string) =>
  ({ type: 'put', key: bytes(name), value: typeof value === 'string' ? bytes(value) : value }) as const;
const del = (name: string) => ({ type: 'del', key: bytes(name) }) as const;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path: string;
let database: ShreddableDatabase;

const make = (modules: ShreddableModules = {}, at = path) =>
  new ShreddableDatabase({ path: at, name: 'keys', key }, modules);

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory.path, 'keys');
  database = make();
  await database.open();
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

async function all(of = database): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const [name, value] of of.range({ prefix: bytes('') })) found[String(Buffer.from(name))] = text(value);
  return found;
}

const text = (value: Uint8Array): string => String(Buffer.from(value));

async function reopened(modules: ShreddableModules = {}): Promise<void> {
  await database.close();
  database = make(modules);
  await database.open();
}

/** Random rows under a prefix, so that tables have something around the row that is looked for. */
const filler = (prefix: string, count: number): LocalWrite[] =>
  Array.from({ length: count }, (_, n) => put(`${prefix}${String(n).padStart(6, '0')}`, randomBytes(300)));

describe('a shreddable database', () => {
  test('gives back what was written, in order of keys, across restarts and shreds', async () => {
    await database.batch([put('a1', 'x'), put('b1', 'y')]);
    await database.batch([put('a2', 'z'), del('b1')]);
    await reopened();
    expect(await all()).toEqual({ a1: 'x', a2: 'z' });
    expect(await database.shred({ keys: [bytes('a1'), bytes('none')] })).toEqual({
      generation: 2,
      shredded: 1,
      kept: 1,
    });
    await reopened();
    expect(await database.getMany([bytes('a1'), bytes('a2')])).toEqual([undefined, bytes('z')]);
    expect(database.generation).toBe(2);
  });

  test('shreds what begins with a prefix and nothing that begins otherwise', async () => {
    await database.batch(['p', 'pa', 'pab', 'pb', 'q'].map((name) => put(name, name)));
    const report = await database.shred({ prefixes: [bytes('pa')], keys: [bytes('q')] });
    expect(report).toMatchObject({ shredded: 3, kept: 2 });
    expect(await all()).toEqual({ p: 'p', pb: 'pb' });
  });

  test('equals a map under any writes, shreds and restarts', async () => {
    const name = fc.stringMatching(/^[ab]{1,3}$/);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name, value: fc.string() }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('del' as const), name }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('shred' as const), keys: fc.array(name), prefix: name }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
        const at = `${path}-${run++}`;
        let tried = make({}, at);
        await tried.open();
        const model = new Map<string, string>();
        for (const done of steps) {
          if (done.do === 'put') {
            model.set(done.name, done.value);
            await tried.batch([put(done.name, done.value)]);
          } else if (done.do === 'del') {
            model.delete(done.name);
            await tried.batch([del(done.name)]);
          } else if (done.do === 'restart') {
            await tried.close();
            tried = make({}, at);
            await tried.open();
          } else {
            for (const known of [...model.keys()]) {
              if (done.keys.includes(known) || known.startsWith(done.prefix)) model.delete(known);
            }
            await tried.shred({ keys: done.keys.map(bytes), prefixes: [bytes(done.prefix)] });
          }
        }
        expect(await all(tried)).toEqual(Object.fromEntries(model));
        await tried.close();
      }),
      { numRuns: 8 },
    );
  });

  test('lets reads go on while survivors are copied, and takes writes that came meanwhile', async () => {
    await database.batch(filler('r', 700));
    let during: Promise<void> | undefined;
    let seen: Uint8Array | undefined;
    await reopened({
      onStep: async (step) => {
        if (step !== 'survivors') return;
        during = database.batch([put('late', 'kept')]);
        seen = await database.get(bytes('r000001'));
      },
    });
    const reading = database.range({ prefix: bytes('r') });
    await reading.next();
    const two = await Promise.all([database.shred({ keys: [bytes('r000699')] }), database.shred({ keys: [] })]);
    await during;
    expect(seen).toHaveLength(300);
    expect(two.map(({ shredded }) => shredded)).toEqual([1, 0]);
    expect(text((await database.get(bytes('late'))) ?? bytes(''))).toBe('kept');
    let rest = 1;
    for await (const _ of reading) rest++;
    expect(rest).toBe(699);
  });

  test('refuses another keystore, and rows whose key file is gone', async () => {
    await database.batch([put('a', 'x')]);
    await database.close();
    const other = new ShreddableDatabase({ path, name: 'keys', key: sha256(key) });
    expect(codeOf(await other.open().catch((error: unknown) => error))).toBe('store.key');
    await rename(join(path, 'key'), join(directory.path, 'aside'));
    expect(codeOf(await database.open().catch((error: unknown) => error))).toBe('store.damaged');
    await rename(join(directory.path, 'aside'), join(path, 'key'));
    await database.open();
    expect(await all()).toEqual({ a: 'x' });
  });
});

describe('after a shred no file holds the rows in a form that a key on this disk opens', () => {
  async function expectGone(names: readonly string[], prepare: () => Promise<void>): Promise<void> {
    const keys = names.map(bytes);
    const before = await sealedForms(path, key, keys);
    expect(before.rows.length).toBeGreaterThan(0);
    await prepare();
    // The search finds them as long as they are there.
    expect((await filesWith(path, before.rows)).length).toBeGreaterThan(0);
    await database.shred({ keys });
    expect(await filesWith(path, [...before.rows, before.generationKey])).toEqual([]);
    await database.close();
    expect(await filesWith(path, [...before.rows, before.generationKey])).toEqual([]);
    const after = await sealedForms(path, key, keys);
    expect(after.rows).toEqual([]);
    expect(after.generationKey).not.toEqual(before.generationKey);
    await database.open();
  }

  test('from the memory table and the log', async () => {
    await database.batch([put('dek/x', randomBytes(64)), put('dek/y', randomBytes(64))]);
    await expectGone(['dek/x'], async () => undefined);
    expect(await database.get(bytes('dek/y'))).toHaveLength(64);
  });

  test('from tables', async () => {
    await database.batch(filler('a', 800));
    await database.batch([put('dek/x', randomBytes(64))]);
    await database.batch(filler('z', 800));
    await expectGone(['dek/x'], async () => {
      // Opening makes tables of what the log has.
      await reopened();
      const tables = (await filesBelow(path)).filter(({ name }) => name.endsWith('.ldb'));
      expect(tables.length).toBeGreaterThan(0);
    });
    expect(await database.get(bytes('z000799'))).toHaveLength(300);
  });

  test('after a compaction that left the deleted row behind', async () => {
    await database.batch([put('dek/x', randomBytes(64)), put('dek/y', 'stays')]);
    const written = await sealedForms(path, key, [bytes('dek/x')]);
    await database.batch([del('dek/x')]);
    await database.close();
    const level = await openLevel(join(path, 'rows-1'), { writeBuffer: 1 << 20, cache: 1 << 20 });
    await level.compactRange(Uint8Array.of(0), Uint8Array.of(0xff));
    await level.close();
    await database.open();
    // What was deleted before, and what was overwritten, goes with any shred.
    expect((await filesWith(path, written.rows)).length).toBeGreaterThan(0);
    await database.shred({ keys: [] });
    expect(await filesWith(path, [...written.rows, written.generationKey])).toEqual([]);
    expect(await all()).toEqual({ 'dek/y': 'stays' });
  });
});

describe('a shred that is cut off', () => {
  const STEPS: readonly ShredStep[] = ['begun', 'survivors', 'key', 'old-files', 'done'];

  test('is finished at the next start, from whatever step it reached', async () => {
    await database.batch([put('dek/x', randomBytes(64)), put('dek/y', 'stays')]);
    const before = await sealedForms(path, key, [bytes('dek/x')]);
    const left = (step: ShredStep): string => join(directory.path, `left-at-${step}`);
    await reopened({ onStep: (step) => cp(path, left(step), { recursive: true }) });
    await database.shred({ keys: [bytes('dek/x')] });
    for (const step of STEPS) {
      const again = make({}, left(step));
      await again.open();
      expect(await all(again), step).toEqual({ 'dek/y': 'stays' });
      expect(await filesWith(left(step), [...before.rows, before.generationKey]), step).toEqual([]);
      expect((await filesBelow(left(step))).map(({ name }) => name).filter((name) => name.endsWith('shred'))).toEqual(
        [],
      );
      await again.batch([put('more', step)]);
      await again.close();
      await again.open();
      expect(await all(again), step).toEqual({ 'dek/y': 'stays', more: step });
      await again.close();
    }
  });

  test.each(STEPS)(
    'by a failing disk at "%s" leaves a database that goes on, and is done with the next',
    async (at) => {
      await database.batch([put('dek/x', 'one'), put('dek/y', 'two'), put('z', 'stays')]);
      let fail = true;
      await reopened({
        onStep: async (step) => {
          if (step === at && fail) throw new Error('no room');
        },
      });
      await expect(database.shred({ keys: [bytes('dek/x')] })).rejects.toThrow('no room');
      fail = false;
      await database.batch([put('more', 'kept')]);
      expect(await database.shred({ keys: [bytes('dek/y')] })).toMatchObject({ shredded: 1, kept: 2 });
      expect(await all()).toEqual({ more: 'kept', z: 'stays' });
      await reopened();
      expect(await all()).toEqual({ more: 'kept', z: 'stays' });
    },
  );

  test('leaves nothing else in the directory', async () => {
    await database.batch([put('z', 'stays')]);
    await database.close();
    for (const name of ['rows-1.damaged', 'rows-7', 'key.1.0.new']) {
      await cp(join(path, 'rows-1'), join(path, name), { recursive: true });
    }
    await database.open();
    const names = new Set((await filesBelow(path)).map(({ name }) => name.slice(path.length + 1).split('/')[0]));
    expect([...names].sort()).toEqual(['key', 'rows-1', 'rows-1.journal']);
  });

  test('by kill -9 loses no row that stays and keeps none that was reported gone', async () => {
    const storageKey = new Uint8Array(32);
    const at = join(directory.path, 'killed');
    const names = Array.from({ length: 40 }, (_, n) => `row-${n}`);
    let tried = new ShreddableDatabase({ path: at, name: 'keys', key: storageKey });
    await tried.open();
    await tried.batch(names.map((name) => put(name, randomBytes(64))));
    await tried.close();
    const sealed = await sealedForms(at, storageKey, names.map(bytes));
    let gone = 0;
    for (const delay of [0, 2, 6]) {
      const row = names[gone];
      const child = spawn(process.execPath, [WRITER, at, row], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let said = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (part) => {
          said += String(part);
          resolve();
        });
      });
      setTimeout(() => child.kill('SIGKILL'), delay);
      await ended;
      tried = new ShreddableDatabase({ path: at, name: 'keys', key: storageKey });
      await tried.open();
      const rows = Object.keys(await all(tried));
      await tried.close();
      const now = names.filter((name) => !rows.includes(name));
      expect(now).toEqual(names.slice(0, now.length));
      expect(now.length - gone).toBeGreaterThanOrEqual(said.includes('gone') ? 1 : 0);
      expect(now.length - gone).toBeLessThanOrEqual(1);
      gone = now.length;
      expect(await filesWith(at, sealed.rows.slice(0, 2 * gone))).toEqual([]);
    }
  }, 60_000);
});

test('targets decode to what was encoded, and nothing else decodes', () => {
  const list = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(list, list, (keys, prefixes) => {
      expect(decodeTarget(encodeTarget({ keys, prefixes }))).toEqual({ keys, prefixes });
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (wild) => {
      try {
        expect(encodeTarget(decodeTarget(wild))).toEqual(wild);
      } catch (error) {
        expect(codeOf(error)).toMatch(/^codec\./);
      }
    }),
  );
});
