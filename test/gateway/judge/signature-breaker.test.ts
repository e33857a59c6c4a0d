// When a signature of the chain does not count here: people's requests match it, and not one person's alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../gateway/address.ts';
import { SignatureBreaker } from '../../../gateway/judge/signature-breaker.ts';
import { addressOf, gatewayOf, START } from '../visits.ts';

const HOUR = 3_600_000;
const ID = 'ab'.repeat(32);

const quiet = (breaker: SignatureBreaker, requests: number, at = START) => {
  for (let i = 0; i < requests; i++) breaker.note(addressOf(i % 50), [], at);
};

describe('the breaker on signatures', () => {
  it('holds exactly what more than one of a thousand requests of people match, from three neighbourhoods', () => {
    fc.assert(
      fc.property(fc.nat(6_000), fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }), (others, who) => {
        const breaker = new SignatureBreaker();
        quiet(breaker, others);
        for (const number of who) breaker.note(addressOf(number), [ID], START);
        const all = others + who.length;
        const holds = new Set(who).size >= 3 && who.length * 1_000 > all;
        expect(breaker.holds(ID, START)).toBe(holds);
        expect(breaker.open(START)).toEqual(
          holds
            ? { breaker: 'signatures', since: START, cause: 'ordinary-requests', hit: who.length, of: all, waiting: 1 }
            : undefined,
        );
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['the /64s of one line', (i: number) => `2001:db8:5:${i}::1`],
    ['the addresses of one network', (i: number) => `203.0.113.${i}`],
    [
      'a line and a phone, each with both kinds of address',
      (i: number) => ['203.0.113.7', '198.51.100.9', '2001:db8:5::1', '2001:db8:6::1'][i % 4],
    ],
  ])('holds nothing for %s', (_, from) => {
    const breaker = new SignatureBreaker();
    for (let i = 0; i < 200; i++) breaker.note(parseAddress(from(i)), [ID], START + i);
    expect(breaker.holds(ID, START + 200)).toBe(false);
    // Where it matched a day ago counts no more.
    for (const half of [2, 3, 4, 5]) breaker.note(addressOf(half), [ID], START + 12 * HOUR * half);
    expect(breaker.holds(ID, START + 60 * HOUR)).toBe(false);
    for (let i = 0; i < 3; i++) breaker.note(parseAddress(`2001:db8:${i + 1}::1`), [ID], START + 60 * HOUR);
    expect(breaker.holds(ID, START + 60 * HOUR)).toBe(true);
  });

  it('lets it count again after a day without a match, and for a day once an administrator says so', () => {
    const breaker = new SignatureBreaker();
    const hit = (at: number) => {
      for (let i = 0; i < 4; i++) breaker.note(addressOf(i), [ID, 'starter/sql-union-1'], at);
    };
    hit(START);
    expect([breaker.holds(ID, START), breaker.holds('starter/sql-union-1', START)]).toEqual([true, false]);
    expect(breaker.holds(ID, START + 13 * HOUR)).toBe(true);
    quiet(breaker, 1, START + 20 * HOUR);
    expect(breaker.holds(ID, START + 40 * HOUR)).toBe(false);
    hit(START + 41 * HOUR);
    expect(breaker.release(START + 41 * HOUR)).toBe(true);
    expect(breaker.release(START + 41 * HOUR)).toBe(false);
    hit(START + 60 * HOUR);
    expect(breaker.holds(ID, START + 60 * HOUR)).toBe(false);
    hit(START + 66 * HOUR);
    expect(breaker.holds(ID, START + 66 * HOUR)).toBe(true);
  });

  it('takes its points away at the gateway and leaves it in the log; an attack holds nothing', () => {
    const match = { id: ID, category: 'probe', points: 30, shadow: false } as const;
    const { visit, gateway } = gatewayOf({
      signatures: () => ({ match: ({ path }) => (path === '/x' ? [match] : []) }),
    });
    const points = (at: number) =>
      visit({ at, path: '/x', client: addressOf(9) }).factors.find(({ name }) => name === 'signatures')?.points ?? 0;
    for (let i = 0; i < 200; i++) visit({ at: START + i, path: '/x', client: addressOf(100 + i) });
    expect(points(START + 1_000)).toBe(30);
    // Nor does what was stopped, wherever people were signed in.
    for (let i = 0; i < 9; i++) {
      visit({ at: START + 1_500, client: addressOf(i), session: 'valid', subject: `nurse ${i}` });
      expect(visit({ at: START + 1_600, path: '/x', client: addressOf(i) }).action).toBe('challenge');
    }
    expect(gateway.openBreakers(START + 1_700)).toEqual([]);
    for (let i = 0; i < 4; i++)
      visit({ at: START + 2_000, path: '/x', client: addressOf(i), session: 'valid', subject: `patient ${i}` });
    expect(gateway.openBreakers(START + 3_000)).toMatchObject([{ breaker: 'signatures', waiting: 1 }]);
    expect(points(START + 500_000)).toBe(0);
    expect(visit({ at: START + 500_000, path: '/x' }).signatures).toEqual([ID]);
    expect(gateway.releaseBreaker('signatures', START + 500_000)).toBe(true);
    expect(points(START + 900_000)).toBe(30);
  });
});
