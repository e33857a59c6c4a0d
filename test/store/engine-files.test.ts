import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { codeOf } from '../../common/errors.ts';
import { checkEngineFiles } from '../../node/store/engine-files/check.ts';
import { crc32c } from '../../node/store/engine-files/crc32c.ts';
import { readRecords } from '../../node/store/engine-files/log-file.ts';
import { readManifest } from '../../node/store/engine-files/manifest.ts';
import { unsnap } from '../../node/store/engine-files/snappy.ts';
import { openLevel } from '../../node/store/kv.ts';
import { filesOf, withFlip } from '../damage/flips.ts';
import { temporaryDirectory } from './chain-fixture.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path: string;
/** Files that belong to the database: an interrupted compaction may leave others. */
let live: string[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  path = join(directory.path, 'database');
  const level = new ClassicLevel<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: 64 * 1024,
  });
  for (let n = 0; n < 60; n++) {
    await level.batch(
      Array.from({ length: 20 }, (_, i) => {
        const key = sha256(Uint8Array.of(n, i));
        // Half of it compresses well.
        const value = new Uint8Array([...sha256(key), ...sha256(key), ...new Uint8Array(64)]);
        return { type: 'put', key, value } as const;
      }),
    );
  }
  await level.close();
  const files = await filesOf(path);
  const current = (await readFile(join(path, 'CURRENT'), 'latin1')).trim();
  const { tables } = readManifest(new Uint8Array(await readFile(join(path, current))), current);
  live = files.filter((file) => !file.endsWith('.ldb') || tables.has(Number.parseInt(file.slice(-10, -4), 10)));
});

afterAll(() => directory.remove());

const judge = (): Promise<string | undefined> =>
  checkEngineFiles(path).catch((error) => codeOf(error) ?? String(error));

describe('the files of an engine', () => {
  test('of every kind are there, and pass as they are', async () => {
    const kinds = new Set(live.map((file) => file.replace(/^.*\//, '').replace(/\d+/, 'n')));
    expect([...kinds].sort()).toEqual(['CURRENT', 'MANIFEST-n', 'n.ldb', 'n.log']);
    expect(await checkEngineFiles(path)).toBe('whole');
    expect(await checkEngineFiles(join(directory.path, 'none'))).toBeUndefined();
  });

  test('do not pass with any flipped byte', async () => {
    const place = fc.tuple(fc.nat(live.length - 1), fc.nat(), fc.boolean(), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(place, async ([file, at, end, xor]) => {
        // As often near the end, where the footers and the last records are.
        const where = end ? -1 - (at % 64) : at;
        expect(await withFlip(live[file], where, xor, judge)).toMatch(/damaged$/);
      }),
      { numRuns: 120 },
    );
  });

  test('are never handed to the engine with a flipped byte, and the error names the file', async () => {
    for (const file of live) {
      const open = (): Promise<unknown> => openLevel(path, { writeBuffer: 1 << 16, cache: 1 << 16 });
      const error = await withFlip(file, 20, 0x41, () => open().catch((thrown) => thrown));
      expect(codeOf(error)).toBe('store.damaged');
      expect(String(error)).toContain('database/');
    }
  });

  test('do not pass without CURRENT or MANIFEST: the engine would begin anew over the rest', async () => {
    for (const name of (await readdir(path)).filter((each) => /^(CURRENT|MANIFEST)/.test(each))) {
      const bytes = await readFile(join(path, name));
      await rm(join(path, name));
      expect(await judge()).toBe('store.damaged');
      await writeFile(join(path, name), bytes);
    }
    expect(await judge()).toBe('whole');
  });

  test('pass when a crash cut the last record of the log, at every length', async () => {
    const log = live.find((file) => file.endsWith('.log')) as string;
    const bytes = new Uint8Array(await readFile(log));
    for (let length = 0; length < bytes.length; length += 97) {
      expect(['whole', 'torn']).toContain(readRecords(bytes.subarray(0, length)).state);
    }
    expect(readRecords(new Uint8Array([...bytes, ...new Uint8Array(4096)])).state).toBe('whole');
  });
});

describe('readers of engine files', () => {
  test('have the checksum of the standard', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });

  test('end with a code on whatever bytes, in bounded time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const read of [() => unsnap(bytes, 'x'), () => readManifest(bytes, 'x')]) {
          try {
            read();
          } catch (error) {
            expect(codeOf(error)).toBe('store.damaged');
          }
        }
        expect(['whole', 'torn', 'damaged']).toContain(readRecords(bytes).state);
      }),
      { numRuns: 1_000 },
    );
  });
});
