import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { Challenge } from 'altcha-lib/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../gateway/address.ts';
import { Captcha } from '../../../gateway/captcha/captcha.ts';
import { CHALLENGE_MS } from '../../../gateway/captcha/challenges.ts';
import { CLEARANCE_MS, clearancesIn } from '../../../gateway/captcha/clearance.ts';
import { FAILURE_BLOCK_MS, FAILURE_WINDOW_MS } from '../../../gateway/captcha/failures.ts';
import { gatewayKeys } from '../../../gateway/captcha/secrets.ts';
import { WAIT_MS } from '../../../gateway/captcha/waiting.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { requestFacts } from '../facts.ts';

const keys = gatewayKeys(new Uint8Array(32).fill(3));

function made(maxAnswers?: number): {
  captcha: Captcha;
  clock: ManualClock;
  facts: (fields?: Partial<RequestFacts>) => RequestFacts;
} {
  const clock = new ManualClock();
  let seed = 0;
  const random = (length: number) => {
    seed += 1;
    return new Uint8Array(length).map((_, i) => (seed * 31 + i * 7) & (i === 0 ? 0 : 63));
  };
  const captcha = new Captcha(
    { keys, cost: 1, ...(maxAnswers === undefined ? {} : { maxAnswers }) },
    { clock, random },
  );
  return { captcha, clock, facts: (fields) => requestFacts({ at: clock.now(), ...fields }) };
}

async function solve(challenge: Challenge | undefined): Promise<string> {
  const solution = await solveChallenge({ challenge: challenge!, deriveKey });
  return btoa(JSON.stringify({ challenge, solution }));
}

const cookieOf = (line: string) => line.split(';', 1)[0];
const sent = (cookie: string) => ({ cookie, clearances: clearancesIn(cookie) ?? [] });

