// Blocks of the security log as bytes, the minutes that they count, and who stands out most.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { formatNetwork, parseAddress } from '../../../gateway/address.ts';
import type { Decision, FactorName } from '../../../gateway/judge/decision.ts';
import { blocksIn, LOG_ACTIONS, MAX_BLOCK_ENTRIES, openBlock, sealBlock } from '../../../gateway/log/block.ts';
import { type LoggedRequest, minuteOf, readEntry } from '../../../gateway/log/entry.ts';
import { isThreat, Ranking, type Threat } from '../../../gateway/log/ranking.ts';
import { MAX_BUCKETS, MinuteCounts, sumOf } from '../../../gateway/log/series.ts';
import { logged, plainDecision, START } from './generators.ts';

const MINUTE = 60_000;
const key = randomBytes(32);
const facts = { key: 1, first: 1, minute: minuteOf(START), lost: 0, source: '', sequence: 0 };

const sameMinute = fc.array(logged, { minLength: 1, maxLength: 40 }).map((entries) =>
  entries.map(
    ({ decision, status }): LoggedRequest => ({
      status,
      decision: { ...decision, at: START - (START % MINUTE) + (decision.at % MINUTE) },
    }),
  ),
);

describe('a block of entries', () => {
  test('property 12: complete log entries: a block gives back address, score, level, all factors, action and time', () => {
    fc.assert(
      fc.property(sameMinute, (entries) => {
        const block = sealBlock(key, facts, entries);
        const [read] = [...blocksIn(block.bytes)];
        expect(read.head).toEqual(block.head);
        expect(openBlock(key, read)).toEqual(entries);
      }),
      { numRuns: 60 },
    );
  });

  test('opens under no other key, and not with another head', () => {
    const { bytes, head, headEnd } = sealBlock(key, facts, [{ decision: plainDecision(), status: 200 }]);
    expect(() => openBlock(randomBytes(32), { head, bytes, headEnd })).toThrow();
    // Its first number.
    const changed = bytes.slice();
    changed[16] ^= 1;
    const [read] = [...blocksIn(changed)];
    expect(() => openBlock(key, read)).toThrow();
  });

  test('shows no address where it stands open', () => {
    const { bytes } = sealBlock(key, facts, [{ decision: plainDecision(), status: 200 }]);
    const text = Buffer.from(bytes);
    expect(text.includes(Buffer.from([0xc0, 0x00, 0x02, 0x07]))).toBe(false);
    expect(text.includes('192.0.2.7')).toBe(false);
  });

  test('is read up to where it was cut or changed, whatever the bytes', () => {
    const whole = sealBlock(key, facts, [{ decision: plainDecision(), status: undefined }]).bytes;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 200 }), (cut, rest) => {
        expect([...blocksIn(whole.subarray(0, cut))]).toEqual([]);
        const changed = Buffer.concat([whole.subarray(0, cut), rest]);
        // One byte in 256 is the one that was cut off.
        fc.pre(!changed.subarray(0, whole.length).equals(whole));
        for (const block of blocksIn(changed)) {
          expect(block.head.count).toBeLessThanOrEqual(MAX_BLOCK_ENTRIES);
          expect(() => openBlock(key, block)).toThrow();
        }
      }),
    );
  });

  test('an entry that no node wrote is refused with a coded error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          readEntry(new Reader(bytes), 1);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('cuts what others made long, and keeps the entry', () => {
    const long = plainDecision({
      endpoint: '/\u0007é'.repeat(500),
      signatures: Array.from({ length: 100 }, () => 's'.repeat(100)),
      factors: [{ name: 'rate', points: 9_999, measured: 'x'.repeat(1000) }],
    });
    const [entry] = openBlock(key, sealBlock(key, facts, [{ decision: long, status: 200 }]));
    expect(entry.decision.signatures).toHaveLength(16);
    expect(entry.decision.factors[0].measured).toHaveLength(64);
    expect(entry.decision.endpoint).toMatch(/^[/ é]+$/);
  });
});

