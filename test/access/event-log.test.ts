// The clinic's event log: chain, signatures, bounds, pages, and what is left after a stop without warning.
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256, signingKeyPair } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { createLogger } from '../../common/logger.ts';
import { ROLES } from '../../consensus/ledger/accounts/types.ts';
import { ALIKE_TTL_MS, MAX_ALIKE_EVENTS } from '../../node/access/event-log/alike.ts';
import { decodeEntry, type EventEntry, encodeEntry } from '../../node/access/event-log/entry.ts';
import { EventLog, MAX_PENDING_EVENTS } from '../../node/access/event-log/event-log.ts';
import { EventReader } from '../../node/access/event-log/reader.ts';
import { ENTRIES_PREFIX, entryKey, SIGNATURES_PREFIX } from '../../node/access/event-log/rows.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { OPERATOR, type Principal } from '../../rpc/access/principal.ts';
import type { AccessEvent } from '../../rpc/ports.ts';
import { CLIENT } from '../helpers/call-context.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { temporaryDirectory } from '../store/chain-fixture.ts';

const GENESIS = sha256(Uint8Array.of(7));
const KEY = signingKeyPair(sha256(Uint8Array.of(8)));
const OTHER = signingKeyPair(sha256(Uint8Array.of(9)));

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: LocalDatabase;
let clock: ManualClock;
let full = false;

beforeEach(async () => {
  directory = await temporaryDirectory();
  full = false;
  clock = new ManualClock();
  database = new LocalDatabase(
    { path: join(directory.path, 'access'), name: 'access', key: sha256(Uint8Array.of(1)) },
    {
      demandRoom: () => {
        if (full) throw new Error('no room');
      },
    },
  );
  await database.open();
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

async function openLog(maxBytes?: number, onBatch: (sync: boolean) => void = () => undefined) {
  const logger = createLogger({ destination: { write: () => undefined } });
  const watched = new Proxy(database, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value;
      return (...[writes, options]: Parameters<LocalDatabase['batch']>) => {
        onBatch(options?.sync === true);
        return target.batch(writes, options);
      };
    },
  });
  const log = new EventLog(
    { genesisId: GENESIS, clinic: 1, tagKey: sha256(Uint8Array.of(2)), maxBytes },
    { database: watched, key: () => KEY, clock, logger },
  );
  const reader = readerOf(log);
  await log.start();
  return { log, reader };
}

function readerOf(log: EventLog, isOwnKey = (key: Uint8Array) => Buffer.from(key).equals(KEY.publicKey)): EventReader {
  return new EventReader({ genesisId: GENESIS, clinic: 1 }, { log, database, isOwnKey });
}

const person = (user: string, name = 'kim'): Principal => ({
  kind: 'session',
  session: { id: '00'.repeat(16), user, account: null, name, roles: ['nurse'], factorAt: null },
});
const KIM = person('ab'.repeat(16));

function event(about: Partial<AccessEvent> = {}): AccessEvent {
  const read = { principal: KIM, method: 'patient_get', outcome: 'permitted', code: null, object: null } as const;
  return { ...read, client: CLIENT, ...about };
}

async function countOf(prefix: Uint8Array): Promise<number> {
  let count = 0;
  for await (const _ of database.range({ prefix })) count++;
  return count;
}

describe('entries', () => {
  const entry: fc.Arbitrary<EventEntry> = fc.record({
    number: fc.nat(),
    time: fc.nat(),
    previous: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    kind: fc.constantFrom('node', 'open', 'operator', 'session', 'application'),
    actor: fc.uint8Array({ maxLength: 16 }),
    name: fc.string({ unit: 'binary', maxLength: 300 }),
    roles: fc.subarray([...ROLES]),
    method: fc.string({ maxLength: 100 }),
    outcome: fc.constantFrom('permitted', 'refused'),
    code: fc.string({ maxLength: 100 }),
    object: fc.uint8Array({ maxLength: 16 }),
    address: fc.string({ maxLength: 100 }),
    times: fc.nat(),
  });

  test('come back as they were, texts shortened to whole characters without controls', () => {
    fc.assert(
      fc.property(entry, (given) => {
        const read = decodeEntry(encodeEntry(given));
        expect({ ...read, name: '', method: '', code: '', address: '' }).toEqual({
          ...given,
          ...{ name: '', method: '', code: '', address: '' },
        });
        expect(Buffer.byteLength(read.name)).toBeLessThanOrEqual(400);
        expect(read.name).not.toMatch(/\p{Cc}/u);
        expect(encodeEntry(read)).toEqual(encodeEntry(given));
      }),
    );
  });

  test('that are cut short, longer or random are refused with a coded error', () => {
    fc.assert(
      fc.property(entry, fc.uint8Array({ maxLength: 200 }), fc.nat(), (given, random, at) => {
        const bytes = encodeEntry(given);
        for (const wrong of [random, bytes.subarray(0, at % bytes.length), Buffer.concat([bytes, Buffer.of(0)])]) {
          try {
            expect(encodeEntry(decodeEntry(wrong))).toEqual(new Uint8Array(wrong));
          } catch (error) {
            if (!(error instanceof CodecError)) throw error;
          }
        }
      }),
    );
  });
});

