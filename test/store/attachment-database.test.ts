import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { attachmentCommitment } from '../../consensus/ledger/attachment.ts';
import type { Attachment } from '../../consensus/ledger/types.ts';
import { AttachmentDatabase } from '../../node/store/attachment-database.ts';
import { handle, temporaryDirectory } from './chain-fixture.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: AttachmentDatabase;

beforeEach(async () => {
  directory = await temporaryDirectory();
  database = new AttachmentDatabase({ path: directory.path, maxCount: 5, maxBytes: 3000 });
  await database.open();
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

const attachment = (n: number, size = 10): Attachment => ({ salt: handle(n), bytes: new Uint8Array(size).fill(n) });
const put = (n: number, expires: number, size?: number): Promise<void> =>
  database.put(attachmentCommitment(attachment(n, size)), attachment(n, size), expires);
const get = (n: number): Promise<Attachment | undefined> => database.get(attachmentCommitment(attachment(n)));

describe('attachments', () => {
  test('are kept by commitment across a restart until they are deleted', async () => {
    await put(1, 100);
    await database.close();
    await database.open();
    expect(await get(1)).toEqual(attachment(1));
    expect(await get(2)).toBeUndefined();
    expect(await database.delete(attachmentCommitment(attachment(1)))).toBe(true);
    expect(await database.delete(attachmentCommitment(attachment(1)))).toBe(false);
    expect(await get(1)).toBeUndefined();
    expect(database.usage).toEqual({ count: 0, bytes: 0 });
    expect(await database.sweep(1000)).toBe(0);
  });

  test('go at their end and not before, the later of two ends holding', async () => {
    await put(1, 100);
    await put(2, 200);
    await put(3, 50);
    await put(3, 300);
    await put(2, 150);
    expect(await database.sweep(99)).toBe(0);
    expect(await database.sweep(100)).toBe(1);
    expect(await get(1)).toBeUndefined();
    expect(await database.sweep(199)).toBe(0);
    expect(await database.sweep(200)).toBe(1);
    expect(await get(3)).toEqual(attachment(3));
    expect(database.usage.count).toBe(1);
  });

  test('leave no byte in the files of the engine once they were swept, whatever was written and opened before', async () => {
    const act = fc.constantFrom('put', 'again', 'reopen', 'sweep', 'sweep');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(act, fc.nat(4)), { maxLength: 14 }), async (steps) => {
        const root = await mkdtemp(join(tmpdir(), 'wardmesh-swept-'));
        const swept = new AttachmentDatabase({ path: root });
        await swept.open();
        const made: { readonly attachment: Attachment; expires: number }[] = [];
        try {
          for (const [now, [what, life]] of [...steps, ['sweep', 0] as const].entries()) {
            if (what === 'put') {
              const random = { salt: randomBytes(32), bytes: randomBytes(200) };
              made.push({ attachment: random, expires: now + life });
              await swept.put(attachmentCommitment(random), random, now + life);
            } else if (what === 'again') {
              const last = made.at(-1);
              if (last === undefined || last.expires < now) continue;
              last.expires += 1;
              await swept.put(attachmentCommitment(last.attachment), last.attachment, last.expires);
            } else if (what === 'reopen') {
              await swept.close();
              await swept.open();
            } else {
              await swept.sweep(now);
              const files = await Promise.all((await readdir(root)).map((file) => readFile(join(root, file))));
              for (const { attachment: one, expires } of made.filter((row) => row.expires <= now)) {
                expect([expires, files.some((bytes) => bytes.includes(Buffer.from(one.bytes)))]).toEqual([
                  expires,
                  false,
                ]);
              }
            }
          }
        } finally {
          await swept.close();
          await rm(root, { recursive: true, force: true });
        }
      }),
      { numRuns: 25 },
    );
  });

  test('are refused beyond the bound of count or bytes, and there is room again after a sweep', async () => {
    for (let n = 0; n < 5; n++) await put(n, n);
    await expect(put(9, 100)).rejects.toMatchObject({ code: 'store.full', type: { limit: 5 } });
    await put(3, 50);
    await database.sweep(2);
    await put(9, 100);
    await database.sweep(1000);
    await put(1, 1, 2500);
    await expect(put(2, 1, 2500)).rejects.toMatchObject({ code: 'store.full', type: { limit: 3000 } });
  });

  test('are counted the same while running and after a restart', async () => {
    const step = fc.record({ n: fc.nat(6), expires: fc.nat(20), act: fc.constantFrom('put', 'delete', 'sweep') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const { n, expires, act } of steps) {
          if (act === 'put') await put(n, expires).catch(() => undefined);
          else if (act === 'delete') await database.delete(attachmentCommitment(attachment(n)));
          else await database.sweep(expires);
        }
        const { usage } = database;
        await database.close();
        await database.open();
        expect(database.usage).toEqual(usage);
        expect(usage.count).toBeLessThanOrEqual(5);
      }),
      { numRuns: 15 },
    );
  });

  test('are not there at all while the database is closed', async () => {
    await database.close();
    await expect(get(1)).rejects.toMatchObject({ code: 'store.closed' });
    await expect(put(1, 1)).rejects.toMatchObject({ code: 'store.closed' });
  });
});
