// The gateway before a node's own doors: what it refuses and in which form, whom it never stops, who counts as signed in, and
// what it learns of sign-ins and limits.
import { describe, expect, it } from 'vitest';
import { PeopleError } from '../../../node/people/errors.ts';
import type { SessionRef } from '../../../rpc/access/principal.ts';
import { createClient } from '../../../rpc/client.ts';
import { TOKEN } from '../../rpc/helpers/door.ts';
import { BROWSER, from, NOT_THERE, openGuardedDoor, SEARCH } from './guarded-door.ts';

const HEALTH = { jsonrpc: '2.0', method: 'node_health', id: 1 };
const BLOCKED = '203.0.113.7';
const OTHER = '198.51.100.20';
/** Names no program. */
const SCAN = { 'user-agent': '' };
const ATTACK = '/old.html?id=1%27%20or%201=1--%20&x=%3Cscript%3Ealert(1)%3C/script%3E';
const PLENTY = { limits: { open: { rate: 1e6, burst: 1e6 } } };

describe('the gateway before the doors', () => {
  it('refuses whom the clinic blocks, a browser with a page and a program with a problem, before anything else is done', async () => {
    const { door, block, decisions } = await openGuardedDoor('enforce');
    block(BLOCKED);
    const page = await door.get('/', from(BLOCKED, BROWSER));
    expect(page.status).toBe(403);
    expect(page.text).toContain('This page is closed to you at the moment');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    for (const answer of [
      await door.post(HEALTH, from(BLOCKED)),
      await door.get('/api/v1/node/health', from(BLOCKED)),
      await door.get('/lists/blocklist.txt', from(BLOCKED, { authorization: 'Bearer wrong' })),
      await door.post('no JSON', from(BLOCKED, { host: 'evil.example' })),
    ]) {
      expect(answer.status).toBe(403);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(answer.json).toMatchObject({ type: 'urn:wardmesh:gateway:refuse', status: 403 });
      expect(decisions.some(({ reference }) => reference === answer.json.reference)).toBe(true);
    }
    await expect(door.socket(['wardmesh.rpc'], from(BLOCKED))).rejects.toThrow('403');
    const through: typeof fetch = (url, init) =>
      fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), ...from(BLOCKED) } });
    const client = createClient({ url: door.url }, { fetch: through });
    await expect(client.call('node_health')).rejects.toMatchObject({ code: 'gateway.refuse' });
    await expect(client.download('ab'.repeat(16))).rejects.toMatchObject({ code: 'gateway.refuse' });
    expect((await door.post(HEALTH, from(OTHER))).json.result.ready).toBe(true);
    expect(decisions.map(({ rule }) => rule)).toEqual([...new Array(8).fill('pin'), 'score']);
  });

  it('lets everything pass in observe, and writes down what it would have done and what was answered', async () => {
    const { door, block, decisions, answered } = await openGuardedDoor('observe');
    block(BLOCKED);
    expect((await door.post(HEALTH, from(BLOCKED))).status).toBe(200);
    expect((await door.get('/nothing.php', from(BLOCKED))).status).toBe(404);
    const socket = await door.socket(['wardmesh.rpc'], from(BLOCKED));
    expect(decisions.map(({ action, judged }) => [action, judged])).toEqual(new Array(3).fill(['allow', 'refuse']));
    expect(decisions.map(({ reference }) => answered.get(reference))).toEqual([200, 404, 101]);
    socket.terminate();
  });

  it('answers supervisors whatever it thinks of their address, and does not count them', async () => {
    const { door, block, decisions } = await openGuardedDoor('enforce');
    block(BLOCKED);
    expect((await door.get('/health/live', from(BLOCKED))).status).toBe(200);
    expect((await door.get('/health/ready?verbose', from(BLOCKED))).status).toBe(200);
    expect(decisions).toEqual([]);
    expect((await door.get('/health/../.env', from(BLOCKED))).status).toBe(403);
  });

  it('never stops this machine, whatever it sends, where no proxy runs on it', async () => {
    const { door, decisions, found, warned } = await openGuardedDoor('enforce', PLENTY, []);
    for (let place = 0; place < 20; place++) expect((await door.get(ATTACK, SCAN)).status).toBe(404);
    expect(decisions.some(({ rule, action }) => rule === 'never-block' && action === 'allow')).toBe(true);
    expect([found, warned]).toEqual([[], []]);
    expect((await door.call('node_status', {}, TOKEN)).result.network).toBe('test');
  });

  it('stops visitors of a proxy on this machine, also where it does not say who they are; never the operator', async () => {
    const { door, decisions, found, warned } = await openGuardedDoor('enforce', PLENTY);
    for (let place = 0; place < 20; place++) expect((await door.get(ATTACK, SCAN)).status).toBe(403);
    expect(warned).toHaveLength(1);
    expect(found).toEqual([]);
    expect((await door.call('node_status', {}, TOKEN)).result.network).toBe('test');
    expect(decisions.at(-1)).toMatchObject({ rule: 'score', action: 'allow' });
    expect((await door.get(ATTACK, { ...SCAN, authorization: `Bearer ${TOKEN}` })).status).toBe(404);
    expect(decisions.at(-1)).toMatchObject({ rule: 'never-block', action: 'allow' });
    // What a visitor writes there itself is not this machine.
    expect((await door.get(ATTACK, from(`127.0.0.1, ${BLOCKED}`, SCAN))).status).toBe(403);
    expect(warned).toHaveLength(1);
  });

  it('property 41: unblock resets score: a scanner is reported once, by what weighs most, and starts from zero when that was taken back', async () => {
    const { door, decisions, found, revoked } = await openGuardedDoor('enforce', PLENTY);
    for (const page of NOT_THERE) await door.get(page, from(BLOCKED, SEARCH));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ category: 'scan', network: { family: 4, prefix: 32 } });
    expect(found[0].score).toBeGreaterThanOrEqual(80);
    expect(found[0].ownScore).toBe(found[0].score);
    expect((await door.get('/', from(BLOCKED, BROWSER))).status).toBe(403);
    expect(decisions.at(-1)?.rule).toBe('auto-block');
    revoked(BLOCKED);
    await door.get('/', from(BLOCKED, BROWSER));
    expect(decisions.at(-1)).toMatchObject({ action: 'allow', score: 10 });
    expect(decisions.at(-1)?.factors.map(({ name }) => name)).toEqual(['session']);
  });

  it('hands a coordinated attack on, so that a signature is proposed, also while it only observes', async () => {
    for (const mode of ['enforce', 'observe'] as const) {
      const { door, attacks } = await openGuardedDoor(mode, PLENTY);
      for (let i = 0; i < 60; i++) await door.get('/shop/cart', from(`198.${18 + (i % 30)}.7.${i + 1}`, BROWSER));
      expect(attacks.length).toBeGreaterThan(0);
    }
  });

  it('asks a visitor to compute, and the way to answer is limited like every other address', async () => {
    const { door, decisions } = await openGuardedDoor('enforce', { limits: { open: { rate: 0.01, burst: 40 } } });
    // Half of what it asks for is not there: doubtful, and no scanner yet.
    for (let place = 0; place < 5; place++) {
      await door.post(HEALTH, from(OTHER, BROWSER));
      await door.get(`/old-${place}.html`, from(OTHER, BROWSER));
    }
    const page = await door.get('/', from(OTHER, BROWSER));
    expect(decisions.at(-1)).toMatchObject({ action: 'challenge', rule: 'score' });
    expect(page.text).toContain('/.wardmesh/captcha');
    expect(page.headers.get('content-security-policy')).toContain('script-src');
    const judged = decisions.length;
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) statuses.push((await door.get('/.wardmesh/wait', from(OTHER, BROWSER))).status);
    expect(statuses).toContain(200);
    expect(statuses.at(-1)).toBe(429);
    expect(decisions).toHaveLength(judged);
    expect((await door.get('/.wardmesh/other', from('198.51.100.21', BROWSER))).status).toBe(404);
  });
});