describe('the event log', () => {
  test('is on disk when it says so, and goes on where it ended after a stop without warning', async () => {
    const { log } = await openLog();
    log.record(event({ object: '123-45-6789' }));
    await log.settled();
    // Nothing was stopped: what is in memory of this log is gone.
    const next = await openLog();
    next.log.record(event({ method: 'patient_history' }));
    await next.log.stop();
    const { entries } = await next.reader.list({}, 10);
    expect(entries.map(({ number, method }) => [number, method])).toEqual([
      [4, 'patient_history'],
      [3, 'log.started'],
      [2, 'patient_get'],
      [1, 'log.started'],
    ]);
    expect(await next.reader.check()).toEqual({ first: 1, entries: 4, signed: 4, broken: null });
  });

  test('signs once a second at most, or each 256 entries', async () => {
    const { log } = await openLog();
    expect(await countOf(SIGNATURES_PREFIX)).toBe(0);
    for (let n = 0; n < 200; n++) log.record(event());
    await log.settled();
    expect(await countOf(SIGNATURES_PREFIX)).toBe(0);
    clock.advance(1000);
    await log.settled();
    expect(await countOf(SIGNATURES_PREFIX)).toBe(1);
    for (let n = 0; n < 600; n++) {
      log.record(event());
      if (n % 300 === 299) await log.settled();
    }
    expect(await countOf(SIGNATURES_PREFIX)).toBe(3);
    await log.stop();
    expect(clock.pending).toBe(0);
  });

  test('takes what waits for the disk there together, and makes nobody wait for a signature', async () => {
    const synced: boolean[] = [];
    const { log } = await openLog(undefined, (sync) => synced.push(sync));
    synced.length = 0;
    await Promise.all(
      Array.from({ length: 64 }, () => {
        log.record(event());
        return log.settled();
      }),
    );
    expect(await countOf(ENTRIES_PREFIX)).toBe(65);
    expect(synced).toEqual([true]);
    clock.advance(1000);
    await log.settled();
    expect(await countOf(SIGNATURES_PREFIX)).toBe(1);
    expect(synced).toEqual([true, false]);
    // Who comes while one write is on its way shares the next.
    log.record(event());
    const first = log.settled();
    await Promise.resolve();
    await Promise.resolve();
    const later = Array.from({ length: 64 }, () => {
      log.record(event());
      return log.settled();
    });
    await Promise.all([first, ...later]);
    expect(synced.length).toBeLessThanOrEqual(4);
    expect(synced.slice(2)).not.toContain(false);
  });

  test('finds what was changed, left out, put in or signed by somebody else', async () => {
    const { log, reader } = await openLog();
    for (let n = 0; n < 9; n++) log.record(event({ object: `patient ${n}` }));
    await log.stop();
    expect(await reader.check()).toEqual({ first: 1, entries: 10, signed: 10, broken: null });
    expect((await readerOf(log, () => false).check()).broken).toBe(10);
    expect((await readerOf(log, (key) => Buffer.from(key).equals(OTHER.publicKey)).check()).broken).toBe(10);
    const fifth = (await database.get(entryKey(5))) as Uint8Array;
    const changed = encodeEntry({ ...decodeEntry(fifth), name: 'lee' });
    await database.batch([{ type: 'put', key: entryKey(5), value: changed }]);
    expect((await reader.check()).broken).toBe(6);
    await database.batch([{ type: 'del', key: entryKey(5) }]);
    expect((await reader.check()).broken).toBe(5);
    await database.batch([{ type: 'put', key: entryKey(5), value: Uint8Array.of(1, 2, 3) }]);
    expect((await reader.check()).broken).toBe(5);
    await database.batch([{ type: 'put', key: entryKey(5), value: fifth }]);
    expect((await reader.check()).broken).toBe(null);
    await database.batch([{ type: 'del', key: entryKey(10) }]);
    expect((await reader.check()).broken).toBe(10);
  });

  test('holds neither parameters nor anything from which they follow, only tags', async () => {
    const { log, reader } = await openLog();
    log.record(event({ object: '123-45-6789' }));
    log.record(event({ object: '123-45-6789', method: 'patient_history' }));
    log.record(event({ object: '987-65-4321' }));
    await log.settled();
    const { entries } = await reader.list({ object: '123-45-6789' }, 10);
    expect(entries.map(({ method }) => method)).toEqual(['patient_history', 'patient_get']);
    const all = JSON.stringify((await reader.list({}, 10)).entries);
    expect(all).not.toContain('6789');
    expect(all).not.toContain(
      Buffer.from(sha256(Buffer.from('123-45-6789')))
        .toString('hex')
        .slice(0, 32),
    );
    await log.stop();
  });

  test('pages newest first, with filters, none twice and none left out', async () => {
    const { log, reader } = await openLog();
    const users = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(16));
    for (let n = 0; n < 300; n++) {
      clock.advance(100);
      log.record(event({ principal: person(users[n % 3]), method: n % 2 === 0 ? 'patient_get' : 'patient_history' }));
      if (n % 100 === 0) await log.settled();
    }
    const seen: number[] = [];
    let after: number | undefined;
    do {
      const page = await reader.list({ actor: users[1], method: 'patient_get' }, 17, after);
      seen.push(...page.entries.map(({ number }) => number));
      after = page.next ?? undefined;
    } while (after !== undefined);
    const wanted = Array.from({ length: 300 }, (_, n) => n).filter((n) => n % 3 === 1 && n % 2 === 0);
    expect(seen).toEqual(wanted.map((n) => n + 2).reverse());
    const [first] = (await reader.list({}, 1)).entries;
    const between = await reader.list({ from: first.time - 1000, to: first.time - 500 }, 100);
    expect(between.entries.map(({ number }) => number)).toEqual([5, 6, 7, 8, 9, 10].map((n) => 301 - n));
    expect((await reader.list({ to: 1 }, 10)).entries).toEqual([]);
    expect((await reader.list({ outcome: 'refused' }, 10)).entries).toEqual([]);
    await log.stop();
  });

  test('lets the oldest go when it is full, says how many, and its chain still holds', async () => {
    const { log, reader } = await openLog(40_000);
    let cut = 0;
    for (let n = 0; n < 1000; n++) {
      log.record(event());
      if (n % 50 !== 0) continue;
      await log.settled();
      const [last] = (await reader.list({ method: 'log.cut' }, 1)).entries;
      if (log.span.first - 1 > cut) expect(last.times).toBe(log.span.first - 1 - cut);
      cut = log.span.first - 1;
    }
    await log.stop();
    const state = await reader.check();
    expect(state.broken).toBe(null);
    expect(state.first).toBeGreaterThan(500);
    expect(await countOf(ENTRIES_PREFIX)).toBe(state.entries);
    expect(state.entries).toBeLessThan(400);
    const again = await openLog(40_000);
    expect((await again.reader.check()).broken).toBe(null);
    await again.log.stop();
  });

  test('does not let anybody push out the past by being refused: what is alike counts together', async () => {
    const { log, reader } = await openLog();
    const refused = { outcome: 'refused', code: 'rpc.unauthorized', method: 'patient_get' } as const;
    const from = (n: number) => ({ ...CLIENT, address: `203.0.113.${n % 256} ${n}` });
    for (let n = 0; n < 1000; n++) log.record(event({ ...refused, principal: { kind: 'open' }, client: from(n) }));
    for (let n = 0; n < 1000; n++) log.record(event({ ...refused, code: 'rpc.forbidden', object: String(n) }));
    for (let n = 0; n < 50; n++) log.record(event({ ...refused, code: 'rpc.scope' }));
    clock.advance(ALIKE_TTL_MS);
    await log.stop();
    const { entries } = await reader.list({}, 1000);
    expect(entries.length).toBeLessThan(4 * MAX_ALIKE_EVENTS + 8);
    expect(entries.reduce((sum, { times, kind }) => sum + (kind === 'node' ? 0 : times), 0)).toBe(2050);
    expect((await reader.check()).broken).toBe(null);
    // Permitted acts of known persons stand alone, each of them.
    const more = await openLog();
    for (let n = 0; n < 300; n++) more.log.record(event());
    await more.log.stop();
    expect((await more.reader.list({ outcome: 'permitted' }, 1000)).entries.length).toBeGreaterThan(300);
  });

  test('refuses to say that all is on disk when it is not, keeps what waits, and tells what was too much', async () => {
    const { log, reader } = await openLog();
    full = true;
    for (let n = 0; n < MAX_PENDING_EVENTS + 10; n++) log.record(event());
    await expect(log.settled()).rejects.toThrow();
    full = false;
    await log.settled();
    await log.stop();
    const { entries } = await reader.list({}, 1);
    expect([entries[0].method, entries[0].times]).toEqual(['log.lost', 10]);
    expect(await reader.check()).toMatchObject({ entries: MAX_PENDING_EVENTS + 2, broken: null });
  });

  test('never lets time go back', async () => {
    const { log, reader } = await openLog();
    log.record(event());
    const earlier = new ManualClock(1_700_000_000_000);
    await log.settled();
    clock = earlier;
    const next = await openLog();
    next.log.record(event({ principal: OPERATOR }));
    await next.log.stop();
    const times = (await next.reader.list({}, 10)).entries.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect((await reader.list({}, 1)).entries).toHaveLength(1);
  });
});
