import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WAIT_MS } from '../../../gateway/captcha/waiting.ts';
import type { SessionState } from '../../../gateway/judge/facts.ts';
import { MemoryLimiter } from '../../../gateway/limits/memory-limiter.ts';
import type { Admission } from '../../../gateway/ways-in/front-door.ts';
import { localPath } from '../../../gateway/ways-in/own-pages.ts';
import { NO_SESSION } from '../../../gateway/ways-in/session-source.ts';
import type { Visit } from '../../../gateway/ways-in/visit.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { gatewayParts } from './parts.ts';

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

function visit(fields: Partial<Visit> & { readonly cookie?: string; readonly accept?: string } = {}): Visit {
  const { cookie, accept = 'text/html', ...rest } = fields;
  const headers = {
    host: 'clinic.example',
    'user-agent': AGENT,
    accept,
    'accept-language': 'en',
    ...(cookie === undefined ? {} : { cookie }),
  };
  return {
    method: 'GET',
    url: '/',
    headers,
    rawHeaders: Object.entries(headers).flat(),
    peer: '198.51.100.7',
    secure: false,
    ...rest,
  };
}

function actionOf(admission: Admission): string {
  return 'passage' in admission
    ? 'pass'
    : (admission.page.headers['x-wardmesh-action'] ?? String(admission.page.status));
}

/** The right answer to the challenge that is shown. */
async function solved(admission: Admission): Promise<string> {
  const { body } = (admission as { page: { body: string } }).page;
  const json = /data-challenge="([^"]*)"/
    .exec(body)![1]
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  const challenge = JSON.parse(json);
  return btoa(JSON.stringify({ challenge, solution: await solveChallenge({ challenge, deriveKey }) }));
}