describe('who is signed in at the doors', () => {
  const SECRET = 's'.repeat(43);
  const cookie = `wardmesh-1-0a1b2c3d=${SECRET}`;
  const person = (roles: SessionRef['roles']): SessionRef => ({
    ...{ id: 'a'.repeat(32), user: 'b'.repeat(32), account: null, name: 'Anna', roles, factorAt: null },
  });
  const doorFor = (roles: SessionRef['roles']) =>
    openGuardedDoor('observe', {
      modules: {
        sessions: {
          find: async (secret) => (secret === SECRET ? person(roles) : undefined),
          current: async () => person(roles),
          touch: () => undefined,
          renewal: () => undefined,
          onEnded: () => () => undefined,
        },
      },
    });

  it('is what the doors checked: a token, a session also on pages; never a cookie that nobody knows', async () => {
    const { door, factor } = await doorFor(['doctor']);
    const measured = async (headers: Record<string, string>) => {
      await door.get('/', from(OTHER, headers));
      return factor('session')?.measured ?? 'valid';
    };
    expect(await measured({})).toBe('none');
    expect(await measured({ cookie })).toBe('valid');
    expect(await measured({ cookie: cookie.replace(/s/g, 't') })).toBe('none');
    expect(await measured({ cookie: `${cookie}; ${cookie}` })).toBe('none');
    expect(await measured({ authorization: `Bearer ${TOKEN}` })).toBe('valid');
    expect(await measured({ authorization: `Bearer ${TOKEN}x` })).toBe('forged');
    expect(await measured({ authorization: `Bearer wmk_${'0'.repeat(16)}_${'A'.repeat(43)}` })).toBe('forged');
    // A token that is none hides no session.
    expect(await measured({ authorization: 'Bearer wrong', cookie })).toBe('forged');
  });

  it('is nobody where another site made the browser send the cookie', async () => {
    const { door, factor } = await doorFor(['doctor']);
    const answer = await door.post(HEALTH, from(OTHER, { cookie, origin: 'https://evil.example' }));
    expect(answer.status).toBe(403);
    const plain = await door.post(HEALTH, from(OTHER, { cookie }));
    expect(plain.json.error.data.code).toBe('rpc.csrf');
    expect(factor('session')?.measured).toBe('none');
  });
});

