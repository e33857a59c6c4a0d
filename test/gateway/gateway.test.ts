// Claims about the gateway's core as a whole: what is decided, what is remembered of it, and what is told to whom.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Network, parseAddress } from '../../gateway/address.ts';
import type { Judgement } from '../../gateway/blocklist.ts';
import { AUTO_BLOCK_MS } from '../../gateway/gateway.ts';
import type { RequestFacts } from '../../gateway/judge/facts.ts';
import { SignatureMatcher } from '../../gateway/signatures/matcher.ts';
import { STARTER_SET } from '../../gateway/signatures/starter-set.ts';
import { spellings4, spellings6 } from './generators.ts';
import { addressOf, BROWSER, gatewayOf, NOTHING, requestOf, START } from './visits.ts';

const signature = (points: number, shadow = false) => ({
  signatures: () => ({ match: () => [{ id: 'made-up', category: 'probe' as const, points, shadow }] }),
});
const listed = (judgement: Judgement) => ({ lookup: { verdictFor: () => judgement } });
const BLOCKED: Judgement = { verdict: 'block', reasons: [] };
const REPORTED: Judgement = { verdict: 'challenge', reasons: [] };
const refusedLimit = { allowed: false, retryAfter: 700 };

/** Solving a challenge gives nobody a way around a refusal. */
const cleared = { captcha: { hasClearance: () => true, blockedUntil: () => 0 } };

/** Failed sign-ins until the score reaches a report. */
const attack = (client: Network, at = START) =>
  Array.from({ length: 14 }, (_, i) => ({
    request: { client, at: at + i * 100, method: 'POST', path: '/sign-in', userAgent: '' },
    answer: { status: 401, signInFailed: true },
  }));

