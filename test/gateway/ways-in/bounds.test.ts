// Claims about what a way in shows of bodies, whom it asks nothing, and how much one client gets at once.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../common/clock.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { MAX_BODY_CHARS, MAX_PATH_CHARS } from '../../../gateway/judge/facts.ts';
import { AtOnce } from '../../../gateway/limits/at-once.ts';
import { gatewayPlugin } from '../../../gateway/ways-in/fastify-plugin.ts';
import { forwardAuth } from '../../../gateway/ways-in/forward-auth.ts';
import { gatewayMiddleware } from '../../../gateway/ways-in/middleware.ts';
import {
  GatewayProxy,
  isWebSocket,
  MAX_EXCHANGES_PER_CLIENT,
  MAX_UPGRADED_PER_CLIENT,
} from '../../../gateway/ways-in/proxy.ts';
import { Upstream } from '../../../gateway/ways-in/upstream.ts';
import { UrlSessions } from '../../../gateway/ways-in/url-sessions.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { gatewayParts, type PartsOptions } from './parts.ts';
import { ask, Servers } from './servers.ts';

const servers = new Servers();
const stops: (() => void)[] = [];
const LONG = 30_000;
/** So that being quick is nothing. */
const signedIn = { claimOf: () => ({ state: 'valid' as const, subject: 'anna' }) };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await servers.close();
});

async function proxyTo(port: number, options: Partial<PartsOptions> = {}) {
  const parts = gatewayParts({ clock: systemClock, ...options });
  const upstream = new Upstream({ url: new URL(`http://127.0.0.1:${port}`), answerMs: 60_000 });
  stops.push(() => upstream.stop());
  const proxy = new GatewayProxy({ upstream, ...parts });
  const server = createServer({ shouldUpgradeCallback: isWebSocket }, proxy.request).on('upgrade', proxy.upgrade);
  return { ...parts, server, at: await servers.listen(server) };
}

/** What the signatures are shown, and matches of the word `attack` in bodies. */
function shown() {
  const bodies: string[] = [];
  const match = ({ body }: RequestFacts) => {
    bodies.push(body);
    return body.includes('attack') ? [{ id: 'made-up', category: 'probe' as const, points: 60, shadow: false }] : [];
  };
  return { bodies, match };
}

const echo = () => servers.listen(async (req, res) => void res.end(await text(req)));

