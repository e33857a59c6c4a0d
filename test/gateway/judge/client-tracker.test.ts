// Claims about what is remembered of clients: counts equal a brute-force count, memory is bounded, the blocked stay.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widen } from '../../../gateway/address.ts';
import { MAX_TRACKED_CLIENTS } from '../../../gateway/judge/client-table.ts';
import { ClientTracker, type RequestTraits } from '../../../gateway/judge/client-tracker.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { addressOf, requestOf, START } from '../visits.ts';

const newTracker = (maxClients = 100) => new ClientTracker({ maxClients, seed: 0xabcdef });
const TRAITS: RequestTraits = {
  endpoint: '/',
  target: 0,
  agent: 1,
  oddness: 0,
  signaturePoints: 0,
  signatureBits: 0,
  reported: false,
  coordinated: false,
};

describe('the tracker', () => {
  it('property 14: rate tracking accuracy: counts all of the last 55 s and nothing older than 60 s', () => {
    const gaps = fc.array(fc.oneof(fc.nat(400), fc.nat(9_000), fc.nat(90_000)), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(gaps, (waits) => {
        const tracker = newTracker();
        const times: number[] = [];
        let at = START;
        for (const wait of waits) {
          at += wait;
          const counted = tracker.features(requestOf({ at }), TRAITS).requests - 1;
          expect(counted).toBeGreaterThanOrEqual(times.filter((time) => time > at - 55_000).length);
          expect(counted).toBeLessThanOrEqual(times.filter((time) => time > at - 60_000).length);
          tracker.admitted(requestOf({ at }), TRAITS);
          times.push(at);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('property 7: rate score: the order of arrival within a window does not matter, nor does a clock that steps back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4_999), { maxLength: 50 }), (offsets) => {
        const bucket = Math.ceil(START / 5_000) * 5_000;
        const counts = [offsets, [...offsets].sort((a, b) => a - b)].map((order) => {
          const tracker = newTracker();
          for (const offset of order) tracker.admitted(requestOf({ at: bucket + offset }), TRAITS);
          return tracker.features(requestOf({ at: bucket + 10_000 }), TRAITS).requests;
        });
        expect(counts).toEqual([offsets.length + 1, offsets.length + 1]);
      }),
    );
  });

  it('property 8: pattern score: is computed from exactly the last 20 endpoints, this one among them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 60 }), (endpoints) => {
        const tracker = newTracker();
        endpoints.forEach((number, i) => {
          const traits = { ...TRAITS, endpoint: `/${String.fromCharCode(97 + number)}` };
          const last = endpoints.slice(Math.max(0, i - 19), i + 1);
          const { recent, distinct } = tracker.features(requestOf(), traits);
          expect({ recent, distinct }).toEqual({ recent: last.length, distinct: new Set(last).size });
          tracker.admitted(requestOf(), traits);
        });
      }),
    );
  });

  it('counts how often the very same is read again, and forgets one every half second', () => {
    const tracker = newTracker();
    const reads = (target: number, at: number) => {
      const { repeats } = tracker.features(requestOf({ at }), { ...TRAITS, target });
      tracker.admitted(requestOf({ at }), { ...TRAITS, target });
      return repeats;
    };
    expect([1, 1, 1, 2, 1, 1].map((target) => reads(target, START))).toEqual([0, 1, 2, 2, 2, 3]);
    // What is sent, and parts of files, are no target; who reads again what was changed in between repeats nothing.
    expect([0, 1, 0, 1].map((target) => reads(target, START))).toEqual([3, 3, 3, 3]);
    expect(reads(1, START)).toBe(4);
    expect(reads(1, START + 1_000)).toBe(3);
    expect(reads(2, START + 60_000)).toBe(0);
    // What a limit refused is known as well, and gives no rate.
    for (let i = 0; i < 5; i++) tracker.violated(requestOf({ at: START + 60_000 }), { ...TRAITS, target: 2 });
    expect(tracker.features(requestOf({ at: START + 60_000 }), TRAITS)).toMatchObject({ repeats: 5, requests: 2 });
  });

  it('counts how often something is read at the same endpoint again, and forgets one every quarter second', () => {
    const tracker = newTracker();
    const reads = (endpoint: string, target: number, at = START, facts: Partial<RequestFacts> = {}) => {
      const request = requestOf({ at, ...facts });
      const traits = { ...TRAITS, endpoint, target };
      const { routeRepeats, wandered } = tracker.features(request, traits);
      tracker.admitted(request, traits);
      return [routeRepeats, wandered];
    };
    const OF_PAGE = { referer: 'https://clinic.example/' };
    expect([1, 2, 2, 3].map((target) => reads('/a', target)[0])).toEqual([0, 1, 2, 3]);
    // Whatever page it names, it loaded none.
    expect(reads('/a', 4, START, OF_PAGE)).toEqual([4, false]);
    expect(reads('/b', 5)).toEqual([4, false]);
    expect(reads('/b', 6)).toEqual([5, true]);
    expect(reads('/b', 7, START, OF_PAGE)).toEqual([5, true]);
    expect(reads('/b', 8, START, { headerOrder: 'host,sec-fetch-mode' })).toEqual([5, true]);
    expect(reads('/b', 0)).toEqual([5, true]);
    expect(reads('/b', 9)).toEqual([5, true]);
    expect(reads('/b', 10, START + 1_000)).toEqual([2, true]);
    tracker.violated(requestOf({ at: START + 1_000 }), { endpoint: '/b', target: 11 });
    expect(reads('/c', 12, START + 1_000)[0]).toBe(3);
  });

  it('counts errors over the last 20 answers, and forgets them after ten minutes', () => {
    const tracker = newTracker();
    tracker.admitted(requestOf(), TRAITS);
    const answer = (status: number, at = START) =>
      tracker.answered(requestOf({ at }), { at, status, signInFailed: false, signedIn: false });
    for (let i = 0; i < 30; i++) answer(i < 15 ? 404 : 200);
    expect(tracker.features(requestOf(), TRAITS)).toMatchObject({ answers: 20, errors: 5 });
    for (const status of [500, 503, 429]) answer(status);
    expect(tracker.features(requestOf(), TRAITS)).toMatchObject({ answers: 20, errors: 2 });
    expect(tracker.features(requestOf({ at: START + 601_000 }), TRAITS)).toMatchObject({ answers: 0, errors: 0 });
  });

  it('counts a valid session by itself, whoever shares its address', () => {
    const tracker = newTracker();
    for (let i = 0; i < 90; i++) tracker.admitted(requestOf(), TRAITS);
    expect(tracker.features(requestOf(), TRAITS).requests).toBe(91);
    const patient = requestOf({ session: 'valid', subject: 'someone' });
    expect(tracker.features(patient, TRAITS).requests).toBe(1);
  });

  it('counts challenges beside what passed, for the same minute', () => {
    const tracker = newTracker();
    for (let i = 0; i < 4; i++) tracker.challenged(requestOf({ at: START + i * 10_000 }), TRAITS);
    tracker.admitted(requestOf({ at: START + 31_000 }), TRAITS);
    const counts = (at: number) => {
      const { requests, challenged } = tracker.features(requestOf({ at }), TRAITS);
      return [requests - 1, challenged];
    };
    expect(counts(START + 32_000)).toEqual([1, 4]);
    expect(counts(START + 84_000)).toEqual([1, 1]);
    expect(counts(START + 100_000)).toEqual([0, 0]);
  });

  it('is bounded: newcomers take the place of who was not seen lately, never of who is blocked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 49 }), fc.integer({ min: 100, max: 1_500 }), (blocked, newcomers) => {
        const tracker = newTracker(50);
        for (let i = 0; i < blocked; i++) expect(tracker.block(addressOf(i), START, START + 1_000)).toBe(true);
        for (let i = 0; i < newcomers; i++) {
          const facts = requestOf({ client: addressOf(1_000 + i) });
          tracker.admitted(facts, TRAITS);
          expect(tracker.features(facts, TRAITS).requests).toBe(2);
        }
        expect(tracker.size).toBe(50);
        for (let i = 0; i < blocked; i++) expect(tracker.blockedUntil(addressOf(i))).toBe(START + 1_000);
      }),
      { numRuns: 30 },
    );
  });

  it('goes on without memory of newcomers when everybody in it is blocked, until the blocks end', () => {
    const tracker = newTracker(50);
    for (let i = 0; i < 50; i++) tracker.block(addressOf(i), START, START + 1_000);
    const late = requestOf({ client: addressOf(99) });
    tracker.admitted(late, TRAITS);
    expect(tracker.features(late, TRAITS).requests).toBe(1);
    expect(tracker.block(addressOf(99), START, START + 1_000)).toBe(false);
    expect(tracker.block(addressOf(99), START + 1_000, START + 2_000)).toBe(true);
  });

  it('forgets every client of a network that was unblocked, and nobody else', () => {
    const tracker = newTracker();
    const clients = [7, 8, 300].map((low) => ({ ...addressOf(0), high: 0xcb007100 + low }));
    for (const client of clients) tracker.block(client, START, START + 1_000);
    tracker.reset(widen(clients[0], 24));
    expect(clients.map((client) => tracker.blockedUntil(client))).toEqual([0, 0, START + 1_000]);
    const six = { family: 6 as const, prefix: 64, high: 0x20010db8, low: 0x00010002 };
    tracker.block(six, START, START + 1_000);
    tracker.reset(widen(six, 48));
    expect(tracker.blockedUntil(six)).toBe(0);
  });

  it('finds after any coming and going exactly who is still there', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ who: fc.nat(40), leaves: fc.boolean() }), { maxLength: 200 }), (steps) => {
        const tracker = newTracker(64);
        const there = new Set<number>();
        for (const { who, leaves } of steps) {
          if (leaves) tracker.reset(addressOf(who));
          else tracker.block(addressOf(who), START, START + 1);
          if (leaves) there.delete(who);
          else there.add(who);
        }
        for (let who = 0; who <= 40; who++) expect(tracker.blockedUntil(addressOf(who)) > 0).toBe(there.has(who));
        expect(tracker.size).toBe(there.size);
      }),
    );
  });

  it('takes at most 256 bytes for each of 200,000 clients', () => {
    expect(newTracker(MAX_TRACKED_CLIENTS).bytes / MAX_TRACKED_CLIENTS).toBeLessThanOrEqual(256);
  });
});
