// What of the key rows a backup holds, what comes back of it, and that an older database is known as one.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes, toHex } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import { putCustodians, putSecret } from '../../node/charts/chart-store.ts';
import { CHART_TABLES, chartOfKey, chartPrefix, queueKey, rowKey } from '../../node/charts/layout.ts';
import { encodeRowItem } from '../../node/charts/rows-wire.ts';
import { KeyBackup } from '../../node/recovery/key-backup.ts';
import { KeyMarks } from '../../node/recovery/key-marks.ts';
import { MARK_KEY } from '../../node/recovery/layout.ts';
import { ownRows } from '../../node/recovery/own-rows.ts';
import {
  decodeRecoverAnswer,
  decodeRecoverMessage,
  encodeRecoverAnswer,
  encodeRecoverMessage,
  KEPT_TABLES,
} from '../../node/recovery/wire.ts';
import { COPY_FILE } from '../../node/store/journal-copy.ts';
import { journalPath, type LocalWrite } from '../../node/store/local-database.ts';
import { ShreddableDatabase } from '../../node/store/shreddable-database.ts';
import type { CATEGORIES } from '../../records/category.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const OWN = 1;
const storageKey = randomBytes(32);
const chart = (clinic: number, fill: number) => ({ clinic, chart: new Uint8Array(32).fill(fill) });
const put = (key: Uint8Array, value: Uint8Array = new Uint8Array([1])): LocalWrite => ({ type: 'put', key, value });

let directory: string;
const opened: ShreddableDatabase[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wardmesh-recovery-'));
});
afterAll(async () => {
  for (const database of opened) await database.close();
  await rm(directory, { recursive: true });
});

async function database(name: string): Promise<ShreddableDatabase> {
  const rows = new ShreddableDatabase({ path: join(directory, name), name: 'key rows', key: storageKey });
  await rows.open();
  opened.push(rows);
  return rows;
}

async function all(rows: ShreddableDatabase): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for await (const [key, value] of rows.range({ prefix: new Uint8Array(0) })) found.set(toHex(key), value);
  return found;
}

/** A packet for this clinic that waits to be sent. */
function waitingPacket(category: (typeof CATEGORIES)[number], fill: number): LocalWrite {
  const packet = {
    ...{ ...chart(OWN, fill), category, epoch: 1, grantee: OWN, granteeKey: randomBytes(32), grant: randomBytes(32) },
    ...{ purpose: 0, ends: 9, suite: 1, sealed: randomBytes(80), signer: randomBytes(32), signature: randomBytes(64) },
  };
  return put(queueKey(3, fill), encodeRowItem({ type: 'packet', packet }));
}

describe('a backup of key rows', () => {
  it('holds rows of own charts, none of others, and a category key only where nobody else has it', async () => {
    const rows = await database('chosen');
    const [kept, waits, alone, others] = [chart(OWN, 1), chart(OWN, 2), chart(OWN, 3), chart(4, 1)];
    const secret = (ref: typeof kept, category: (typeof CATEGORIES)[number]) =>
      putSecret(ref, category, { epoch: 1, key: randomBytes(32) });
    const record = randomBytes(32);
    await rows.batch([
      ...[kept, waits, alone, others].map((ref) => put(rowKey(ref, record, 1))),
      ...[kept, waits, alone].flatMap((ref) => [secret(ref, 'labs'), secret(ref, 'consent')]),
      ...[kept, waits, alone].map((ref) => put(concatBytes(chartPrefix('packet', ref), randomBytes(39)))),
      ...[kept, others].map((ref) => put(chartOfKey(record, ref.clinic), ref.chart)),
      putCustodians(kept, 'labs', [2, 3]),
      putCustodians(waits, 'labs', [2, 3]),
      putCustodians(alone, 'labs', [2]),
      waitingPacket('labs', 2),
      put(concatBytes(Uint8Array.of(0x10), clinicBytes(OWN), kept.chart)),
    ]);
    const chosen: Uint8Array[] = [];
    for await (const [key] of ownRows(rows.snapshot(), OWN, new Set())) chosen.push(key);
    const tables = (ref: typeof kept) =>
      chosen
        .filter((key) => toHex(key).includes(toHex(concatBytes(clinicBytes(ref.clinic), ref.chart))))
        .map(([t]) => t);
    const { row, secret: key, custody } = CHART_TABLES;
    expect(tables(kept)).toEqual([row, custody]);
    // Its consents are with both by now, its other key is still on the way.
    expect(tables(waits)).toEqual([row, custody, key]);
    expect(tables(alone).sort()).toEqual([row, key, key, custody]);
    expect(tables(others)).toEqual([]);
    expect(chosen.filter(([table]) => table === CHART_TABLES.chart)).toEqual([chartOfKey(record, OWN)]);
    expect(chosen.some(([table]) => table === CHART_TABLES.packet || table >= 0x10)).toBe(false);
  });

  it('is taken over into an empty database, opens with the storage key alone and leaves no file', async () => {
    const rows = await database('source');
    const ref = chart(OWN, 7);
    const value = randomBytes(600);
    await rows.batch(Array.from({ length: 1_100 }, (_, n) => put(rowKey(ref, new Uint8Array(32).fill(n), n), value)));
    const path = join(directory, 'own-keys');
    const from = new KeyBackup({ clinic: OWN, storageKey, path }, { rows });
    await mkdir(journalPath(path));
    const parts: Uint8Array[] = [];
    for await (const part of from.copy()) parts.push(part);
    const bytes = concatBytes(...parts);
    expect(Buffer.from(bytes).includes(Buffer.from(value.subarray(0, 16)))).toBe(false);
    await writeFile(join(journalPath(path), COPY_FILE), bytes);

    const target = await database('target');
    const stranger = new KeyBackup({ clinic: OWN, storageKey: randomBytes(32), path }, { rows: target });
    await expect(stranger.takeOver()).rejects.toThrow('store.key');
    const to = new KeyBackup({ clinic: OWN, storageKey, path }, { rows: target });
    await to.takeOver();
    await to.takeOver();
    expect(await all(target)).toEqual(await all(rows));
    await to.drop();
    expect(to.present).toBe(false);
  });
});

