import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../gateway/address.ts';
import { limitFields } from '../../../gateway/limits/fields.ts';
import type { Limit, Limiter, LimitResult } from '../../../gateway/limits/limiter.ts';
import { MemoryLimiter } from '../../../gateway/limits/memory-limiter.ts';
import { RequestLimits } from '../../../gateway/limits/request-limits.ts';
import { type Route, RouteTable } from '../../../gateway/limits/route-table.ts';
import { ValkeyLimiter } from '../../../gateway/limits/valkey-limiter.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { requestFacts } from '../facts.ts';
import { mostInAnySpan, schedule } from './schedule.ts';

const ANONYMOUS: Limit = { name: 'anonymous', rate: 2, burst: 6 };
const SIGNED_IN: Limit = { name: 'signed-in', rate: 5, burst: 20 };

function limits(
  clock: ManualClock,
  routes: readonly Route[] = [],
  limiter: Limiter = new MemoryLimiter({}, { clock }),
) {
  const table = new RouteTable(routes);
  return new RequestLimits({ anonymous: ANONYMOUS, signedIn: SIGNED_IN }, { limiter, routes: table });
}

describe('limits of requests', () => {
  it('property 35: anonymous limit', () => {
    fc.assert(
      fc.property(schedule({ clients: 3, maxCost: 3 }), (steps) => {
        const clock = new ManualClock();
        const counted = limits(clock);
        const taken = new Map<number, { at: number; cost: number }[]>();
        for (const { wait, client, cost } of steps) {
          clock.advance(wait);
          const facts = requestFacts({ client: parseAddress(`198.51.100.${client}`) });
          const { result } = counted.take(facts, cost) as { result: LimitResult };
          if (result.allowed) taken.set(client, [...(taken.get(client) ?? []), { at: clock.monotonic(), cost }]);
          else expect(result.retryAfter).toBeGreaterThan(0);
        }
        for (const acts of taken.values()) expect(mostInAnySpan(acts, ANONYMOUS)).toBeLessThanOrEqual(ANONYMOUS.burst);
      }),
    );
  });

  it('property 36: signed-in limit', () => {
    fc.assert(
      fc.property(schedule({ clients: 3, maxCost: 3 }), (steps) => {
        const clock = new ManualClock();
        const counted = limits(clock);
        const taken: { at: number; cost: number }[] = [];
        for (const { wait, client, cost } of steps) {
          clock.advance(wait);
          // One session from several networks has one limit, and takes nothing from the networks' own.
          const facts = requestFacts({ client: parseAddress(`198.51.100.${client}`), session: 'valid', subject: 'a' });
          const { result, limit } = counted.take(facts, cost) as { result: LimitResult; limit: Limit };
          expect(limit).toBe(SIGNED_IN);
          if (result.allowed) taken.push({ at: clock.monotonic(), cost });
        }
        expect(mostInAnySpan(taken, SIGNED_IN)).toBeLessThanOrEqual(SIGNED_IN.burst);
        const stranger = requestFacts({ client: parseAddress('198.51.100.0') });
        expect((counted.take(stranger, 1) as { result: LimitResult }).result.remaining).toBe(ANONYMOUS.burst - 1);
      }),
    );
  });

  it('who waits as told is let in, at the ms and by the field in whole seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(900), (cost, wait) => {
        const clock = new ManualClock();
        const limiter = new MemoryLimiter({}, { clock });
        while (limiter.take('a', ANONYMOUS, 1).allowed) clock.advance(wait / 10);
        const refused = limiter.take('a', ANONYMOUS, cost);
        fc.pre(!refused.allowed);
        const seconds = Number(limitFields(ANONYMOUS, refused)['Retry-After']);
        expect(seconds * 1000).toBeGreaterThanOrEqual(refused.retryAfter);
        clock.advance(refused.retryAfter);
        expect(limiter.take('a', ANONYMOUS, cost).allowed).toBe(true);
      }),
    );
  });

  it('writes the fields of the draft, and Retry-After only on a refusal', () => {
    const clock = new ManualClock();
    const limiter = new MemoryLimiter({}, { clock });
    expect(limitFields(ANONYMOUS, limiter.take('a', ANONYMOUS, 4))).toEqual({
      'RateLimit-Policy': '"anonymous";q=6;w=3',
      RateLimit: '"anonymous";r=2;t=2',
    });
    expect(limitFields(ANONYMOUS, limiter.take('a', ANONYMOUS, 4))).toEqual({
      'RateLimit-Policy': '"anonymous";q=6;w=3',
      RateLimit: '"anonymous";r=2;t=2',
      'Retry-After': '1',
    });
    expect(limitFields(ANONYMOUS, limiter.take('b', ANONYMOUS, 40))['Retry-After']).toBe('3600');
  });

  it('an address in any spelling and its neighbours in the /64 have one limit', () => {
    const counted = limits(new ManualClock());
    const spellings = ['2001:db8::1', '2001:DB8:0:0::2', '2001:db8:0:0:ffff::'];
    const left = spellings.map((text) => {
      const counter = counted.take(requestFacts({ client: parseAddress(text) })) as { result: LimitResult };
      return counter.result.remaining;
    });
    expect(left).toEqual([5, 4, 3]);
  });

  it('remembers at most its bound of keys', () => {
    const clock = new ManualClock();
    const limiter = new MemoryLimiter({ maxKeys: 100 }, { clock });
    for (let i = 0; i < 1_000; i++) limiter.take(`k${i}`, ANONYMOUS, 1);
    expect(limiter.size).toBe(100);
    clock.advance(500);
    expect(limiter.take('new', ANONYMOUS, 1).allowed).toBe(true);
  });
});

