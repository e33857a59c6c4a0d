import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { createLogger, type Logger } from '../../common/logger.ts';
import { asidePath } from '../../node/set-aside.ts';
import { journalPath, LocalDatabase, type LocalWrite } from '../../node/store/local-database.ts';
import { temporaryDirectory } from '../store/chain-fixture.ts';
import { filesOf, flip } from './flips.ts';

const key = sha256(Uint8Array.of(7));
const ALL = { prefix: new Uint8Array(0) };

interface Warning {
  readonly msg: string;
  readonly what?: string;
  readonly file?: string;
}

function listening(): { logger: Logger; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const destination = { write: (line: string): unknown => warnings.push(JSON.parse(line) as Warning) };
  return { logger: createLogger({ level: 'warn', destination }), warnings };
}

async function content(path: string, logger?: Logger): Promise<Map<string, string>> {
  const database = new LocalDatabase({ path, name: 'outbox', key }, logger === undefined ? {} : { logger });
  await database.open();
  try {
    const rows = new Map<string, string>();
    for await (const [name, value] of database.range(ALL)) rows.set(toHex(name), toHex(value));
    return rows;
  } finally {
    await database.close();
  }
}

async function copyOf(path: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await rm(journalPath(to), { recursive: true, force: true });
  await rm(asidePath(to), { recursive: true, force: true });
  await cp(path, to, { recursive: true });
  await cp(journalPath(path), journalPath(to), { recursive: true });
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => directory.remove());

