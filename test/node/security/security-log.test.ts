// The security log on disk: everything that was judged is read back in its order, across restarts, clock steps, rotation and
// torn ends; what has had its time opens no more; gateways bring their entries once.
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import type { Clock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { parseNetwork } from '../../../gateway/address.ts';
import type { Decision } from '../../../gateway/judge/decision.ts';
import { sumOf } from '../../../gateway/log/series.ts';
import { MAX_PENDING_REQUESTS } from '../../../node/security/pending.ts';
import { type LogPage, readPage, topThreats } from '../../../node/security/reader.ts';
import {
  MAX_GATEWAYS,
  MAX_SEQUENCE_STEP,
  SecurityLog,
  type SecurityLogOptions,
} from '../../../node/security/security-log.ts';
import { decision, plainDecision, START } from '../../gateway/log/generators.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

const DAY = 86_400_000;
const logger = createLogger({ level: 'silent' });
const storageKey = randomBytes(32);
let path: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'wardmesh-security-'));
});
afterEach(() => rm(path, { recursive: true, force: true }));

/** A clock that somebody set. */
class SteppingClock extends ManualClock {
  offset = 0;
  override now(): number {
    return super.now() + this.offset;
  }
}

interface Opening extends Partial<SecurityLogOptions> {
  readonly clock?: Clock;
  readonly demandRoom?: () => void;
}

async function opened({ clock = new ManualClock(START), demandRoom = () => undefined, ...options }: Opening = {}) {
  const log = new SecurityLog({ path, storageKey, ...options }, { clock, logger, demandRoom });
  await log.start();
  return log;
}

async function all(log: SecurityLog, limit = 7): Promise<readonly { number: number; reference: string }[]> {
  const found: { number: number; reference: string }[] = [];
  let page: LogPage = { entries: [], next: undefined };
  do {
    page = await readPage(log, {}, limit, page.next);
    found.push(...page.entries.map(({ number, decision: { reference } }) => ({ number, reference })));
  } while (page.next !== undefined);
  return found.reverse();
}

const referenceOf = (place: number) => String(place).padStart(12, '0');

describe('what was judged', () => {
  test('property 13: log order: entries are read back in the order of judgement, across restarts, clock steps and rotation', async () => {
    const step = fc.constantFrom('judge', 'judge', 'judge', 'restart', 'back', 'ahead', 'write');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.integer({ min: 1, max: 30 })), { maxLength: 25 }), async (steps) => {
        path = await mkdtemp(join(tmpdir(), 'wardmesh-security-'));
        const clock = new SteppingClock(START);
        let log = await opened({ clock, segmentBytes: 2_000, retention: 60 });
        let judged = 0;
        for (const [what, count] of steps) {
          if (what === 'back') clock.offset -= count * 3_600_000;
          else if (what === 'ahead') clock.offset += count * 3_600_000;
          else if (what === 'write') await log.settled();
          else if (what === 'restart') {
            await log.stop();
            log = await opened({ clock, segmentBytes: 2_000, retention: 60 });
          } else {
            for (let more = 0; more < count; more++) {
              log.append(plainDecision({ reference: referenceOf(++judged), at: clock.now() + more }));
            }
          }
        }
        await log.stop();
        log = await opened({ clock, segmentBytes: 2_000, retention: 60 });
        const expected = Array.from({ length: judged }, (_, place) => ({
          number: place + 1,
          reference: referenceOf(place + 1),
        }));
        expect(await all(log, 50)).toEqual(expected);
        await log.stop();
        await rm(path, { recursive: true, force: true });
      }),
      { numRuns: 15 },
    );
  });

  test('property 12: complete log entries: every request that was judged has its one entry with all of the decision', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(decision, { minLength: 1, maxLength: 60 }), async (decisions) => {
        path = await mkdtemp(join(tmpdir(), 'wardmesh-security-'));
        const log = await opened();
        const judged = decisions.map((made, place): Decision => ({ ...made, reference: referenceOf(place) }));
        for (const made of judged) {
          log.append(made);
          log.answered(made, 204);
        }
        await log.settled();
        const { entries } = await readPage(log, {}, 1000);
        expect([...entries].reverse().map((entry) => entry.decision)).toEqual(judged);
        for (const {
          status,
          decision: { action },
        } of entries)
          expect(status).toBe(action === 'allow' ? 204 : undefined);
        expect(log.lost).toBe(0);
        expect(log.counts.entries).toBe(judged.length);
        await log.stop();
        await rm(path, { recursive: true, force: true });
      }),
      { numRuns: 15 },
    );
  });

  test('property 27: time series accuracy: after restarts and rotation the buckets sum to the entries that are kept', async () => {
    const clock = new ManualClock(START);
    const options = { clock, segmentBytes: 1_000, maxBytes: 6_000 };
    let log = await opened(options);
    for (let place = 0; place < 300; place++) {
      log.append(plainDecision({ at: clock.now() + place * 1_000, reference: referenceOf(place) }));
      if (place % 10 === 9) await log.settled();
      if (place % 100 === 99) {
        await log.stop();
        log = await opened(options);
      }
    }
    const kept = await all(log);
    const buckets = log.counts.series(START - DAY, START + DAY, 120_000);
    expect(buckets.reduce((sum, { actions }) => sum + sumOf(actions), 0)).toBe(kept.length);
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.length).toBeLessThan(300);
    expect(kept.at(-1)).toEqual({ number: 300, reference: referenceOf(299) });
    await log.stop();
  });

  test('waits a moment for the answer, and no longer; the buffer is what the options state', async () => {
    const clock = new ManualClock(START);
    const log = await opened({ clock });
    const slow = plainDecision({ reference: referenceOf(1) });
    const quick = plainDecision({ reference: referenceOf(2) });
    log.append(slow);
    log.append(quick);
    log.answered(quick, 200);
    await clock.advanceAsync(300);
    expect((await readPage(log, {}, 10)).entries).toEqual([]);
    const written = async () => {
      await clock.advanceAsync(250);
      return log.end;
    };
    await expect.poll(written).toBe(3);
    log.answered(slow, 200);
    const { entries } = await readPage(log, {}, 10);
    expect(entries.map(({ status }) => status)).toEqual([200, undefined]);
    await log.stop();
    expect(clock.pending).toBe(0);
  });

  test('is counted as lost beyond the stated buffer while the disk is full, and goes on with its count written', async () => {
    let full = true;
    const room = () => {
      if (full) throw new Error('no room');
    };
    let log = await opened({ demandRoom: room });
    for (let place = 0; place < MAX_PENDING_REQUESTS + 3; place++) log.append(plainDecision());
    await expect(log.settled()).rejects.toThrow('no room');
    expect(log.lost).toBe(3);
    full = false;
    await log.settled();
    expect(log.end).toBe(MAX_PENDING_REQUESTS + 1);
    await log.stop();
    log = await opened();
    expect(log.lost).toBe(3);
    await log.stop();
  });

  test('survives an end in the middle of a write: what was whole stays, and the log goes on behind it', async () => {
    let log = await opened();
    for (let place = 1; place <= 5; place++) log.append(plainDecision({ reference: referenceOf(place) }));
    await log.stop();
    const [file] = (await readdir(path)).filter((name) => name.endsWith('.log'));
    const whole = await readFile(join(path, file));
    await appendFile(join(path, file), whole.subarray(0, whole.length - 3));
    log = await opened();
    log.append(plainDecision({ reference: referenceOf(6) }));
    await log.settled();
    expect((await all(log)).map(({ reference }) => reference)).toEqual([1, 2, 3, 4, 5, 6].map(referenceOf));
    await log.stop();
  });
});

