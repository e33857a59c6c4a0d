// Sessions at the door, and what attackers do with them: cookies, CSRF, fixation, hosts, replay, sizes, frames, WebSockets.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { doorError } from '../../rpc/errors.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { SESSION_ENDED } from '../../rpc/server/socket-session.ts';
import { MemoryLog, SESSION_COOKIE } from '../helpers/access.ts';
import { TinyKeys, TinySessions } from '../helpers/tiny-sessions.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { closed, type Door, type DoorSettings, nextMessage, openDoor, TOKEN } from '../rpc/helpers/door.ts';

const CALL = { jsonrpc: '2.0', method: 'node_status', id: 1 };
const DEVICE_COOKIE = 'wardmesh-device-1-0a1b2c3d';

async function openSigned(settings: DoorSettings = {}) {
  const sessions = new TinySessions();
  const apiKeys = new TinyKeys();
  const log = new MemoryLog();
  const modules = { sessions, apiKeys, accessLog: log, ...settings.modules };
  const door = await openDoor({ ...settings, modules });
  const secret = sessions.start({ roles: ['admin'], factorAt: Date.now() });
  return { door, sessions, apiKeys, log, secret };
}

const cookie = (secret: string, name = SESSION_COOKIE) => `${name}=${secret}`;
const own = (door: Door) => ({ origin: door.url });

/** Signs in and out as the real handlers do: by the cookies of the context. */
function cookieHandlers(secret: () => string): Partial<Handlers> {
  return {
    session_signOut: async (_params, { cookies, principal }) => {
      if (cookies === undefined) throw doorError('session.http-only');
      expect(principal.kind).toBe('session');
      cookies.endSession();
      return {} as never;
    },
    session_start: async (_params, { cookies, client }) => {
      if (cookies === undefined) throw doorError('session.http-only');
      cookies.startSession(secret(), Date.now() + 3_600_000);
      cookies.markDevice('d'.repeat(43));
      return { device: client.device ?? null } as never;
    },
  };
}

const START = { jsonrpc: '2.0', method: 'session_start', params: { name: 'kim' }, id: 1 };