describe('what the doors tell the gateway', () => {
  it('that sign-ins failed and worked, over JSON-RPC and REST', async () => {
    let right = false;
    const { door, factor, answered, decisions } = await openGuardedDoor('observe', {
      ...PLENTY,
      handlers: {
        session_signIn: async (_, { cookies }) => {
          if (!right) throw new PeopleError({ code: 'session.refused' });
          cookies?.startSession('s'.repeat(43), Date.now() + 60_000);
          return { session: null, ticket: null } as never;
        },
      },
    });
    const params = { name: 'anna', auth: '00'.repeat(32) };
    const call = () => door.post({ jsonrpc: '2.0', method: 'session_signIn', params, id: 1 }, from(OTHER));
    // One in two minutes is forgotten meanwhile.
    const failures = () => Number(factor('sign-in-failures')?.measured ?? 0);
    for (let i = 0; i < 6; i++) expect((await call()).json.error.data.code).toBe('session.refused');
    await call();
    const before = failures();
    expect(before).toBeGreaterThanOrEqual(4);
    const rest = await door.send(
      'POST',
      '/api/v1/session/sign-in',
      from(OTHER, { 'content-type': 'application/json' }),
      JSON.stringify(params),
    );
    expect(rest.json.code).toBe('session.refused');
    expect(answered.get(decisions.at(-1)!.reference)).toBe(rest.status);
    await door.post(HEALTH, from(OTHER));
    const after = failures();
    expect(after).toBeGreaterThan(before);
    right = true;
    await call();
    await door.post(HEALTH, from(OTHER));
    expect(failures()).toBeLessThan(after);
  });

  it('that a limit refused: the doors count, once, and the score rises', async () => {
    const { door, factor } = await openGuardedDoor('observe', { limits: { open: { rate: 0.01, burst: 2 } } });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await door.post(HEALTH, from(OTHER))).status);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect(factor('limit-violations')?.points).toBeGreaterThan(0);
    expect((await door.post(HEALTH, from('198.51.100.77'))).status).toBe(200);
  });
});