describe('costs by route', () => {
  const table = new RouteTable([
    { path: '/api/patients/:id', cost: 2 },
    { method: 'POST', path: '/api/patients/:id', cost: 10 },
    { path: '/api/patients/search', cost: 20 },
    { path: '/static/*', cost: 0 },
    { path: '/static/big/:file', cost: 5 },
  ]);

  it.each([
    ['GET', '/api/patients/7', 2],
    ['POST', '/api/patients/7', 10],
    ['GET', '/api/patients/search', 20],
    ['GET', '/api/patients/7/notes', 1],
    ['GET', '/static/a/b/c.css', 0],
    ['GET', '/static/big/a', 5],
    ['GET', '/static/big/a/b', 0],
    ['GET', '/', 1],
    ['GET', '', 1],
  ])('%s %s costs %d', (method, path, cost) => {
    expect(table.costOf(method, path)).toBe(cost);
  });

  it.each(['api', '/a/*/b', `/${'a/'.repeat(65)}`])('refuses %s by name', (path) => {
    expect(() => new RouteTable([{ path, cost: 1 }])).toThrow(expect.objectContaining({ code: 'limits.route' }));
  });

  it('answers any path, long or strange', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300 }),
        fc.array(fc.constantFrom('/', 'api', 'patients', '..', '%2f')),
        (text, parts) => {
          expect(table.costOf('GET', text)).toBeGreaterThanOrEqual(0);
          expect(table.costOf('GET', parts.join('/'))).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe('shared counters that are gone', () => {
  const refusing = { allowed: false, retryAfter: 700, remaining: 0, reset: 3000 };

  it('property 34: fault tolerance of counters: own limits go on, and the shared ones come back without help', async () => {
    const clock = new ManualClock();
    const memory = new MemoryLimiter({}, { clock });
    let answer: () => Promise<LimitResult> = () => new Promise(() => undefined);
    const store = { ready: true, take: () => answer() };
    const limiter = new ValkeyLimiter({ clock, memory, store });

    const hanging = limiter.take('a', ANONYMOUS, 1) as Promise<LimitResult>;
    await clock.advanceAsync(100);
    expect(await hanging).toMatchObject({ allowed: true, remaining: 5 });
    // Nobody waits again for a second, and the own counter holds.
    const alone = Array.from({ length: 10 }, () => limiter.take('a', ANONYMOUS, 1) as LimitResult);
    expect(alone.filter(({ allowed }) => allowed)).toHaveLength(5);
    expect(limiter.alone).toBe(6);

    answer = async () => refusing;
    clock.advance(1_000);
    expect(await limiter.take('a', ANONYMOUS, 1)).toEqual(refusing);
    expect(clock.pending).toBe(0);
  });

  it('takes nothing here for what the shared counter refuses', async () => {
    const clock = new ManualClock();
    const memory = new MemoryLimiter({}, { clock });
    const limiter = new ValkeyLimiter({ clock, memory, store: { ready: true, take: async () => refusing } });
    for (let i = 0; i < 20; i++) expect(await limiter.take('a', ANONYMOUS, 1)).toEqual(refusing);
    expect(memory.take('a', ANONYMOUS, 6).allowed).toBe(true);
  });
});