describe('the front door', () => {
  it.each(['session', 'body', 'limits'])(
    'goes by the list as it is once the %s that it waited for is there',
    async (late) => {
      const clock = new ManualClock();
      const asked = Promise.withResolvers<void>();
      const memory = new MemoryLimiter({}, { clock });
      const { door, verdicts, decisions } = gatewayParts({
        clock,
        ...(late === 'session' ? { sessions: { claimOf: () => asked.promise.then(() => NO_SESSION) } } : {}),
        ...(late === 'limits' ? { limiter: { take: (...act) => asked.promise.then(() => memory.take(...act)) } } : {}),
      });
      const shown = late === 'body' ? { body: () => asked.promise.then(() => 'text') } : {};
      const admission = door.admit(visit(shown));
      verdicts.set('198.51.100.7', 'block');
      asked.resolve();
      await admission;
      expect(decisions.map(({ action }) => action)).toEqual(['refuse']);
    },
  );

  it('property 22: CAPTCHA triggering: exactly 40 to 59, without clearance or sign-in', async () => {
    const settings = fc.record({
      verdict: fc.constantFrom('allow', 'challenge', 'block') as fc.Arbitrary<'allow' | 'challenge' | 'block'>,
      points: fc.nat(60),
      session: fc.constantFrom('valid', 'none', 'forged') as fc.Arbitrary<SessionState>,
      cleared: fc.boolean(),
      accept: fc.constantFrom('text/html', 'application/json'),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ verdict, points, session, cleared, accept }) => {
        const clock = new ManualClock();
        const claim = { state: session, subject: session === 'valid' ? 'somebody' : undefined };
        const parts = gatewayParts({
          clock,
          sessions: { claimOf: () => claim },
          match: () => (points === 0 ? [] : [{ id: 'made-up', category: 'probe' as const, points, shadow: false }]),
        });
        parts.verdicts.set('198.51.100.7', verdict);
        const facts = await parts.door.factsOf(visit());
        const cookie = cleared ? parts.captcha.clearance(facts, false).split(';', 1)[0] : undefined;
        const action = actionOf(await parts.door.admit(visit({ cookie, accept })));
        const [decision] = parts.decisions;
        const inRange = decision.score >= 40 && decision.score < 60;
        if (verdict === 'block' || decision.score >= 60) expect(action).toBe('refuse');
        else expect(action).toBe(inRange && session !== 'valid' && !cleared ? 'challenge' : 'pass');
      }),
      { numRuns: 60 },
    );
  });

  it('property 25: signed-in exempt: losing the session ends it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<SessionState>('valid', 'none', 'forged'), { maxLength: 20 }),
        async (states) => {
          const parts = gatewayParts({
            clock: new ManualClock(),
            sessions: {
              claimOf: ({ url }) => {
                const state = url.slice(1) as SessionState;
                return { state, subject: state === 'valid' ? 'somebody' : undefined };
              },
            },
          });
          parts.verdicts.set('198.51.100.7', 'challenge');
          for (const state of states) {
            const action = actionOf(await parts.door.admit(visit({ url: `/${state}` })));
            expect(action).toBe(state === 'valid' ? 'pass' : 'challenge');
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('property 23: CAPTCHA success: a solved challenge never erases a signature match', async () => {
    const clock = new ManualClock();
    const parts = gatewayParts({
      clock,
      match: ({ query }) =>
        query === 'bad' ? [{ id: 'made-up', category: 'probe' as const, points: 50, shadow: false }] : [],
    });
    parts.verdicts.set('198.51.100.7', 'challenge');
    const answer = await solved(await parts.door.admit(visit()));
    const posted = visit({ method: 'POST', url: '/.wardmesh/captcha' });
    const facts = await parts.door.factsOf(posted);
    const form = new URLSearchParams({ answer, to: '/start?a=b' }).toString();
    const cleared = await parts.own.answer(posted, facts, form);
    expect(cleared).toMatchObject({ status: 303, headers: { location: '/start?a=b' } });
    const cookie = cleared.headers['set-cookie'].split(';', 1)[0];
    expect(actionOf(await parts.door.admit(visit({ cookie })))).toBe('pass');
    expect(actionOf(await parts.door.admit(visit({ cookie, url: '/?bad' })))).toBe('refuse');
    expect(parts.decisions.at(-1)!.signatures).toEqual(['made-up']);
    // The same form again is a replay.
    expect((await parts.own.answer(posted, facts, form)).status).toBe(403);
  });

  it('finds a clearance behind cookies of any length', async () => {
    const parts = gatewayParts({ clock: new ManualClock() });
    parts.verdicts.set('198.51.100.7', 'challenge');
    const cookie = parts.captcha.clearance(await parts.door.factsOf(visit()), true).split(';', 1)[0];
    for (const before of ['a=b; ', `a=${'x'.repeat(990)}; `, `a=${'x'.repeat(6_000)}; `])
      expect(actionOf(await parts.door.admit(visit({ cookie: `${before}${cookie}` })))).toBe('pass');
  });

  it('takes answers from pages of the site itself: others make nobody fail and clear nobody', async () => {
    const clock = new ManualClock();
    const parts = gatewayParts({ clock });
    parts.verdicts.set('198.51.100.7', 'challenge');
    const post = async (url: string, fields: Record<string, string>, headers: Record<string, string>) => {
      const plain = visit({ method: 'POST', url });
      const posted = { ...plain, headers: { ...plain.headers, ...headers } };
      const { status } = await parts.own.answer(
        posted,
        await parts.door.factsOf(posted),
        new URLSearchParams(fields).toString(),
      );
      return status;
    };
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'https://clinic.example' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ];
    const answer = await solved(await parts.door.admit(visit()));
    const spoilt = btoa(atob(answer).replace(/"derivedKey":"../, '"derivedKey":"zz'));
    const ticket = parts.captcha.ticket(await parts.door.factsOf(visit()))!;
    clock.advance(WAIT_MS);
    for (const headers of foreign) {
      for (const sent of [spoilt, answer])
        expect(await post('/.wardmesh/captcha', { answer: sent }, headers)).toBe(403);
      expect(await post('/.wardmesh/wait', { ticket }, headers)).toBe(200);
    }
    expect(await post('/.wardmesh/captcha', { answer }, { origin: 'https://clinic.example' })).toBe(303);
    expect(await post('/.wardmesh/wait', { ticket }, { 'sec-fetch-site': 'same-origin' })).toBe(303);
    const own: Record<string, string>[] = [{}, { origin: 'http://Clinic.example' }, { 'sec-fetch-site': 'none' }];
    for (const headers of own) await post('/.wardmesh/captcha', { answer: spoilt }, headers);
    expect(await post('/.wardmesh/captcha', { answer: spoilt }, {})).toBe(429);
  });

  it('asks nobody about whom it refuses anyway, and knows who is signed in where that is at hand', async () => {
    const claimOf = () => {
      throw new Error('asked');
    };
    const valid = { state: 'valid' as const, subject: 'operator' };
    for (const sessions of [{ claimOf }, { claimOf, atHand: () => valid }]) {
      const parts = gatewayParts({ clock: new ManualClock(), sessions });
      parts.verdicts.set('198.51.100.7', 'block');
      expect(actionOf(await parts.door.admit(visit()))).toBe('refuse');
      const unknown = parts.decisions[0].factors.some(({ name }) => name === 'session');
      expect(unknown).toBe(!('atHand' in sessions));
    }
  });

  it('lets everything pass in observe mode, and says what would have been', async () => {
    const parts = gatewayParts({
      clock: new ManualClock(),
      mode: 'observe',
      anonymous: { name: 'anonymous', rate: 1, burst: 1 },
    });
    parts.verdicts.set('198.51.100.7', 'block');
    for (let i = 0; i < 3; i++) expect(actionOf(await parts.door.admit(visit()))).toBe('pass');
    expect(parts.decisions.map(({ judged }) => judged)).toEqual(['refuse', 'refuse', 'refuse']);
  });

  it('answers a limit with 429, its fields, a page for people and a problem for programs', async () => {
    const parts = gatewayParts({
      clock: new ManualClock(),
      anonymous: { name: 'anonymous', rate: 1, burst: 5 },
      routes: [{ path: '/dear', cost: 4 }],
    });
    const first = (await parts.door.admit(visit({ url: '/dear' }))) as { passage: { fields: Record<string, string> } };
    expect(first.passage.fields['RateLimit']).toBe('"anonymous";r=1;t=4');
    const { page } = (await parts.door.admit(visit({ url: '/dear' }))) as {
      page: { status: number; headers: Record<string, string>; body: string };
    };
    expect(page.status).toBe(429);
    expect(page.headers).toMatchObject({ 'retry-after': '3', RateLimit: '"anonymous";r=1;t=4', 'Retry-After': '3' });
    expect(page.body).toContain('3 seconds');
    const program = (await parts.door.admit(visit({ url: '/dear', accept: 'application/json' }))) as {
      page: { body: string };
    };
    expect(JSON.parse(program.page.body)).toMatchObject({ status: 429, action: 'limit' });
  });

  it('refusal pages carry reference and contact, nothing of others, and no script', async () => {
    const parts = gatewayParts({ clock: new ManualClock() });
    parts.verdicts.set('198.51.100.7', 'block');
    const { page } = (await parts.door.admit(visit({ url: '/<script>alert(1)</script>' }))) as {
      page: { headers: Record<string, string>; body: string };
    };
    expect(page.body).toContain(parts.decisions[0].reference);
    expect(page.body).toContain('+49 30 5550 100');
    expect(page.body).not.toContain('<script');
    expect(page.body).not.toMatch(/https?:\/\//);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
  });

  it('sends nobody to another site', () => {
    for (const text of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/a\r\nx: y',
      '/ä',
      '/.wardmesh/wait',
      '',
    ]) {
      expect(localPath(text)).toBe('/');
    }
    expect(localPath('/a/b?c=d&e=%20')).toBe('/a/b?c=d&e=%20');
  });
});