describe('the gateway', () => {
  it('lets an ordinary visit pass and says so once', () => {
    const { visit, decisions, reports } = gatewayOf();
    const decision = visit();
    expect(decision).toMatchObject({ action: 'allow', judged: 'allow', rule: 'score', level: 'allow', endpoint: '/' });
    expect(decision.reference).toMatch(/^[a-z2-9]{12}$/);
    expect(decisions).toEqual([decision]);
    expect(reports).toEqual([]);
  });

  it('observes without an effect: everything passes, nothing is blocked or reported', () => {
    const { visit, reports, decisions } = gatewayOf({}, { mode: 'observe' });
    for (const { request, answer } of attack(addressOf(1))) visit(request, answer);
    expect(decisions.every(({ action }) => action === 'allow')).toBe(true);
    expect(decisions.at(-1)).toMatchObject({ judged: 'refuse', level: 'auto-block' });
    expect(reports).toEqual([]);
  });

  it('answers 429 with the time to wait to whom a limit refuses', () => {
    const { visit } = gatewayOf();
    expect(visit({}, {}, refusedLimit)).toMatchObject({ action: 'limit', rule: 'limit', retryAfter: 700 });
    expect(visit({}, {}, { allowed: true, retryAfter: 0 })).toMatchObject({ action: 'allow', retryAfter: undefined });
  });

  it("obeys an administrator's pin before all else", () => {
    const pin = (action: 'allow' | 'block'): Judgement => ({
      verdict: action,
      reasons: [{ rule: 'pin', pin: { network: addressOf(1), action, by: 'someone', at: START, until: undefined } }],
    });
    const allowing = gatewayOf(listed(pin('allow')));
    for (const { request, answer } of attack(addressOf(1))) {
      expect(allowing.visit(request, answer, refusedLimit)).toMatchObject({ action: 'allow', rule: 'pin' });
    }
    expect(allowing.reports).toEqual([]);
    expect(gatewayOf(listed(pin('block'))).visit({ session: 'valid', subject: 'a' })).toMatchObject({
      action: 'refuse',
      rule: 'pin',
    });
  });

  it('property 15: blocked address refused, whatever its spelling and the request, before signatures are matched', () => {
    const client = fc.oneof(
      fc.nat(0xffffffff).map((address) => spellings4(address)),
      fc
        .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
        .map((groups) => spellings6([0x2001, ...groups.slice(1)])),
    );
    fc.assert(
      fc.property(client, fc.constantFrom('valid', 'none', 'forged'), fc.string(), (spellings, session, path) => {
        const blocked = parseAddress(spellings[0]);
        const { visit } = gatewayOf({
          lookup: {
            verdictFor: ({ family, high, low }) =>
              family === blocked.family && high === blocked.high && low === blocked.low ? BLOCKED : NOTHING,
          },
          signatures: () => {
            throw new Error('matched');
          },
        });
        for (const spelling of spellings) {
          expect(visit({ client: parseAddress(spelling), session, path }).action).toBe('refuse');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('property 21: signature raises score: each of the starter set by its points, in its trial hour by none', () => {
    const matcher = new SignatureMatcher(STARTER_SET);
    const scanner = { userAgent: `${BROWSER} sqlmap/1.7.2`, path: '/help' };
    const matches = matcher.match(requestOf(scanner));
    expect(matches).toHaveLength(1);
    const trial = { match: () => matches.map((match) => ({ ...match, shadow: true })) };
    const known = gatewayOf({ signatures: () => matcher }).visit(scanner);
    const onTrial = gatewayOf({ signatures: () => trial }).visit(scanner);
    expect(known.score).toBe(gatewayOf().visit(scanner).score + matches[0].points);
    expect(known.score).toBeLessThan(60);
    expect(onTrial.score).toBe(known.score - matches[0].points);
    for (const { signatures } of [known, onTrial]) expect(signatures).toEqual([matches[0].id]);
  });

  it('property 21: signature raises score: one that is refused and goes on with others, or with the same for seconds, is reported', () => {
    const matched = (...ids: string[]) =>
      ids.map((id) => ({ id, category: 'probe' as const, points: 30, shadow: false }));
    const sent = (at: number, path: string) => ({ at: START + at, path });
    const scanner = gatewayOf({
      signatures: () => ({ match: ({ path }) => (path === '/' ? [] : matched(...path.split('/').slice(1))) }),
    });
    // Three that refuse at once: of one request the score stays below what is reported.
    expect(scanner.visit(sent(0, '/a/b'))).toMatchObject({ action: 'refuse', rule: 'score', score: 60 });
    // The same again, at once and often, as a page does that cannot load its pictures.
    for (let i = 0; i < 10; i++) scanner.visit(sent(100 + i, '/a/b'));
    expect(scanner.reports).toEqual([]);
    scanner.visit(sent(500, '/c/d'));
    expect(scanner.visit(sent(1_000, '/e/f'))).toMatchObject({ action: 'refuse', level: 'block' });
    expect(scanner.visit(sent(2_000, '/g/h'))).toMatchObject({ action: 'refuse', level: 'auto-block' });
    expect(scanner.reports).toHaveLength(1);

    const same = gatewayOf({ signatures: () => ({ match: () => matched('a', 'b') }) });
    let sentCount = 0;
    for (; same.reports.length === 0 && sentCount < 20; sentCount++) same.visit(sent(2_000 * sentCount, '/'));
    expect(sentCount).toBe(6);
    // In its trial hour a match does nothing of this.
    const trial = gatewayOf({
      signatures: () => ({ match: () => [...matched('a'), ...matched('b')].map((one) => ({ ...one, shadow: true })) }),
    });
    for (let i = 0; i < 20; i++) trial.visit(sent(2_000 * i, '/'));
    expect(trial.reports).toEqual([]);
  });

  it('property 22: CAPTCHA triggering: from 40 to 59 exactly those without clearance or session are challenged', () => {
    const lift = fc.constantFrom('none', 'report');
    fc.assert(
      fc.property(
        fc.nat(60),
        lift,
        fc.boolean(),
        fc.constantFrom('valid', 'none'),
        (points, by, clearance, session) => {
          const { visit } = gatewayOf({
            ...signature(points),
            ...listed(by === 'report' ? REPORTED : NOTHING),
            captcha: { hasClearance: () => clearance, blockedUntil: () => 0 },
          });
          const { score, action } = visit({ session, subject: session === 'valid' ? 'someone' : undefined });
          const between = score >= 40 && score < 60;
          expect(action === 'challenge').toBe(between && !clearance && session === 'none');
          expect(action === 'refuse').toBe(score >= 60);
          if (by === 'report') expect(score).toBeGreaterThanOrEqual(40);
        },
      ),
    );
  });

  it('holds who comes on through its challenges at a challenge, refuses it for that never, and lets go when it slows down', () => {
    const { visit } = gatewayOf();
    const every = (ms: number, from: number, to: number) =>
      Array.from(
        { length: (to - from) / ms },
        (_, i) => visit({ at: START + from + i * ms, path: i % 2 === 0 ? '/' : '/help' }).action,
      );
    const flood = every(150, 0, 180_000);
    const passed = flood.lastIndexOf('allow') + 1;
    expect(passed).toBeLessThan(200);
    expect(flood.slice(0, passed)).not.toContain('challenge');
    expect(new Set(flood.slice(passed))).toEqual(new Set(['challenge']));
    expect(every(2_000, 180_000, 240_000)[0]).toBe('challenge');
    expect(new Set(every(2_000, 241_000, 300_000))).toEqual(new Set(['allow']));
  });

  it('stops who reads the very same five times a second within 20 requests, and lets it in again once it slows down', () => {
    const { visit } = gatewayOf();
    const every = (ms: number, from: number, count: number, facts: Partial<RequestFacts> = {}) =>
      Array.from({ length: count }, (_, i) => visit({ at: START + from + i * ms, ...facts }).action);
    const flood = every(150, 0, 200);
    expect(flood.indexOf('challenge')).toBeLessThan(20);
    expect(flood.slice(flood.indexOf('challenge'))).not.toContain('allow');
    expect(flood).toContain('refuse');
    expect(new Set(every(500, 40_000, 60))).toEqual(new Set(['allow']));
    // Forty of a document in parts, forty calls of a program in a page, forty of somebody who is signed in.
    for (const facts of [
      { headerOrder: 'host,range', path: '/leaflet.pdf' },
      { method: 'POST', path: '/graphql' },
      { session: 'valid', subject: 'someone' },
    ] as const)
      expect(new Set(every(50, 400_000, 40, facts))).toEqual(new Set(['allow']));
  });

  it('refuses nobody who solved a challenge for what many behind one address poll, but for their limit and what else they do', () => {
    const poll = (solved: boolean, facts: Partial<RequestFacts> = {}, limit?: typeof refusedLimit) => {
      const { visit } = gatewayOf(solved ? cleared : {});
      return Array.from({ length: 150 }, (_, i) => visit({ at: START + i * 200, ...facts }, {}, limit));
    };
    expect(poll(false).map(({ action }) => action)).toContain('refuse');
    const solved = poll(true);
    expect(new Set(solved.map(({ action }) => action))).toEqual(new Set(['allow']));
    expect(solved.at(-1)).toMatchObject({ rule: 'clearance', level: 'block' });
    expect(poll(true, { session: 'forged', userAgent: 'sqlmap/1.7' }).at(-1)).toMatchObject({ action: 'refuse' });
    const { visit } = gatewayOf(cleared);
    for (let i = 0; i < 40; i++) visit({ at: START + i * 50 });
    expect(visit({ at: START + 2_000 }, {}, refusedLimit)).toMatchObject({ action: 'limit', rule: 'limit' });
    // What refuses without the repeats refuses with them.
    const signed = gatewayOf({ ...cleared, ...signature(50) });
    expect(Array.from({ length: 9 }, (_, i) => signed.visit({ at: START + i }).action).at(-1)).toBe('refuse');
  });

  it('reports who reads on the very same far above its limit, and nobody who stops at it', () => {
    const { visit, reports } = gatewayOf();
    const read = (at: number, path: string) => visit({ at: START + at, path }, {}, refusedLimit);
    for (let at = 0; at < 10_000; at += 100) read(at, at % 200 === 0 ? '/' : '/help');
    expect(reports).toHaveLength(0);
    for (let at = 10_000; at < 20_000; at += 100) read(at, '/');
    expect(reports).toHaveLength(1);
  });

  it('property 25: signed-in exempt: a valid session is never challenged, and without it the exemption ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 59 }), (points) => {
        const { visit } = gatewayOf(signature(points));
        const inside = visit({ session: 'valid', subject: 'someone' });
        expect(inside.action).not.toBe('challenge');
        expect(visit({ at: START + 600_000 }).action).not.toBe('allow');
      }),
    );
  });

  it('property 37: limit violations raise score: each burst once, fading, and refusals feed nothing else', () => {
    const { visit } = gatewayOf();
    const violations = (at: number): number =>
      visit({ at }).factors.find(({ name }) => name === 'limit-violations')?.points ?? 0;
    for (let i = 0; i < 50; i++) visit({ at: START + i }, {}, refusedLimit);
    expect(violations(START + 60)).toBe(4);
    visit({ at: START + 2_000 }, {}, refusedLimit);
    expect(violations(START + 2_000)).toBe(9);
    expect(violations(START + 2_000 + 60_000)).toBe(4);
    expect(violations(START + 2_000 + 120_000)).toBe(0);
  });

  it('property 37: limit violations raise score: a refused client is judged as if it had not come', () => {
    const matcher = {
      match: ({ path }: RequestFacts) =>
        path === '/bad' ? [{ id: 'made-up', category: 'probe' as const, points: 50, shadow: false }] : [],
    };
    const [quiet, loud] = [gatewayOf({ signatures: () => matcher }), gatewayOf({ signatures: () => matcher })];
    const points = (visits: typeof quiet) => visits.visit({ at: START + 30_000, path: '/last' }).factors;
    for (const each of [quiet, loud]) for (let i = 0; i < 8; i++) each.visit({ at: START + i }, { status: 404 });
    for (let i = 0; i < 500; i++) {
      const facts = requestOf({ at: START + 100 + i, path: '/bad', userAgent: `agent ${i} of many` });
      const decision = loud.gateway.judge(facts);
      expect(decision.action).toBe('refuse');
      // A way in that tells of answers which it gave itself changes nothing.
      loud.gateway.answered(decision, facts, { at: facts.at, status: 403, signInFailed: true, signedIn: false });
    }
    expect(points(loud)).toEqual(points(quiet));
  });

  it('property 38: high score auto-block: exactly one report, and the address is refused from then on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 14, max: 60 }), fc.boolean(), (requests, protectedHere) => {
        const { visit, reports, decisions } = gatewayOf({
          ...cleared,
          neverBlock: { setOf: () => (protectedHere ? 'reserved' : undefined) },
        });
        for (const { request, answer } of attack(addressOf(1))) visit(request, answer);
        // Nothing that is refused counts; a forged session brings what is missing to a report.
        for (let i = 0; i < requests; i++) {
          visit({ at: START + 2_000 + i, client: addressOf(1), session: 'forged', userAgent: '' });
        }
        const reached = decisions.filter(({ score, rule }) => score >= 80 && rule === 'score').length;
        expect(reached).toBeGreaterThan(0);
        expect(reports.length).toBe(protectedHere ? 0 : 1);
        expect(visit({ at: START + AUTO_BLOCK_MS - 1_000, client: addressOf(1) }).action).toBe(
          protectedHere ? 'allow' : 'refuse',
        );
        expect(visit({ at: START + AUTO_BLOCK_MS + 60_000, client: addressOf(1) }).action).toBe('allow');
      }),
      { numRuns: 20 },
    );
  });

  it('property 41: unblock resets score: the client starts from zero history', () => {
    const { visit, gateway, reports } = gatewayOf(cleared);
    const other = addressOf(2);
    for (const { request, answer } of attack(addressOf(1))) visit(request, answer);
    for (const { request, answer } of attack(other).slice(0, 6)) visit(request, answer);
    visit({ at: START + 1_500, client: addressOf(1), session: 'forged', userAgent: '' });
    expect(reports).toHaveLength(1);
    const before = visit({ at: START + 2_000, client: other });
    gateway.reset(addressOf(1));
    const fresh = gatewayOf().visit({ at: START + 3_000, client: addressOf(1) });
    expect(visit({ at: START + 3_000, client: addressOf(1) })).toMatchObject({
      action: 'allow',
      score: fresh.score,
      factors: fresh.factors,
    });
    expect(visit({ at: START + 3_000, client: other }).score).toBe(before.score);
  });

  it('blocks the whole /56 of the eighth /64 that it blocked, until it is unblocked', () => {
    const { visit, gateway, reports } = gatewayOf(signature(50));
    const six = (low: number): Network => ({ family: 6, prefix: 64, high: 0x20010db8, low });
    const bad = (low: number) => visit({ client: six(low), session: 'forged', userAgent: '' });
    for (let low = 0; low < 7; low++) bad(low);
    expect(visit({ client: six(200) }).rule).not.toBe('auto-block');
    bad(7);
    expect(reports).toHaveLength(8);
    expect(visit({ client: six(200) })).toMatchObject({ action: 'refuse', rule: 'auto-block' });
    expect(visit({ client: six(256) }).rule).not.toBe('auto-block');
    gateway.reset(six(3));
    expect(visit({ client: six(200) }).rule).not.toBe('auto-block');
    expect(visit({ client: six(4) }).rule).toBe('auto-block');
  });

  it('does not block an address behind which somebody was signed in lately, and does once that is long ago', () => {
    const { visit, reports } = gatewayOf(signature(50));
    const client = addressOf(9);
    visit({ client, session: 'valid', subject: 'patient' });
    visit({ client, at: START + 1_000, session: 'forged', userAgent: '' });
    expect(reports).toEqual([]);
    expect(visit({ client, at: START + 3_600_001, session: 'forged', userAgent: '' }).score).toBeGreaterThanOrEqual(80);
    expect(reports).toHaveLength(1);
  });

  it('challenges instead of refusing what others report of an address with a staff session of the last day', () => {
    const { visit } = gatewayOf({ lookup: { verdictFor: (_, at) => (at > START ? BLOCKED : NOTHING) } });
    visit({ session: 'valid', subject: 'nurse', staff: true });
    expect(visit({ at: START + 23 * 3_600_000 })).toMatchObject({ action: 'challenge', rule: 'never-block' });
    expect(visit({ at: START + 23 * 3_600_000, session: 'valid', subject: 'nurse', staff: true }).action).toBe('allow');
    expect(visit({ at: START + 48 * 3_600_000 })).toMatchObject({ action: 'refuse', rule: 'blocklist' });
  });

  it('stops nobody whom it spares, whatever else holds, and still writes down why it would have', () => {
    const spares = ({ subject }: RequestFacts) => subject === 'operator';
    const { visit, reports } = gatewayOf({ ...listed(BLOCKED), ...signature(30), spares });
    for (let i = 0; i < 10; i++) {
      const decision = visit({ at: START + i * 100, subject: 'operator', userAgent: '' });
      expect(decision).toMatchObject({ action: 'allow', judged: 'allow', rule: 'never-block' });
      expect(decision.factors.map(({ name }) => name)).toContain('user-agent');
    }
    expect(visit({ at: START + 2_000 })).toMatchObject({ action: 'refuse', rule: 'blocklist' });
    expect(reports).toEqual([]);
  });

  it('hears of limits behind it as of its own: bursts within a second are one', () => {
    const { visit, gateway } = gatewayOf();
    visit();
    for (let i = 0; i < 5; i++) gateway.limited(requestOf({ at: START + i * 100 }));
    gateway.limited(requestOf({ at: START + 1_500 }));
    const { factors } = visit({ at: START + 1_600 });
    expect(factors.find(({ name }) => name === 'limit-violations')?.points).toBe(9);
  });

  it('turns to challenges when a fifth of a whole minute was refused, of many sources', () => {
    const { visit, gateway } = gatewayOf(listed(BLOCKED));
    const { visit: single } = gatewayOf(listed(BLOCKED));
    // of thirty providers
    const from = (i: number): Network => ({ family: 4, prefix: 32, high: (((20 + (i % 30)) << 24) | 1) >>> 0, low: 0 });
    for (let i = 0; i < 600; i++) {
      expect(visit({ at: START + i * 100, client: from(i) }).action).toBe('refuse');
      single({ at: START + i * 100 });
    }
    expect(visit({ at: START + 60_000, client: from(1) })).toMatchObject({
      action: 'challenge',
      rule: 'circuit-breaker',
    });
    const why = { breaker: 'refusals', cause: 'refused-share', hit: 600, of: 600, since: START + 60_000 };
    expect(gateway.openBreakers(START + 60_000)).toMatchObject([why]);
    expect(gateway.releaseBreaker('list', START + 60_000)).toBe(false);
    expect(gateway.releaseBreaker('refusals', START + 60_000)).toBe(true);
    expect(gateway.releaseBreaker('refusals', START + 60_000)).toBe(false);
    for (let i = 600; i < 1_300; i++) {
      expect(visit({ at: START + i * 100, client: addressOf(i % 30) }).action).toBe('refuse');
    }
    expect(single({ at: START + 60_000 }).action).toBe('refuse');
  });

  it.each([
    ['the /64s of one line', (i: number): Network => ({ family: 6, prefix: 64, high: 0x26001234, low: i })],
    [
      'the /48s of one provider',
      (i: number): Network => ({ family: 6, prefix: 64, high: 0x26001234, low: i * 65_536 }),
    ],
    [
      'the /64s of four providers',
      (i: number): Network => ({ family: 6, prefix: 64, high: 0x26001234 + (i % 4), low: i }),
    ],
    [
      'the addresses of one /16',
      (i: number): Network => ({ family: 4, prefix: 32, high: 0x14010000 + i * 97, low: 0 }),
    ],
  ] as const)('is opened by nobody with %s', (_, from) => {
    const { visit, gateway } = gatewayOf(listed(BLOCKED));
    for (let i = 0; i < 600; i++) visit({ at: START + i * 100, client: from(i) });
    expect(gateway.openBreakers(START + 60_000)).toEqual([]);
  });
});