describe('the time series', () => {
  test('property 27: time series accuracy: buckets sum to the entries, each in the bucket of its time, without a gap', () => {
    const step = fc.constantFrom(1, 2, 5, 15, 60);
    fc.assert(
      fc.property(fc.array(logged, { maxLength: 60 }), step, fc.nat(59_999), (entries, minutes, offset) => {
        const counts = new MinuteCounts();
        for (const entry of entries) {
          const { decision } = entry;
          counts.add(sealBlock(key, { ...facts, minute: minuteOf(decision.at) }, [entry]).head);
        }
        const [from, to, width] = [START - offset, START + 11 * MINUTE + offset, minutes * MINUTE];
        const buckets = counts.series(from, to, width);
        expect(buckets.reduce((sum, { actions }) => sum + sumOf(actions), 0)).toBe(entries.length);
        expect(counts.entries).toBe(entries.length);
        for (const [place, bucket] of buckets.entries()) {
          expect(bucket.from % width).toBe(0);
          if (place > 0) expect(bucket.from - buckets[place - 1].from).toBe(width);
          for (const action of LOG_ACTIONS) {
            const mine = entries.filter(
              ({ decision }) =>
                decision.action === action && decision.at >= bucket.from && decision.at < bucket.from + width,
            );
            expect(bucket.actions[action]).toBe(mine.length);
          }
        }
        expect(buckets[0].from).toBeLessThanOrEqual(from);
        expect((buckets.at(-1)?.from ?? 0) + width).toBeGreaterThan(to);
      }),
      { numRuns: 60 },
    );
  });

  test('takes back what is kept no longer, and is bounded', () => {
    const counts = new MinuteCounts();
    const { head } = sealBlock(key, facts, [{ decision: plainDecision(), status: 200 }]);
    counts.add(head);
    counts.add(head);
    counts.remove(head);
    expect(counts.entries).toBe(1);
    expect(counts.series(0, START, MINUTE)).toHaveLength(MAX_BUCKETS);
  });
});

describe('the ranking', () => {
  test('property 26: top threats ranking: the ten are the first ten of a full sort, ties in the stated order', () => {
    fc.assert(
      fc.property(fc.array(logged, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (entries, count) => {
        const ranking = new Ranking();
        for (const entry of entries) ranking.add(entry);
        expect(ranking.top(count)).toEqual(sorted(entries).slice(0, count));
        expect(ranking.complete).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('counts of each detector whom it challenged, and who of them came on as people', () => {
    const ranking = new Ranking();
    const add = (number: number, fields: Partial<Decision>) => {
      const client = parseAddress(`192.0.2.${number}`);
      ranking.add({ decision: { ...plainDecision(), score: 40, client, ...fields }, status: undefined });
    };
    const stopped = { action: 'challenge', judged: 'challenge' } as const;
    const passed = { action: 'allow', judged: 'allow' } as const;
    const by = (name: FactorName) => ({ factors: [{ name, points: 30, measured: '' }] });
    add(1, { ...stopped, rule: 'score', ...by('repeats') });
    add(1, { ...passed, rule: 'clearance', ...by('repeats') });
    add(1, { ...passed, rule: 'clearance', ...by('repeats') });
    add(2, { ...stopped, rule: 'score', ...by('repeats') });
    add(3, { ...stopped, rule: 'coordinated', ...by('session') });
    add(3, { ...passed, rule: 'signed-in', ...by('rate') });
    // While a gateway observes, whom it would have challenged; and who was signed in before anybody challenged.
    add(4, { ...stopped, action: 'allow', rule: 'blocklist', ...by('reports') });
    add(5, { ...passed, rule: 'signed-in', ...by('rate') });
    add(6, { action: 'refuse', judged: 'refuse', rule: 'score', ...by('errors') });
    expect(ranking.challenged()).toEqual([
      { by: 'repeats', addresses: 2, passed: 1 },
      { by: 'coordinated', addresses: 1, passed: 1 },
      { by: 'blocklist', addresses: 1, passed: 0 },
    ]);
  });
});

/** By hand: everything of each address together, then all of them sorted. */
function sorted(entries: readonly LoggedRequest[]): Threat[] {
  const groups = new Map<string, LoggedRequest[]>();
  for (const entry of entries.filter(isThreat)) {
    const name = formatNetwork(entry.decision.client);
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  const threats = [...groups].map(([name, mine]) => {
    const highest = Math.max(...mine.map(({ decision }) => decision.score));
    const worst = mine.find(({ decision }) => decision.score === highest) as LoggedRequest;
    const { client, score, action, rule, factors } = worst.decision;
    const stopped = mine.filter(({ decision }) => decision.action !== 'allow').length;
    const last = Math.max(...mine.map(({ decision }) => decision.at));
    const threat: Threat = {
      ...{ client, score, action, rule, stopped, last, requests: mine.length },
      factor: factors[0]?.name,
    };
    return { name, threat };
  });
  threats.sort(
    (a, b) =>
      b.threat.score - a.threat.score ||
      b.threat.stopped - a.threat.stopped ||
      b.threat.requests - a.threat.requests ||
      b.threat.last - a.threat.last ||
      (a.name < b.name ? -1 : 1),
  );
  return threats.map(({ threat }) => threat);
}