describe('what is kept', () => {
  test('opens no more after its retention: the key is gone from the disk, and the files go', async () => {
    const clock = new ManualClock(START);
    const log = await opened({ clock, retention: 2 });
    log.append(plainDecision({ at: clock.now() }));
    await log.settled();
    const [name] = (await readdir(path)).filter((file) => file.endsWith('.key'));
    const key = await readFile(join(path, name));
    const [segment] = log.files;
    const [block] = await log.blocks(segment);
    expect(log.open(block)).toHaveLength(1);
    for (let hours = 0; hours < 72; hours++) {
      clock.advance(3_600_000);
      await new Promise((resolve) => setImmediate(resolve));
      await log.settled();
    }
    await expect.poll(() => readdir(path)).toEqual([]);
    expect(log.open(block)).toBeUndefined();
    expect(log.counts.entries).toBe(0);
    expect(key.length).toBeGreaterThan(32);
    await log.stop();
  });

  test('shows no address in any file', async () => {
    const log = await opened();
    log.append(plainDecision({ endpoint: '/oncology/:id' }));
    await log.stop();
    for (const name of await readdir(path)) {
      const bytes = await readFile(join(path, name));
      for (const trace of ['192.0.2.7', 'c0000207', 'oncology']) expect(bytes.includes(trace)).toBe(false);
      expect(bytes.includes(Buffer.from([0xc0, 0x00, 0x02, 0x07]))).toBe(false);
    }
  });

  test('a key of a clock that was ahead ends like one of today', async () => {
    const clock = new SteppingClock(START);
    clock.offset = 400 * DAY;
    let log = await opened({ clock, retention: 2 });
    log.append(plainDecision({ at: clock.now() }));
    await log.stop();
    clock.offset = 0;
    log = await opened({ clock, retention: 2 });
    expect(await all(log)).toHaveLength(1);
    await log.stop();
    clock.offset = 3 * DAY;
    log = await opened({ clock, retention: 2 });
    expect(await all(log)).toEqual([]);
    expect(await readdir(path)).toEqual([]);
    await log.stop();
  });
});

