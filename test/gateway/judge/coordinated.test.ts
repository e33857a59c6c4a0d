// Claims about coordinated attacks: what is one, what is not, and what it is called by.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CoordinatedAttack, CoordinatedAttacks } from '../../../gateway/judge/coordinated.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { answerOf, requestOf, START } from '../visits.ts';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

function detector() {
  const attacks: CoordinatedAttack[] = [];
  const sampled: (readonly RequestFacts[])[] = [];
  const onAttack = (attack: CoordinatedAttack, samples: readonly RequestFacts[]) => {
    attacks.push(attack);
    sampled.push(samples);
  };
  const coordinated = new CoordinatedAttacks({ seed: 5 }, { onAttack });
  const send = (fields: Partial<RequestFacts>, agent = 1) => {
    const facts = requestOf({ path: '/booking', ...fields });
    coordinated.observe(facts, '/booking', agent, answerOf({ at: facts.at }));
    return coordinated.isFlagged(facts, '/booking', agent);
  };
  return { attacks, sampled, send };
}

/** Address number `i` of `prefixes` networks. */
const from = (i: number, prefixes: number) => ({
  family: 4 as const,
  prefix: 32,
  high: 0x0b000000 + (i % prefixes) * 256 + Math.floor(i / prefixes),
  low: 0,
});

describe('coordinated attacks', () => {
  it('property 19: coordinated attack detection: exactly from 50 addresses in 20 networks within a minute', () => {
    const spans = fc.constantFrom(1_000, 30_000, 59_000, 61_000, 600_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 90 }),
        fc.integer({ min: 5, max: 60 }),
        spans,
        fc.integer({ min: 1, max: 3 }),
        (addresses, prefixes, span, each) => {
          const { attacks, send } = detector();
          const total = addresses * each;
          const sent = Array.from({ length: total }, (_, i) => ({
            at: START + Math.floor((i * span) / total),
            client: from(i % addresses, prefixes),
          }));
          const found = sent.map((request) => send(request)).some(Boolean);
          const expected = sent.some(({ at }) => {
            const window = sent.filter((other) => other.at <= at && other.at > at - 60_000);
            const networks = new Set(window.map(({ client }) => client.high >>> 8));
            return new Set(window.map(({ client }) => client.high)).size >= 50 && networks.size >= 20;
          });
          expect(found).toBe(expected);
          // Once with the User-Agent and once without: both say the same of one family.
          expect(attacks.length).toBe(expected ? 2 : 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('property 19: coordinated attack detection: a rush of people who are signed in is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (percent) => {
        const { send } = detector();
        let flagged = false;
        // The share holds at every moment: a session in each so many requests.
        for (let i = 0; i < 400; i++) {
          const isSignedIn = Math.floor(((i + 1) * percent) / 100) > Math.floor((i * percent) / 100);
          const session = isSignedIn ? ('valid' as const) : ('none' as const);
          flagged = send({ at: START + i * 20, client: from(i, 100), session }) || flagged;
        }
        if (percent >= 32) expect(flagged).toBe(false);
        if (percent < 30) expect(flagged).toBe(true);
      }),
    );
  });

  it('property 19: coordinated attack detection: below five times what the pattern is used to is none', () => {
    const { attacks, send } = detector();
    // Booking opens every Monday at eight: four weeks with 40 addresses, then one with 60 and one with 250.
    for (let week = 0; week < 4; week++) {
      for (let i = 0; i < 40; i++) send({ at: START + week * WEEK + i * 100, client: from(i, 40) });
    }
    for (let i = 0; i < 60; i++) expect(send({ at: START + 4 * WEEK + i * 100, client: from(i, 60) })).toBe(false);
    expect(attacks).toEqual([]);
    const last = Array.from({ length: 400 }, (_, i) => send({ at: START + 5 * WEEK + i * 100, client: from(i, 100) }));
    expect(last.at(-1)).toBe(true);
    expect(attacks[0].requests).toBeGreaterThan(200);
  });

  it('is found also where an hour ends while it grows: the pattern is used to nothing yet', () => {
    const { attacks, send } = detector();
    const end = Math.ceil(START / HOUR) * HOUR;
    for (let i = 0; i < 60; i++) send({ at: end - 4_000 + i * 100, client: from(i, 30) });
    expect(attacks.length).toBeGreaterThan(0);
  });

  it('is told of with a few of its requests, each of another network, the latest last', () => {
    const { sampled, send } = detector();
    for (let i = 0; i < 60; i++) send({ at: START + i * 100, client: from(i, 25), query: `q=${i}` });
    expect(sampled.map((samples) => samples.map(({ query }) => query))).toEqual(
      Array.from({ length: 2 }, () => [44, 45, 46, 47, 48, 49].map((i) => `q=${i}`)),
    );
    // One network alone brings one, however much it sends.
    const loud = detector();
    for (let i = 0; i < 49; i++) loud.send({ at: START + i, client: from(i, 25) });
    for (let i = 0; i < 500; i++) loud.send({ at: START + 100 + i, client: from(3, 25), query: `n=${i}` });
    loud.send({ at: START + 700, client: from(49, 25), query: 'last' });
    for (const samples of loud.sampled) {
      expect(samples.filter(({ query }) => query.startsWith('n='))).toHaveLength(1);
      expect(samples.at(-1)?.query).toBe('last');
    }
    expect(loud.sampled).toHaveLength(2);
  });

  it('is not escaped by changing the User-Agent, and leaves other pages alone', () => {
    const { attacks, send } = detector();
    for (let i = 0; i < 60; i++) send({ at: START + i * 100, client: from(i, 30) }, i);
    expect(attacks).toMatchObject([{ endpoint: '/booking', statusClass: 2, oneAgent: false, addresses: 50 }]);
    expect(send({ at: START + 7_000, client: from(99, 100), method: 'POST' })).toBe(false);
    expect(send({ at: START + 7_000, client: from(99, 100), headerOrder: 'another' })).toBe(false);
  });

  it('is not hidden by visitors whose headers are of their own, however many they are', () => {
    const { attacks, send } = detector();
    for (let i = 0; i < 60; i++) {
      const at = START + 100 * i;
      send({ at, client: from(i, 30) });
      for (let other = 0; other < 10; other++) send({ at, client: from(99, 100), headerOrder: `own ${i} ${other}` });
    }
    expect(attacks.map(({ addresses }) => addresses)).toEqual([50, 50]);
  });

  it('stops five minutes after the attack was last seen', () => {
    const { send } = detector();
    for (let i = 0; i < 60; i++) send({ at: START + i, client: from(i, 30) });
    expect(send({ at: START + 290_000, client: from(1, 30) })).toBe(true);
    expect(send({ at: START + 301_000, client: from(1, 30) })).toBe(false);
  });
});