describe('the beginning of a body', () => {
  it('is shown to the signatures, and the whole of it reaches the application as it came', async () => {
    const { bodies, match } = shown();
    const { at } = await proxyTo(await echo(), { match });
    for (const body of [
      'a=b',
      'x'.repeat(MAX_BODY_CHARS),
      'y'.repeat(300_000),
      `${'z'.repeat(MAX_BODY_CHARS)} attack`,
    ]) {
      for (const headers of [FORM, { ...FORM, 'transfer-encoding': 'chunked' }]) {
        const answer = await ask(at, { method: 'POST', headers, body });
        expect([answer.status, answer.body === body]).toEqual([200, true]);
        expect(bodies.at(-1)).toBe(body.slice(0, MAX_BODY_CHARS));
      }
    }
    const refused = await ask(at, { method: 'POST', headers: FORM, body: 'q=attack' });
    expect(refused.status).toBe(403);
  });

  it('is waited for when it comes in pieces, and nothing of another kind is read', async () => {
    const { bodies, match } = shown();
    const { at } = await proxyTo(await echo(), { match });
    const slow = async (headers: Record<string, string>) => {
      const asked = request({
        host: '127.0.0.1',
        port: at,
        method: 'POST',
        headers: { ...headers, 'content-length': 8 },
      });
      asked.write('q=at');
      await new Promise((resolve) => setImmediate(resolve));
      asked.end('tack');
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      return [answer.statusCode, await text(answer).then((body) => body.length > 0)];
    };
    expect((await slow(FORM))[0]).toBe(403);
    expect((await slow({ ...FORM, 'content-encoding': 'gzip' }))[0]).toBe(200);
    expect((await slow({ 'content-type': 'application/dicom' }))[0]).toBe(200);
    expect((await slow({ 'content-type': 'application/fhir+json; charset=utf-8' }))[0]).toBe(403);
    expect(bodies).toEqual(['q=attack', '', '', 'q=attack']);
  });

  it('is shown inside applications of Express and Fastify too, which read it after', async () => {
    const { bodies, match } = shown();
    const inExpress = express();
    inExpress.use(gatewayMiddleware(gatewayParts({ clock: systemClock, match })));
    inExpress.use(express.json());
    inExpress.post('/', (req, res) => void res.json(req.body));
    const inFastify = fastify();
    gatewayPlugin(inFastify, gatewayParts({ clock: systemClock, match }));
    inFastify.post('/', (req) => req.body);
    await inFastify.ready();
    for (const at of [await servers.listen(inExpress as never), await servers.listen(inFastify.server)]) {
      const post = (body: string) => ask(at, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      expect((await post('{"a":1}')).body).toBe('{"a":1}');
      expect(bodies.at(-1)).toBe('{"a":1}');
      expect((await post('{"a":"attack"}')).status).toBe(403);
    }
    await inFastify.close();
  });
});

describe('who is refused whatever the rest says', () => {
  it('is asked for no session, and nothing of the body is read', async () => {
    let asked = 0;
    const vouching = await servers.listen((_, res) => {
      asked += 1;
      res.end();
    });
    const sessions = new UrlSessions(
      { url: `http://127.0.0.1:${vouching}/me`, credential: { cookie: 'sid' } },
      { clock: systemClock },
    );
    const { at, verdicts } = await proxyTo(await echo(), { sessions });
    const visit = () => ask(at, { headers: { cookie: 'sid=anna' } });
    verdicts.set('127.0.0.1', 'block');
    expect((await visit()).status).toBe(403);
    const waiting = request({ host: '127.0.0.1', port: at, method: 'POST', headers: { ...FORM, 'content-length': 9 } });
    waiting.on('error', () => undefined);
    waiting.write('a');
    const [answer] = (await once(waiting, 'response')) as [IncomingMessage];
    expect([answer.statusCode, asked]).toEqual([403, 0]);
    waiting.destroy();
    verdicts.clear();
    expect((await visit()).status).toBe(200);
    expect(asked).toBe(1);
    // Somebody is signed in behind it now: the session says whether this is she.
    verdicts.set('127.0.0.1', 'block');
    expect((await visit()).status).toBe(200);
  });
});

describe('an address of which only a part would be judged', () => {
  it('gets 414 on every way in', async () => {
    const path = `/${'a'.repeat(MAX_PATH_CHARS)}`;
    const parts = gatewayParts({ clock: systemClock });
    const inExpress = express();
    inExpress.use(gatewayMiddleware(parts));
    const inFastify = fastify();
    gatewayPlugin(inFastify, parts);
    await inFastify.ready();
    const trusted = gatewayParts({ clock: systemClock, trusted: ['127.0.0.0/8'] });
    const auth = await servers.listen(forwardAuth(trusted));
    const headers = { 'x-forwarded-for': '198.51.100.9', 'x-forwarded-uri': path };
    expect((await ask(await servers.listen(inExpress as never), { path })).status).toBe(414);
    expect((await ask(await servers.listen(inFastify.server), { path })).status).toBe(414);
    expect((await ask(auth, { path: '/.wardmesh/auth', headers })).status).toBe(414);
    expect((await ask(auth, { path: '/.wardmesh/auth-request', headers })).status).toBe(403);
    expect([...parts.decisions, ...trusted.decisions]).toEqual([]);
    await inFastify.close();
  });
});

describe('upgrades', () => {
  it('to anything but a WebSocket are not heard: the request is one like any other, and 501 where Node cannot ignore them', async () => {
    const app = await servers.listen((req, res) => void res.end(`plain ${req.headers.upgrade}`));
    const { at } = await proxyTo(app);
    const lines = async (port: number) => {
      const socket = connect(port, '127.0.0.1');
      stops.push(() => socket.destroy());
      socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: h2c\r\n\r\n');
      return text(socket);
    };
    const heard = await lines(at);
    expect([heard.split('\r\n')[0], heard.includes('plain undefined')]).toEqual(['HTTP/1.1 200 OK', true]);

    const parts = gatewayParts({ clock: systemClock });
    const upstream = new Upstream({ url: new URL(`http://127.0.0.1:${app}`) });
    stops.push(() => upstream.stop());
    const proxy = new GatewayProxy({ upstream, ...parts });
    const older = await servers.listen(createServer(proxy.request).on('upgrade', proxy.upgrade));
    expect((await lines(older)).split('\r\n')[0]).toBe('HTTP/1.1 501 Not Implemented');
  });
});

describe('what one client has at once', { timeout: 2 * LONG }, () => {
  it('is bounded, and given back', () => {
    const places = new AtOnce({ perKey: 2, inAll: 3 });
    expect(['a', 'a', 'a', 'b', 'c'].map((key) => places.enter(key))).toEqual([true, true, false, true, false]);
    places.leave('a');
    expect([places.enter('c'), places.enter('a')]).toEqual([true, false]);
    for (const key of ['a', 'b', 'c', 'd']) places.leave(key);
    expect(['a', 'a', 'b'].map((key) => places.enter(key))).toEqual([true, true, true]);
  });

  it('holds for requests that the application has not answered: one more gets 503 until one ends', async () => {
    const open: (() => void)[] = [];
    const app = await servers.listen((_, res) => void open.push(() => res.end('late')));
    const { at } = await proxyTo(app, { trusted: ['127.0.0.0/8'], sessions: signedIn });
    const visitor = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const waiting = Array.from({ length: MAX_EXCHANGES_PER_CLIENT }, () => ask(at, visitor('198.51.100.9')));
    await waitFor(() => open.length === MAX_EXCHANGES_PER_CLIENT, { timeoutMs: LONG });
    expect((await ask(at, visitor('198.51.100.9'))).status).toBe(503);
    const other = ask(at, visitor('198.51.100.10'));
    await waitFor(() => open.length === MAX_EXCHANGES_PER_CLIENT + 1, { timeoutMs: LONG });
    for (const end of open.splice(0)) end();
    expect((await other).status).toBe(200);
    expect((await Promise.all(waiting)).every(({ status }) => status === 200)).toBe(true);
    const again = ask(at, visitor('198.51.100.9'));
    await waitFor(() => open.length === 1);
    open[0]();
    expect((await again).status).toBe(200);
  });

  it('is given back for who left while being judged, and the application hears nothing of it', async () => {
    let heard = 0;
    const app = await servers.listen((_, res) => {
      heard += 1;
      res.end();
    });
    const { at, decisions } = await proxyTo(app, { sessions: signedIn });
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 8\r\n\r\nhalf';
    for (let i = 0; i < MAX_EXCHANGES_PER_CLIENT; i++) {
      const socket = connect(at, '127.0.0.1', () => socket.write(head, () => socket.destroy()));
    }
    await waitFor(() => decisions.length === MAX_EXCHANGES_PER_CLIENT, { timeoutMs: LONG });
    expect((await ask(at)).status).toBe(200);
    expect(heard).toBe(1);
  });

  it('is given back for requests that were queued on a connection which ended', async () => {
    let held = 0;
    const app = await servers.listen((req, res) => {
      if (req.url === '/now') res.end();
      else {
        held += 1;
        res.once('close', () => {
          held -= 1;
        });
      }
    });
    const { at } = await proxyTo(app, { sessions: signedIn });
    const socket = connect(at, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(MAX_EXCHANGES_PER_CLIENT));
    await waitFor(() => held === MAX_EXCHANGES_PER_CLIENT, { timeoutMs: LONG });
    expect((await ask(at, { path: '/now' })).status).toBe(503);
    socket.destroy();
    await waitFor(() => held === 0, { timeoutMs: LONG });
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(at, { path: '/now' })));
    expect(all.map(({ status }) => status)).toEqual(new Array(20).fill(200));
  });

  it('is given back for a WebSocket whose connection ended while being judged', async () => {
    let heard = 0;
    const app = await servers.listen((_, res) => {
      heard += 1;
      res.end();
    });
    const judged: (() => void)[] = [];
    const claim = { state: 'valid' as const, subject: 'anna' };
    const sessions = { claimOf: () => new Promise<typeof claim>((resolve) => judged.push(() => resolve(claim))) };
    const { at, server } = await proxyTo(app, { sessions });
    const accepted: Socket[] = [];
    server.on('connection', (socket) => void accepted.push(socket));
    const head = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
    const sockets = Array.from({ length: MAX_UPGRADED_PER_CLIENT }, () => connect(at, '127.0.0.1'));
    for (const socket of sockets)
      socket
        .on('error', () => undefined)
        .resume()
        .write(head);
    await waitFor(() => judged.length === sockets.length, { timeoutMs: LONG });
    // Node reads nothing of an upgraded connection until somebody takes it: ended from this side.
    for (const socket of accepted.splice(0)) socket.destroy();
    await waitFor(() => sockets.every(({ closed }) => closed), { timeoutMs: LONG });
    for (const judge of judged.splice(0)) judge();
    const last = connect(at, '127.0.0.1');
    last.write(head);
    await waitFor(() => judged.length === 1);
    judged[0]();
    expect((await text(last)).split('\r\n')[0]).toBe('HTTP/1.1 200 OK');
    expect(heard).toBe(1);
  });

  it('is no work for an application of Express or Fastify, once the client has left', async () => {
    let heard = 0;
    const work = () => {
      heard += 1;
      return '';
    };
    const parts = gatewayParts({ clock: systemClock });
    const inExpress = express();
    inExpress.use(gatewayMiddleware(parts));
    inExpress.post('/', (_, res) => void res.end(work()));
    const inFastify = fastify();
    gatewayPlugin(inFastify, parts);
    inFastify.addContentTypeParser('text/plain', (_request, _payload, done) => done(null));
    inFastify.post('/', work);
    await inFastify.ready();
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 8\r\n\r\n';
    for (const at of [await servers.listen(inExpress as never), await servers.listen(inFastify.server)]) {
      parts.decisions.length = 0;
      const left = connect(at, '127.0.0.1', () => left.write(`${head}half`, () => left.destroy()));
      await waitFor(() => parts.decisions.length === 1);
      const stays = connect(at, '127.0.0.1');
      stays.write(`${head.replace('host: a', 'host: a\r\nconnection: close')}complete`);
      expect((await text(stays)).split('\r\n')[0]).toBe('HTTP/1.1 200 OK');
    }
    expect(heard).toBe(2);
    await inFastify.close();
  });
});