describe('the session cookie', () => {
  it('is for scripts of no page, for this site, this node and this clinic alone', async () => {
    const { door, sessions } = await openSigned({ handlers: cookieHandlers(() => 's'.repeat(43)) });
    const { headers } = await door.post(START);
    const set = headers.get('set-cookie') as string;
    expect(set).toContain(`${SESSION_COOKIE}=${'s'.repeat(43)}; Max-Age=3600; Path=/; HttpOnly; SameSite=Strict`);
    expect(set).toContain(`${DEVICE_COOKIE}=${'d'.repeat(43)}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Strict`);
    expect(set).not.toMatch(/Domain|Secure/i);
    expect(sessions.asked).toEqual([]);
  });

  it('is Secure and has the prefix that no neighbour can plant where the node is reached over TLS', async () => {
    const options = { trustedProxies: ['127.0.0.1'] };
    const { door, secret } = await openSigned({ options, handlers: cookieHandlers(() => 's'.repeat(43)) });
    const tls = { 'x-forwarded-proto': 'https' };
    const { headers } = await door.post(START, tls);
    const set = headers.get('set-cookie') as string;
    expect(set).toContain(`__Host-${SESSION_COOKIE}=`);
    expect(set).toContain('; Secure');
    const ask = (name: string) =>
      door.post(CALL, { ...tls, origin: door.url.replace('http:', 'https:'), cookie: cookie(secret, name) });
    expect((await ask(`__Host-${SESSION_COOKIE}`)).json.result.network).toBe('test');
    expect((await ask(SESSION_COOKIE)).json.error.data.code).toBe('rpc.unauthorized');
  });

  it('opens what its roles allow, and gives handlers the device cookie', async () => {
    const { door, secret } = await openSigned({ handlers: cookieHandlers(() => 's'.repeat(43)) });
    expect((await door.post(CALL, { ...own(door), cookie: cookie(secret) })).json.result.network).toBe('test');
    const both = `a=b; ${cookie(secret)}; ${DEVICE_COOKIE}=${'e'.repeat(30)}`;
    expect((await door.post(START, { ...own(door), cookie: both })).json.result.device).toBe('e'.repeat(30));
  });

  it('is never taken from who planted it: signing in gives another one, and one that stands twice counts for nothing', async () => {
    const fresh = 'n'.repeat(43);
    const { door, sessions, secret } = await openSigned({ handlers: cookieHandlers(() => fresh) });
    const planted = 'p'.repeat(43);
    const { headers } = await door.post(START, { ...own(door), cookie: cookie(planted) });
    expect(headers.get('set-cookie')).toContain(`${SESSION_COOKIE}=${fresh};`);
    expect(headers.get('set-cookie')).not.toContain(planted);
    const twice = `${cookie(secret)}; ${cookie(planted)}`;
    const answer = await door.post(CALL, { ...own(door), cookie: twice });
    expect(answer.json.error.data.code).toBe('rpc.unauthorized');
    expect(sessions.asked).not.toContain(secret);
  });

  it('is refused as a value where it is none, without asking anybody', async () => {
    const { door, sessions } = await openSigned();
    for (const value of [
      '',
      'short',
      'x'.repeat(129),
      '"quoted quoted quoted"',
      'with space in it and more',
      '../../etc/passwd........',
    ]) {
      const answer = await door.post(CALL, { ...own(door), cookie: cookie(value) });
      expect(answer.json.error.data.code, value).toBe('rpc.unauthorized');
    }
    expect(sessions.asked).toEqual([]);
  });

  it('is made anew after a change of rights, once', async () => {
    const { door, sessions, secret } = await openSigned();
    const renewed = sessions.renew(secret, Date.now() + 60_000);
    const first = await door.post(CALL, { ...own(door), cookie: cookie(secret) });
    expect(first.headers.get('set-cookie')).toContain(`${SESSION_COOKIE}=${renewed};`);
    const second = await door.post(CALL, { ...own(door), cookie: cookie(renewed) });
    expect(second.headers.get('set-cookie')).toBe(null);
    expect(second.json.result.network).toBe('test');
  });

  it('is worth nothing after signing out, however often it is shown again', async () => {
    const { door, sessions, secret } = await openSigned({ handlers: cookieHandlers(() => '') });
    const ask = () => door.post(CALL, { ...own(door), cookie: cookie(secret) });
    expect((await ask()).json.result).toBeDefined();
    const out = await door.post(
      { ...CALL, method: 'session_signOut', params: {} },
      { ...own(door), cookie: cookie(secret) },
    );
    expect(out.headers.get('set-cookie')).toContain(`${SESSION_COOKIE}=; Max-Age=0;`);
    sessions.end(secret);
    for (let n = 0; n < 3; n++) expect((await ask()).json.error.data.code).toBe('rpc.unauthorized');
  });

  it('is set by a call of its own only: not in a batch, not on a WebSocket', async () => {
    const { door, secret } = await openSigned({ handlers: cookieHandlers(() => 's'.repeat(43)) });
    const batch = await door.post([START, { ...START, id: 2 }], { ...own(door), cookie: cookie(secret) });
    for (const { error } of batch.json) expect(error.data.code).toBe('session.http-only');
    expect(batch.headers.get('set-cookie')).toBe(null);
    const socket = await door.socket([], { ...own(door), cookie: cookie(secret) });
    socket.send(JSON.stringify(START));
    expect((await nextMessage(socket)).error.data.code).toBe('session.http-only');
  });

  it('counts for less than a token that is shown beside it', async () => {
    const { door, sessions, secret } = await openSigned();
    const both = { ...own(door), cookie: cookie(secret), authorization: `Bearer ${TOKEN}` };
    expect((await door.post(CALL, both)).json.result).toBeDefined();
    expect(sessions.asked).toEqual([]);
  });

  it('keeps the idle end away only by acts of the person, not by what pages ask by themselves', async () => {
    const { door, sessions, secret } = await openSigned();
    const headers = { ...own(door), cookie: cookie(secret) };
    await door.post({ ...CALL, method: 'node_health' }, headers);
    // The same call, when the page says that nobody stands behind it.
    await door.post(CALL, { ...headers, 'wardmesh-passive': '1' });
    expect(sessions.touched).toEqual([]);
    await door.post(CALL, headers);
    await door.post({ ...CALL, method: 'wallet_transfer', params: {} }, headers);
    expect(sessions.touched).toEqual([sessions.of(secret).id]);
  });
});