describe('reading', () => {
  test('property 26: top threats ranking: over files of many blocks it equals the ranking of what is read', async () => {
    const log = await opened({ segmentBytes: 1_500 });
    const judged = fc.sample(decision, { numRuns: 400, seed: 7 });
    for (const [place, made] of judged.entries()) {
      log.append(made);
      if (place % 50 === 0) await log.settled();
    }
    await log.settled();
    const { threats, complete } = await topThreats(log, START - DAY, START + DAY, 10);
    expect(complete).toBe(true);
    expect(threats).toHaveLength(10);
    const scores = new Map<string, number>();
    for (const { client, score, action, judged: wanted } of judged) {
      const name = JSON.stringify(client);
      if (action !== 'allow' || wanted !== 'allow' || score >= 40)
        scores.set(name, Math.max(score, scores.get(name) ?? 0));
    }
    const highest = [...scores.values()].sort((a, b) => b - a).slice(0, 10);
    expect(threats.map(({ score }) => score)).toEqual(highest);
    await log.stop();
  });

  test('finds by address, action and time, page by page', async () => {
    const log = await opened({ segmentBytes: 1_500 });
    const judged = fc.sample(decision, { numRuns: 300, seed: 8 });
    for (const [place, made] of judged.entries()) log.append({ ...made, reference: referenceOf(place) });
    await log.settled();
    const network = parseNetwork('192.0.2.0/29');
    const [from, to] = [START + 60_000, START + 400_000];
    const found: string[] = [];
    let before: number | undefined;
    do {
      const page = await readPage(log, { network, action: 'refuse', from, to }, 3, before);
      found.push(...page.entries.map((entry) => entry.decision.reference));
      before = page.next;
    } while (before !== undefined);
    const expected = judged.flatMap(({ client, action, at }, place) => {
      const inside = client.family === 4 && client.high - 0xc0000200 < 8;
      return inside && action === 'refuse' && at >= from && at <= to ? [referenceOf(place)] : [];
    });
    expect(found.reverse()).toEqual(expected);
    expect(expected.length).toBeGreaterThan(5);
    await log.stop();
  });
});

describe('entries of other gateways', () => {
  test('stand by time among those of the others, each gateway in its own order', async () => {
    const log = await opened();
    const judged = (reference: string, after: number) => plainDecision({ reference, at: START + after });
    log.append(judged('own-1', 1_000));
    log.append(judged('own-2', 4_000));
    // The clock of this one was set back between its first two.
    const brought = [judged('front-1', 3_000), judged('front-2', 2_000), judged('front-3', 5_000)];
    await log.bring(
      'front',
      brought.map((decision, place) => ({ sequence: place + 1, status: 200, decision })),
    );
    log.append(judged('own-3', 4_500));
    await log.settled();
    const { entries } = await readPage(log, {}, 10);
    const found = entries.map(({ decision: { reference } }) => reference);
    expect(found).toEqual(['front-3', 'own-3', 'own-2', 'front-2', 'front-1', 'own-1']);
    const one = await readPage(log, { reference: 'front-2' }, 10);
    expect(one.entries.map(({ source, number }) => ({ source, number }))).toEqual([{ source: 'front', number: 4 }]);
    await log.stop();
  });

  const entries = (from: number, count: number) =>
    Array.from({ length: count }, (_, place) => ({
      sequence: from + place,
      status: 200,
      decision: plainDecision({ reference: referenceOf(from + place) }),
    }));

  test('are taken once, however often and in whatever pieces they are brought, also after a restart', async () => {
    let log = await opened();
    expect(await log.bring('front', entries(1, 5))).toBe(5);
    expect(await log.bring('front', entries(3, 5))).toBe(7);
    log.append(plainDecision({ reference: 'own' }));
    await log.stop();
    log = await opened();
    expect(log.sequenceOf('front')).toBe(7);
    expect(await log.bring('front', entries(1, 8))).toBe(8);
    expect(await log.bring('back', entries(1, 1))).toBe(1);
    const expected = [...[1, 2, 3, 4, 5, 6, 7].map(referenceOf), 'own', referenceOf(8), referenceOf(1)];
    expect((await all(log)).map(({ reference }) => reference)).toEqual(expected);
    await log.stop();
  });

  test('do not let the count of a gateway leap over what it may still bring, but where it begins', async () => {
    const log = await opened();
    const begin = 5 * MAX_SEQUENCE_STEP;
    expect(await log.bring('front', entries(begin, 1))).toBe(begin);
    const leap = { type: { code: 'threat.sequence' } };
    await expect(log.bring('front', entries(begin + MAX_SEQUENCE_STEP + 1, 1))).rejects.toMatchObject(leap);
    const far = [...entries(begin + 1, 1), ...entries(Number.MAX_SAFE_INTEGER, 1)];
    await expect(log.bring('front', far)).rejects.toMatchObject(leap);
    expect(await log.bring('front', entries(begin + 1, 2))).toBe(begin + 2);
    await log.stop();
  });

  test('past their retention are passed over; more gateways than there is room for are refused', async () => {
    const log = await opened({ retention: 1 });
    const old = { sequence: 1, status: 200, decision: plainDecision({ at: START - 2 * DAY }) };
    expect(await log.bring('front', [old])).toBe(1);
    expect(log.counts.entries).toBe(0);
    for (let number = 2; number <= MAX_GATEWAYS; number++) await log.bring(`gateway ${number}`, []);
    await expect(log.bring('one more', entries(1, 1))).rejects.toMatchObject({ type: { code: 'threat.gateways' } });
    await log.stop();
  });
});