describe('a local database and its journal copy', () => {
  let path: string;
  let copy: string;
  let expected: Map<string, string>;

  // Tables, a log, rows and batches: all kinds of files that a database and its copy have.
  beforeAll(async () => {
    path = join(directory.path, 'whole');
    copy = join(directory.path, 'flipped');
    for (let round = 0; round < 2; round++) {
      const database = new LocalDatabase({ path, name: 'outbox', key });
      await database.open();
      for (let n = 0; n < 30; n++) {
        const row = (name: number): Uint8Array => Uint8Array.of(round, name);
        await database.batch([
          { type: 'put', key: row(n), value: sha256(Uint8Array.of(round, n)) },
          ...(n % 5 === 4 ? [{ type: 'del', key: row(n - 1) } as const] : []),
        ]);
      }
      await database.close();
      if (round === 0) await rm(journalPath(path), { recursive: true });
    }
    await copyOf(path, copy);
    expected = await content(copy);
    expect(expected.size).toBe(48);
  });

  test('lose nothing to a flipped byte in any of their files, and name the one', async () => {
    const kinds = new Set<string>();
    for (const source of [path, journalPath(path)]) {
      for (const file of await filesOf(source)) {
        const { length } = await readFile(file);
        const places = [0, 5, Math.floor(length / 3), Math.floor(length / 2), -50, -9, -1];
        for (const at of places) {
          await copyOf(path, copy);
          const flipped = file.replace(path, copy);
          await flip(flipped, at);
          const { logger, warnings } = listening();
          expect(await content(copy, logger), `${flipped} at ${at}`).toEqual(expected);
          expect(warnings, `${flipped} at ${at}`).toHaveLength(1);
          expect(warnings[0]).toMatchObject({ what: 'outbox', msg: expect.stringMatching(/damaged/) });
          expect(await content(copy)).toEqual(expected);
        }
        kinds.add(file.replace(/^.*\//, '').replace(/[0-9a-f]{6,}/, 'n'));
      }
    }
    expect([...kinds].sort()).toEqual(['CURRENT', 'MANIFEST-n', 'n.ldb', 'n.log', 'n.rows']);
  });

  test('lose nothing when the database is gone, or any of its files, or all of its copy', async () => {
    for (const file of ['', ...(await filesOf(path)).map((name) => name.slice(path.length))]) {
      await copyOf(path, copy);
      await rm(copy + file, { recursive: true });
      expect(await content(copy), file).toEqual(expected);
    }
    await copyOf(path, copy);
    await rm(journalPath(copy), { recursive: true });
    expect(await content(copy)).toEqual(expected);
    expect((await readdir(journalPath(copy))).length).toBeGreaterThan(0);
  });

  test('are an error that names the database when both are damaged, and stay as they are', async () => {
    for (const [ending, ofCopy] of [
      ['.ldb', '.rows'],
      ['.log', '.log'],
    ]) {
      await copyOf(path, copy);
      const one = (await filesOf(copy)).find((name) => name.endsWith(ending)) as string;
      const other = (await filesOf(journalPath(copy))).find((name) => name.endsWith(ofCopy)) as string;
      await flip(one, 40);
      await flip(other, 40);
      const before = await filesOf(copy);
      for (let n = 0; n < 2; n++) {
        await expect(content(copy)).rejects.toMatchObject({ code: 'store.damaged', type: { what: 'outbox' } });
      }
      expect(await filesOf(copy)).toEqual(before);
    }
  });

  test('are not begun anew when the database is gone and its copy is damaged', async () => {
    await copyOf(path, copy);
    await rm(copy, { recursive: true });
    await flip((await filesOf(journalPath(copy)))[0], 40);
    await expect(content(copy)).rejects.toMatchObject({ code: 'store.damaged' });
  });

  test('keep the damaged files beside what was made anew', async () => {
    await copyOf(path, copy);
    const one = (await filesOf(copy)).find((name) => name.endsWith('.ldb')) as string;
    await flip(one, 40);
    await content(copy);
    expect(await readdir(asidePath(copy))).toContain(one.slice(copy.length + 1));
  });

  test('refuse another key before anything is changed', async () => {
    await copyOf(path, copy);
    await rm(copy, { recursive: true });
    const other = new LocalDatabase({ path: copy, name: 'outbox', key: sha256(Uint8Array.of(8)) });
    await expect(other.open()).rejects.toMatchObject({ code: 'store.key' });
    await other.close();
    expect(await content(copy)).toEqual(expected);
  });
});

type Step = { readonly puts: readonly (readonly [number, number])[]; readonly dels: readonly number[] };

const step: fc.Arbitrary<Step> = fc.record({
  puts: fc.array(fc.tuple(fc.nat(12), fc.nat(255)), { minLength: 1, maxLength: 4 }),
  dels: fc.array(fc.nat(12), { maxLength: 2 }),
});

const writesOf = ({ puts, dels }: Step): LocalWrite[] => [
  ...dels.map((name): LocalWrite => ({ type: 'del', key: Uint8Array.of(name) })),
  ...puts.map(([name, value]): LocalWrite => ({ type: 'put', key: Uint8Array.of(name), value: Uint8Array.of(value) })),
];

function apply(model: Map<string, string>, { puts, dels }: Step): Map<string, string> {
  const next = new Map(model);
  for (const name of dels) next.delete(toHex(Uint8Array.of(name)));
  for (const [name, value] of puts) next.set(toHex(Uint8Array.of(name)), toHex(Uint8Array.of(value)));
  return next;
}

describe('the journal copy', () => {
  let path: string;
  let runs = 0;

  beforeEach(() => {
    path = join(directory.path, `model-${runs++}`);
  });

  afterEach(async () => {
    for (const name of await readdir(directory.path)) {
      if (name.startsWith('model-')) await rm(join(directory.path, name), { recursive: true, force: true });
    }
  });

  test('alone gives back every batch that it holds whole, wherever a crash cut it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (steps, kept) => {
          const at = `${path}-${runs++}`;
          const database = new LocalDatabase({ path: at, name: 'outbox', key });
          await database.open();
          const states = [new Map<string, string>()];
          for (const one of steps) {
            await database.batch(writesOf(one), { sync: true });
            states.push(apply(states[states.length - 1], one));
          }
          await database.close();
          await rm(at, { recursive: true });
          const log = (await filesOf(journalPath(at))).find((name) => name.endsWith('.log')) as string;
          const { length } = await readFile(log);
          await truncate(log, Math.round(length * kept));
          const found = await content(at);
          const reached = states.findLastIndex((state) => toText(state) === toText(found));
          expect(reached).toBeGreaterThanOrEqual(kept === 1 ? steps.length : 0);
          // What it gave stays: a second start finds the same.
          expect(await content(at)).toEqual(found);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('follows a database through rewrites of itself, and either makes the other good', async () => {
    const big = new Uint8Array(700_000).fill(3);
    const database = new LocalDatabase({ path, name: 'clinical data', key });
    await database.open();
    const names = new Set<string>();
    for (let n = 0; n < 40; n++) {
      await database.batch([{ type: 'put', key: Uint8Array.of(n % 4), value: big.map(() => n) }], { sync: true });
      for (const name of await readdir(journalPath(path))) names.add(name);
    }
    await database.close();
    expect([...names].filter((name) => name.endsWith('.rows')).length).toBeGreaterThan(2);
    const left = await readdir(journalPath(path));
    expect(left.filter((name) => name.endsWith('.rows'))).toHaveLength(1);
    expect(left.filter((name) => !/\.(rows|log)$/.test(name))).toEqual([]);
    const whole = await content(path);
    expect([...whole.values()].map((value) => Number.parseInt(value.slice(0, 2), 16))).toEqual([36, 37, 38, 39]);
    await rm(path, { recursive: true });
    expect(await content(path)).toEqual(whole);
  });

  test('written by `copy` is what another clinic directory begins with', async () => {
    const database = new LocalDatabase({ path, name: 'outbox', key });
    await database.open();
    for (let n = 0; n < 20; n++) await database.batch([{ type: 'put', key: Uint8Array.of(n), value: key }]);
    const { sequence, bytes } = await database.copy();
    await database.batch([{ type: 'put', key: Uint8Array.of(99), value: key }]);
    const parts: Uint8Array[] = [];
    for await (const part of bytes) parts.push(part);
    await database.close();
    expect(sequence).toBe(20);
    const other = `${path}-other`;
    await mkdir(journalPath(other), { recursive: true });
    await writeFile(join(journalPath(other), `${sequence.toString(16).padStart(14, '0')}.rows`), Buffer.concat(parts));
    expect((await content(other)).size).toBe(20);
    await rename(journalPath(other), `${journalPath(other)}.gone`);
    expect((await content(other)).size).toBe(20);
  });
});

function toText(rows: ReadonlyMap<string, string>): string {
  return [...rows].sort().join(' ');
}