describe('the CAPTCHA', () => {
  it('property 23: CAPTCHA success: a right answer, once, for its own prefix, before it expires', async () => {
    const settings = fc.record({
      // Same address, same prefix, another prefix.
      host: fc.constantFrom('198.51.100.7', '198.51.100.99', '198.51.101.7', '2001:db8::1'),
      wait: fc.oneof(fc.nat(CHALLENGE_MS - 1), fc.integer({ min: CHALLENGE_MS, max: 2 * CHALLENGE_MS })),
      spoilt: fc.constantFrom('no', 'key', 'counter', 'until', 'signature', 'cut'),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ host, wait, spoilt }) => {
        const { captcha, clock, facts } = made();
        const right = await solve(await captcha.challenge(facts()));
        clock.advance(wait);
        const answer = spoilt === 'no' ? right : spoil(right, spoilt);
        const from = facts({ client: parseAddress(host) });
        const { outcome } = await captcha.answer(from, answer);
        const good = spoilt === 'no' && host.startsWith('198.51.100.') && wait < CHALLENGE_MS;
        expect(outcome === 'cleared').toBe(good);
        if (!good) return;
        expect(await captcha.answer(from, answer)).toEqual({ outcome: 'wrong' });
        const cookie = cookieOf(captcha.clearance(from, false));
        expect(captcha.hasClearance({ ...from, ...sent(`a=b; ${cookie}`) })).toBe(true);
        expect(captcha.hasClearance({ ...from, ...sent(cookie), userAgent: 'curl/8' })).toBe(false);
        expect(captcha.hasClearance({ ...from, ...sent(cookie), client: parseAddress('203.0.113.7') })).toBe(false);
        expect(captcha.hasClearance({ ...from, ...sent(cookie), at: from.at + CLEARANCE_MS })).toBe(false);
        expect(
          captcha.hasClearance({ ...from, ...sent(cookie.replace(/.$/, (last) => (last === '0' ? '1' : '0'))) }),
        ).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it('property 24: CAPTCHA failure blocks: the third failure inside the window, replayed and foreign answers among them', async () => {
    const attempts = fc.array(
      fc.record({
        wait: fc.nat(FAILURE_WINDOW_MS),
        kind: fc.constantFrom('garbage', 'forged', 'spoilt', 'replayed', 'foreign', 'right'),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(attempts, async (steps) => {
        const { captcha, clock, facts } = made();
        const replayed = await solve(await captcha.challenge(facts()));
        await captcha.answer(facts(), replayed);
        let failures: number[] = [];
        let blockedUntil = 0;
        for (const { wait, kind } of steps) {
          clock.advance(wait);
          const at = clock.now();
          expect(captcha.blockedUntil(facts().client, at)).toBe(blockedUntil > at ? blockedUntil : 0);
          const stranger = facts({ client: parseAddress('203.0.113.1') });
          const fresh = async (from: RequestFacts) => solve(await captcha.challenge(from));
          const answers: Record<typeof kind, () => string | Promise<string>> = {
            garbage: () => 'x',
            forged: async () => spoil(await fresh(facts()), 'until'),
            spoilt: async () => spoil(await fresh(facts()), 'key'),
            replayed: () => replayed,
            foreign: () => fresh(stranger),
            right: () => fresh(facts()),
          };
          const answer = await answers[kind]();
          // What is replayed after it expired is told apart, and counts for nothing.
          const late = kind === 'replayed' && at >= 1_760_000_000_000 + CHALLENGE_MS;
          const { outcome } = await captcha.answer(facts(), answer);
          if (blockedUntil > at) expect(outcome).toBe('blocked');
          else if (kind === 'right') expect(outcome).toBe('cleared');
          else if (late) expect(outcome).toBe('expired');
          // Of no challenge that was made here: whoever sends it fails in nobody's name.
          else if (kind === 'garbage' || kind === 'forged') expect(outcome).toBe('wrong');
          else {
            failures = [...failures.filter((time) => time > at - FAILURE_WINDOW_MS), at];
            if (failures.length === 3) [blockedUntil, failures] = [at + FAILURE_BLOCK_MS, []];
            expect(outcome).toBe(blockedUntil > at ? 'blocked' : 'wrong');
          }
          expect(captcha.blockedUntil(stranger.client, at)).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('never throws for an answer, whatever was sent', async () => {
    const { captcha, facts } = made();
    const right = JSON.parse(atob(await solve(await captcha.challenge(facts())))) as Record<string, unknown>;
    const anything = fc.oneof(
      fc.string(),
      fc.json().map(btoaSafe),
      fc
        .record({ challenge: fc.anything(), solution: fc.anything() })
        .map((value) => btoaSafe(JSON.stringify(value) ?? '')),
      fc.anything().map((solution) => btoaSafe(JSON.stringify({ ...right, solution }) ?? '')),
      fc
        .anything()
        .map((parameters) => btoaSafe(JSON.stringify({ ...right, challenge: { parameters, signature: 'aa' } }) ?? '')),
    );
    await fc.assert(
      fc.asyncProperty(anything, fc.nat(0xffff_ffff), async (text, high) => {
        const client = { family: 4, prefix: 32, high, low: 0 } as const;
        expect((await captcha.answer(facts({ client }), text)).outcome).not.toBe('cleared');
        expect(captcha.waited(facts({ client }), text).outcome).not.toBe('cleared');
        expect(captcha.hasClearance(facts(sent(`wardmesh-clearance=${text}`)))).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('who waited is let in without a script, once, not early and not for others', () => {
    const { captcha, clock, facts } = made();
    const ticket = captcha.ticket(facts())!;
    expect(captcha.waited(facts(), ticket)).toEqual({ outcome: 'early', wait: WAIT_MS });
    clock.advance(WAIT_MS);
    expect(captcha.ripeness(facts(), ticket)).toBe(0);
    expect(captcha.waited(facts({ client: parseAddress('203.0.113.9') }), ticket).outcome).toBe('wrong');
    expect(captcha.waited(facts({ userAgent: 'other' }), ticket).outcome).toBe('wrong');
    expect(captcha.waited(facts(), ticket).outcome).toBe('cleared');
    expect(captcha.ripeness(facts(), ticket)).toBeUndefined();
    expect(captcha.waited(facts(), ticket).outcome).toBe('wrong');
  });

  it('a full memory of answers makes nobody fail, and tickets do not fill that of answers', async () => {
    const { captcha, clock, facts } = made(2);
    const solved = async () => captcha.answer(facts(), await solve(await captcha.challenge(facts())));
    const tickets = Array.from({ length: 3 }, () => captcha.ticket(facts())!);
    clock.advance(WAIT_MS);
    const waited = () => tickets.map((ticket) => captcha.waited(facts(), ticket).outcome);
    expect(waited()).toEqual(['cleared', 'cleared', 'expired']);
    const outcomes = [];
    for (let i = 0; i < 8; i++) outcomes.push((await solved()).outcome);
    expect(outcomes).toEqual(['cleared', 'cleared', ...Array(6).fill('expired')]);
    expect(captcha.blockedUntil(facts().client, clock.now())).toBe(0);
    clock.advance(CHALLENGE_MS);
    expect((await solved()).outcome).toBe('cleared');
  });

  it('a ticket that is none of this client counts for nothing, one that was used is a failure', () => {
    const { captcha, clock, facts } = made();
    const ticket = captcha.ticket(facts())!;
    clock.advance(WAIT_MS);
    for (let i = 0; i < 5; i++) expect(captcha.waited(facts(), i % 2 === 0 ? '' : `${ticket}0`).outcome).toBe('wrong');
    expect(captcha.waited(facts(), ticket).outcome).toBe('cleared');
    expect([1, 2, 3].map(() => captcha.waited(facts(), ticket).outcome)).toEqual(['wrong', 'wrong', 'blocked']);
  });

  it('makes a client only so many challenges and tickets at once', async () => {
    const { captcha, clock, facts } = made();
    const tickets = Array.from({ length: 10 }, () => captcha.ticket(facts()));
    expect(tickets.filter((ticket) => ticket !== undefined)).toHaveLength(4);
    const challenges = await Promise.all(Array.from({ length: 40 }, () => captcha.challenge(facts())));
    expect(challenges.filter((challenge) => challenge !== undefined)).toHaveLength(30);
    clock.advance(1_000);
    expect(await captcha.challenge(facts())).toBeDefined();
  });
});

function btoaSafe(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** A right answer with one thing changed. */
function spoil(answer: string, what: string): string {
  if (what === 'cut') return answer.slice(0, -8);
  const value = JSON.parse(atob(answer));
  if (what === 'key')
    value.solution.derivedKey = value.solution.derivedKey.replace(/^./, (c: string) => (c === '0' ? '1' : '0'));
  if (what === 'counter') value.solution.counter = -1;
  if (what === 'until') value.challenge.parameters.data.until += 1_000_000;
  if (what === 'signature') delete value.challenge.parameters.keySignature;
  return btoa(JSON.stringify(value));
}
