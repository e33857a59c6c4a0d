// Claims about who asks for one route again and again, with another question each time: floods are stopped soon, whoever
// else does so is let in.
import { describe, expect, it } from 'vitest';
import type { RequestFacts } from '../../gateway/judge/facts.ts';
import { FLOODS } from './floods.ts';
import { ORDINARY } from './one-route.ts';
import { gatewayOf, START } from './visits.ts';

const VARIED = 'one source, another question each time';
const refusedLimit = { allowed: false, retryAfter: 250 };

/** Actions on the requests of the attacker, in their order. */
function attacked(name: string, seed: number): string[] {
  const { visit } = gatewayOf();
  return FLOODS[name](seed)
    .filter(({ source }) => source.startsWith('attacker'))
    .slice(0, 250)
    .map(({ facts }) => visit(facts).action);
}
/** Numbers, from 1, of the first that did not get through and the first that was refused. */
const stopOf = (actions: string[]) => [
  actions.findIndex((each) => each !== 'allow') + 1,
  actions.indexOf('refuse') + 1,
];

describe('one route over and over', () => {
  it.each([
    [VARIED, 20, 30, 40],
    ['one source, another item each time', 20, 30, 40],
    [`${VARIED}, 50 requests a second`, 12, 30, 40],
    [`${VARIED}, naming a page that it never loaded`, 20, 30, 40],
    [`${VARIED}, after one other request`, 50, 90, 100],
  ])('is stopped as a flood: %s', (name, least, most, refused) => {
    for (const seed of [1, 2, 3]) {
      const [stopped, refusedAt] = stopOf(attacked(name, seed));
      expect(stopped).toBeGreaterThan(least);
      expect(stopped).toBeLessThanOrEqual(most);
      expect(refusedAt).toBeGreaterThan(stopped);
      expect(refusedAt).toBeLessThanOrEqual(refused);
    }
  });

  it('is known by its rate alone of who loads a page first and names it', () => {
    const [stopped, refused] = stopOf(attacked(`${VARIED}, after a page that it names`, 1));
    expect(stopped).toBeGreaterThan(150);
    expect(refused).toBe(0);
  });

  it.each(Object.entries(ORDINARY))('lets in: %s', (_, make) => {
    const { visit } = gatewayOf();
    expect(new Set(make().map(({ facts }) => visit(facts).action))).toEqual(new Set(['allow']));
  });

  it('is no flood where something is sent, read in parts, or asked by who is signed in', () => {
    for (const facts of [
      { method: 'POST' },
      { headerOrder: 'host,range' },
      { session: 'valid', subject: 'someone' },
    ] as const) {
      const { visit } = gatewayOf();
      const actions = Array.from(
        { length: 60 },
        (_, i) => visit({ at: START + i * 50, query: `${i}`, ...facts }).action,
      );
      expect(new Set(actions)).toEqual(new Set(['allow']));
    }
    // Nor what is read again after something was sent.
    const { visit } = gatewayOf();
    const methods = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'POST' : 'GET'));
    const actions = methods.map((method, i) => visit({ at: START + i * 50, query: `${i}`, method }).action);
    expect(new Set(actions)).toEqual(new Set(['allow']));
  });

  it('refuses nobody who solved a challenge, and lets in again who slows down', () => {
    const ask = (visit: ReturnType<typeof gatewayOf>['visit'], from: number, every: number, count: number) =>
      Array.from({ length: count }, (_, i) => visit({ at: START + from + i * every, query: `${from} ${i}` }).action);
    const cleared = gatewayOf({ captcha: { hasClearance: () => true, blockedUntil: () => 0 } });
    expect(new Set(ask(cleared.visit, 0, 100, 100))).toEqual(new Set(['allow']));
    expect(cleared.decisions.at(-1)).toMatchObject({ rule: 'clearance', level: 'block' });
    const { visit } = gatewayOf();
    expect(ask(visit, 0, 100, 50)).toContain('refuse');
    expect(new Set(ask(visit, 30_000, 500, 40))).toEqual(new Set(['allow']));
  });

  it('reports who goes on far above its limit, and says what it counted', () => {
    const { visit, reports } = gatewayOf();
    const ask = (i: number, limit?: typeof refusedLimit, facts: Partial<RequestFacts> = {}) =>
      visit({ at: START + i * 100, query: `${i}`, ...facts }, {}, limit);
    const asked = Array.from({ length: 40 }, (_, i) => ask(i));
    expect(asked.at(-1)?.factors[0]).toMatchObject({
      name: 'repeats',
      measured: expect.stringMatching(/^\d+ times one route$/),
    });
    expect(reports).toHaveLength(0);
    for (let i = 40; i < 140; i++) ask(i, refusedLimit);
    expect(reports).toHaveLength(1);
  });
});