describe('the database of key rows', () => {
  const secret = (epoch: number) => putSecret(chart(OWN, 1), 'labs', { epoch, key: randomBytes(32) });

  it('is known as lost, as older than the clinic, or as whole', async () => {
    const store = new MemoryKeyValues();
    const rows = await database('marked');
    const marks = new KeyMarks({ rows, store });
    expect(await marks.standing()).toBe('new');
    await marks.advance();
    const counted = marks.counting();
    await counted.batch([secret(1)]);
    const older = await all(rows);
    expect(await new KeyMarks({ rows, store }).standing()).toBe('whole');
    await counted.batch([put(rowKey(chart(OWN, 1), randomBytes(32), 1))]);
    expect(await rows.get(MARK_KEY)).toEqual(older.get(toHex(MARK_KEY)));
    await counted.batch([secret(2)]);

    const restored = await database('older');
    await restored.batch([...older].map(([key, value]) => put(Uint8Array.from(Buffer.from(key, 'hex')), value)));
    expect(await new KeyMarks({ rows: restored, store }).standing()).toBe('older');
    expect(await new KeyMarks({ rows: await database('empty'), store }).standing()).toBe('lost');
    // A crash between both: what the clinic remembers is lower.
    const before = new MemoryKeyValues();
    await before.put(new Uint8Array(0), new Writer(8).u64(1).finish());
    expect(await new KeyMarks({ rows, store: before }).standing()).toBe('whole');
  });
});

describe('messages of a recovery', () => {
  it('decode to what was encoded, and nothing else decodes', () => {
    const place = fc.uint8Array({ maxLength: 96 });
    const messages = fc.oneof(
      fc.constant({ type: 'lost' as const }),
      fc.record({ type: fc.constant('page' as const), table: fc.constantFrom(...KEPT_TABLES), after: place }),
    );
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeRecoverMessage(encodeRecoverMessage(message))).toEqual(message);
      }),
    );
    const item = fc.record({ type: fc.constant('blob' as const), cid: fc.string({ maxLength: 20 }), bytes: place });
    const answers = fc.record({
      type: fc.constant('page' as const),
      next: place,
      items: fc.array(item, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(answers, (answer) => {
        expect(decodeRecoverAnswer(encodeRecoverAnswer(answer))).toEqual(answer);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const [decode, encode] of [
          [decodeRecoverMessage, encodeRecoverMessage],
          [decodeRecoverAnswer, encodeRecoverAnswer],
        ] as const) {
          let decoded: unknown;
          try {
            decoded = decode(bytes);
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^codec\./);
            continue;
          }
          expect(encode(decoded as never)).toEqual(bytes);
        }
      }),
    );
  });
});