describe('pages of other sites', () => {
  const forged: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { referer: 'http://127.0.0.1/' },
  ];

  it.each(forged)('cannot act with the session of who visits them: %j', async (headers) => {
    const { door, sessions, secret, log } = await openSigned();
    const answer = await door.post(CALL, { ...headers, cookie: cookie(secret) });
    expect(answer.status).toBe(403);
    expect(['rpc.csrf', 'rpc.origin']).toContain(answer.json.error.data.code);
    expect(sessions.asked).toEqual([]);
    expect(log.events.map(({ method, outcome }) => [method, outcome])).toEqual([['door', 'refused']]);
  });

  it('cannot send it by a form, whatever the form says', async () => {
    const { door, secret } = await openSigned();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      const headers = { ...own(door), cookie: cookie(secret), 'content-type': type };
      expect([403, 415], type).toContain((await door.post(CALL, headers)).status);
    }
  });

  it('cannot read with it either: a request that no page of this node made is nobody’s', async () => {
    const { door, secret } = await openSigned();
    expect((await door.get('/metrics', { cookie: cookie(secret) })).status).toBe(401);
    expect((await door.get('/metrics', { cookie: cookie(secret), 'sec-fetch-site': 'cross-site' })).status).toBe(401);
    expect((await door.get('/metrics', { cookie: cookie(secret), 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('cannot take over a WebSocket: foreign origin or none, the upgrade is refused', async () => {
    const { door, secret } = await openSigned();
    const foreign: Record<string, string>[] = [{ origin: 'http://evil.example' }, { origin: 'null' }, {}];
    for (const headers of [...foreign, { 'sec-fetch-site': 'same-origin' }]) {
      const asked = { ...headers, cookie: cookie(secret) };
      await expect(door.socket([], asked)).rejects.toThrow('403');
    }
    const socket = await door.socket([], { ...own(door), cookie: cookie(secret) });
    socket.send(JSON.stringify(CALL));
    expect((await nextMessage(socket)).result.network).toBe('test');
  });

  it('cannot frame a page, and find no redirect to send people on with', async () => {
    const { door, secret } = await openSigned();
    for (const path of [
      '/',
      '/rpc',
      '/api/v1/nothing',
      '//evil.example',
      '/\\evil.example',
      '/?next=http://evil.example',
    ]) {
      const { status, headers } = await door.get(path, { cookie: cookie(secret), ...own(door) });
      expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
      expect(headers.get('x-frame-options'), path).toBe('DENY');
      expect([status >= 300 && status < 400, headers.get('location')], path).toEqual([false, null]);
    }
  });

  it('reach nothing by the name of another host, with or without a session', async () => {
    const { door, sessions, secret } = await openSigned();
    for (const host of [
      'evil.example',
      `evil.example:${door.port}`,
      '127.0.0.1.evil.example',
      'localhost@evil.example',
    ]) {
      const headers = { host, origin: `http://${host}`, cookie: cookie(secret), 'x-forwarded-host': '127.0.0.1' };
      const { status, text } = await door.post(CALL, headers);
      expect([400, 403], host).toContain(status);
      expect(text).not.toContain('evil');
    }
    expect(sessions.asked).toEqual([]);
  });
});

describe('WebSockets of a session', () => {
  it('are cut when it ends, with what was subscribed', async () => {
    const { door, sessions, secret } = await openSigned();
    const socket = await door.socket([], { ...own(door), cookie: cookie(secret) });
    socket.send(JSON.stringify({ ...CALL, method: 'subscribe', params: { stream: 'statements' } }));
    await nextMessage(socket);
    expect([door.events.followers.size, sessions.followers]).toEqual([1, 1]);
    sessions.end(secret);
    expect(await closed(socket)).toBe(SESSION_ENDED);
    expect([door.events.followers.size, sessions.followers]).toEqual([0, 0]);
  });

  it('answer no message after its end, also when nobody told of it', async () => {
    const { door, sessions, secret } = await openSigned();
    const socket = await door.socket([], { ...own(door), cookie: cookie(secret) });
    sessions.expire(secret);
    socket.send(JSON.stringify(CALL));
    expect(await closed(socket)).toBe(SESSION_ENDED);
  });

  it('have the roles of now, and lose what was subscribed to with those that are gone', async () => {
    const { door, sessions, secret } = await openSigned({ limits: { heartbeatMs: 20 } });
    const socket = await door.socket([], { ...own(door), cookie: cookie(secret) });
    socket.send(JSON.stringify({ ...CALL, method: 'subscribe', params: { stream: 'statements' } }));
    await nextMessage(socket);
    sessions.change(secret, { roles: [] });
    await waitFor(() => door.events.followers.size === 0);
    socket.send(JSON.stringify(CALL));
    expect((await nextMessage(socket)).error.data.code).toBe('rpc.forbidden');
  });

  it('of an API key end with the key', async () => {
    const { door, apiKeys } = await openSigned();
    const key = apiKeys.make(['node:read']);
    const socket = await door.socket(['wardmesh.rpc', `wardmesh.token.${key}`]);
    socket.send(JSON.stringify(CALL));
    expect((await nextMessage(socket)).result.network).toBe('test');
    apiKeys.end(key);
    socket.send(JSON.stringify(CALL));
    expect(await closed(socket)).toBe(SESSION_ENDED);
  });
});

describe('bounds', () => {
  it('are one for each session and each key, whatever the address: one that asks too much slows nobody else', async () => {
    const limits = { signed: { rate: 0.001, burst: 8 }, open: { rate: 1000, burst: 1000 } };
    const { door, sessions, apiKeys, secret } = await openSigned({ limits });
    const other = sessions.start({ roles: ['admin'] });
    const ask = async (headers: Record<string, string>) => (await door.post(CALL, { ...own(door), ...headers })).status;
    const until = async (headers: Record<string, string>) => {
      for (let n = 0; n < 20; n++) if ((await ask(headers)) === 429) return n;
      return 20;
    };
    const key = apiKeys.make(['node:read']);
    expect(await until({ cookie: cookie(secret) })).toBeLessThanOrEqual(8);
    expect(await ask({ cookie: cookie(other) })).toBe(200);
    expect(await until({ authorization: `Bearer ${key}` })).toBeLessThanOrEqual(8);
    expect(await ask({})).toBe(200);
  });

  it('let a session send more than a stranger, and nobody without end', async () => {
    const { door, secret } = await openSigned({ limits: { openBodyBytes: 1000, signedBodyBytes: 5000 } });
    const body = (bytes: number) => ({ ...CALL, params: { filler: 'x'.repeat(bytes) } });
    const headers = { ...own(door), cookie: cookie(secret) };
    expect((await door.post(body(2000))).status).toBe(413);
    expect((await door.post(body(2000), { cookie: cookie('f'.repeat(64)), ...own(door) })).status).toBe(413);
    expect((await door.post(body(2000), headers)).status).toBe(200);
    expect((await door.post(body(6000), headers)).status).toBe(413);
  });

  it('hold for large bodies of all sessions together, and are given back', async () => {
    const limits = { openBodyBytes: 1000, signedBodyBytes: 5000, signedBodiesBytes: 5000 };
    const { door, secret } = await openSigned({ limits });
    const head = [
      'POST /rpc HTTP/1.1',
      `host: 127.0.0.1:${door.port}`,
      `origin: ${door.url}`,
      `cookie: ${cookie(secret)}`,
      'content-type: application/json',
      'content-length: 4000',
    ].join('\r\n');
    const slow = connect(door.port, '127.0.0.1');
    slow.write(`${head}\r\n\r\n{`);
    const large = { ...CALL, params: { filler: 'x'.repeat(3000) } };
    const headers = { ...own(door), cookie: cookie(secret) };
    await waitFor(async () => (await door.post(large, headers)).status === 503);
    slow.destroy();
    await waitFor(async () => (await door.post(large, headers)).status === 200);
  });

  it('cut a session that sends its request too slowly', async () => {
    const { door, secret } = await openSigned({ limits: { requestTimeoutMs: 200, headersTimeoutMs: 200 } });
    const socket = connect(door.port, '127.0.0.1');
    socket.write(`POST /rpc HTTP/1.1\r\nhost: 127.0.0.1:${door.port}\r\ncookie: ${cookie(secret)}\r\nx-slow: `);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toContain('408');
  });

  it('make a wrong key expensive for who guesses', async () => {
    const { door } = await openSigned({ limits: { open: { rate: 0.001, burst: 50 }, wrongTokenCost: 20 } });
    const guess = (n: number) =>
      door.post(CALL, { authorization: `Bearer wmk_${'0'.repeat(15)}${n}_${'x'.repeat(43)}` });
    expect([(await guess(1)).status, (await guess(2)).status, (await guess(3)).status]).toEqual([401, 401, 429]);
  });
});

describe('what somebody is refused', () => {
  it('says nothing that a session or a key could be made of', async () => {
    const { door, apiKeys, log, secret } = await openSigned();
    const key = apiKeys.make([]);
    await door.post(CALL, { cookie: cookie(secret) });
    await door.post(CALL, { authorization: `Bearer ${key}` });
    const told = await door.post(CALL, { authorization: `Bearer ${key}x` });
    const all = JSON.stringify([told.text, door.logs, log.events]);
    for (const hidden of [secret, key, TOKEN]) expect(all).not.toContain(hidden);
  });
});
