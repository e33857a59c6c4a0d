import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../common/clock.ts';
import { gatewayPlugin } from '../../../gateway/ways-in/fastify-plugin.ts';
import { forwardAuth } from '../../../gateway/ways-in/forward-auth.ts';
import { gatewayMiddleware } from '../../../gateway/ways-in/middleware.ts';
import { gatewayParts } from './parts.ts';
import { ask, Servers } from './servers.ts';

const servers = new Servers();
const anonymous = { name: 'anonymous', rate: 0.1, burst: 10 };

afterEach(() => servers.close());

describe('an Express application', () => {
  it('is judged before its routes, and tells what it answered', async () => {
    const parts = gatewayParts({ clock: systemClock });
    const app = express();
    app.use(gatewayMiddleware(parts));
    app.use(express.json());
    app.post(
      '/login',
      (request, response) => void response.status(request.body.password === 'right' ? 204 : 401).end(),
    );
    const inner = express();
    inner.get('/page', (request, response) => void response.send(`page ${request.url}`));
    app.use('/inner', inner);
    const at = await servers.listen(app as never);
    expect(await ask(at, { path: '/inner/page?a=b' })).toMatchObject({ status: 200, body: 'page /page?a=b' });
    expect(parts.decisions[0].endpoint).toBe('/inner/page');
    const wrong = {
      method: 'POST',
      path: '/login',
      headers: { 'content-type': 'application/json' },
      body: '{"password":"wrong"}',
    };
    for (let i = 0; i < 6; i++) expect((await ask(at, wrong)).status).toBe(401);
    expect((await ask(at, wrong)).headers['ratelimit-policy']).toBeDefined();
    expect(parts.decisions.at(-1)!.factors.map(({ name }) => name)).toContain('sign-in-failures');
    parts.verdicts.set('127.0.0.1', 'block');
    expect(await ask(at, { path: '/inner/page' })).toMatchObject({ status: 403 });
  });
});

describe('a Fastify application', () => {
  it('is judged before its routes, and its routes say what they cost', async () => {
    const parts = gatewayParts({ clock: systemClock, anonymous });
    const app = fastify();
    gatewayPlugin(app, parts);
    app.get('/cheap', () => 'cheap');
    app.get('/dear/:id', { config: { cost: 4 } }, () => 'dear');
    app.post('/body', (request) => request.body);
    await app.ready();
    const at = await servers.listen(app.server);
    expect((await ask(at, { path: '/cheap' })).headers['ratelimit']).toBe('"anonymous";r=9;t=10');
    expect((await ask(at, { path: '/dear/7' })).headers['ratelimit']).toBe('"anonymous";r=5;t=50');
    const posted = await ask(at, {
      method: 'POST',
      path: '/body',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(JSON.parse(posted.body)).toEqual({ a: 1 });
    const dear = await ask(at, { path: '/dear/8' });
    expect(dear.status).toBe(200);
    const limited = await ask(at, { path: '/dear/9' });
    expect(limited.status).toBe(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(30);
    parts.verdicts.set('127.0.0.1', 'challenge');
    const page = await ask(at, { path: '/.wardmesh/wait?to=/cheap' });
    expect(page.status).toBe(429);
    await app.close();
  });
});

describe('forward authentication', () => {
  const question = { 'x-forwarded-for': '198.51.100.9', 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/start?x=1' };

  it('answers 200, 403, 429 and a challenge to who is trusted, and nothing to others', async () => {
    const parts = gatewayParts({ clock: systemClock, trusted: ['127.0.0.0/8'], anonymous });
    const at = await servers.listen(forwardAuth(parts));
    const auth = { path: '/.wardmesh/auth', headers: question };
    expect((await ask(at, auth)).status).toBe(200);
    expect(parts.decisions[0]).toMatchObject({ endpoint: '/start' });
    parts.verdicts.set('198.51.100.9', 'challenge');
    const challenged = await ask(at, auth);
    expect(challenged).toMatchObject({ status: 403, headers: { 'x-wardmesh-action': 'challenge' } });
    expect(challenged.body).toContain('value="&#47;start?x=1"'.replace('&#47;', '/'));
    parts.verdicts.set('198.51.100.9', 'block');
    expect((await ask(at, auth)).headers['x-wardmesh-action']).toBe('refuse');
    parts.verdicts.delete('198.51.100.9');
    // Of something else each time: who reads the very same over and over is refused before it comes to its limit.
    const other = (i: number) =>
      ask(at, { ...auth, headers: { ...question, 'x-forwarded-uri': `/start?x=1&page=${i}` } });
    for (let i = 0; i < 10; i++) await other(i);
    expect(await other(10)).toMatchObject({ status: 429, headers: { 'x-wardmesh-action': 'limit' } });

    const strangers = gatewayParts({ clock: systemClock });
    expect((await ask(await servers.listen(forwardAuth(strangers)), auth)).body).toContain('trusted');
    expect(strangers.decisions).toEqual([]);
  });

  it('judges whatever only begins like a page of the gateway', async () => {
    const parts = gatewayParts({ clock: systemClock, trusted: ['127.0.0.0/8'] });
    const at = await servers.listen(forwardAuth(parts));
    parts.verdicts.set('198.51.100.9', 'block');
    const told = async (uri: string) => {
      const headers = { ...question, 'x-forwarded-uri': uri };
      return (await ask(at, { path: '/.wardmesh/auth-request', headers })).status;
    };
    for (const uri of [
      '/.wardmesh/../records',
      '/.wardmesh/%2e%2e/records',
      '/.wardmesh/captcha/../../records',
      '/.wardmesh/captcha;/../../records',
      '/.wardmesh/wait/',
      '/.wardmesh/',
      '/.wardmesh/else',
      '/.wardmesh/captcha%3f',
      '/.wardmesh/wait#/../..',
    ])
      expect([uri, await told(uri)]).toEqual([uri, 403]);
    for (const uri of ['/.wardmesh/captcha', '/.wardmesh/wait?to=/../records']) expect(await told(uri)).toBe(204);
  });

  it('tells nginx 204 or 403, and gives the page of what it told', async () => {
    const parts = gatewayParts({ clock: systemClock, trusted: ['127.0.0.0/8'], anonymous });
    const at = await servers.listen(forwardAuth(parts));
    const auth = { path: '/.wardmesh/auth-request', headers: question };
    expect((await ask(at, auth)).status).toBe(204);
    parts.verdicts.set('198.51.100.9', 'challenge');
    const told = await ask(at, auth);
    expect(told).toMatchObject({ status: 403, body: '' });
    const carried = {
      ...question,
      'x-wardmesh-action': String(told.headers['x-wardmesh-action']),
      'x-wardmesh-reference': String(told.headers['x-wardmesh-reference']),
    };
    const page = await ask(at, { path: '/.wardmesh/page', headers: carried });
    expect(page.body).toContain('data-challenge');
    expect(page.body).toContain(String(told.headers['x-wardmesh-reference']));
    const limit = { ...question, 'x-wardmesh-action': 'limit', 'x-wardmesh-retry-after': '7' };
    expect(await ask(at, { path: '/.wardmesh/page', headers: limit })).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7' },
    });
  });
});
