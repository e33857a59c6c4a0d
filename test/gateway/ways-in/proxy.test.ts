import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../../common/clock.ts';
import { makeSelfSigned } from '../../../common/crypto/self-signed.node.ts';
import { MAX_PATH_CHARS, MAX_QUERY_CHARS } from '../../../gateway/judge/facts.ts';
import { HeaderSessions } from '../../../gateway/ways-in/header-sessions.ts';
import { GatewayProxy } from '../../../gateway/ways-in/proxy.ts';
import { Upstream } from '../../../gateway/ways-in/upstream.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { gatewayParts, type PartsOptions } from './parts.ts';
import { ask, Servers } from './servers.ts';

const servers = new Servers();
const stops: (() => void)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await servers.close();
});

async function proxyTo(port: number, options: Partial<PartsOptions> = {}, answerMs = 2_000) {
  const parts = gatewayParts({ clock: systemClock, ...options });
  const upstream = new Upstream({ url: new URL(`http://127.0.0.1:${port}`), answerMs });
  stops.push(() => upstream.stop());
  const proxy = new GatewayProxy({ upstream, ...parts });
  const server = createServer(proxy.request).on('upgrade', proxy.upgrade);
  return { ...parts, proxy, at: await servers.listen(server) };
}

async function overTwo(proxy: GatewayProxy) {
  const { key, certificate } = await makeSelfSigned({
    names: ['localhost'],
    addresses: [],
    from: systemClock.now() - 1_000,
    until: systemClock.now() + 60_000,
  });
  const server = createSecureServer({ key, cert: certificate, allowHTTP1: true }, proxy.request);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const session = connectHttp2(`https://localhost:${port}`, {
    rejectUnauthorized: false,
    lookup: (_h, _o, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  stops.push(() => {
    session.destroy();
    server.close();
  });
  return { session, port };
}

/** An application that keeps its connections, answers every head that comes, and keeps the bytes. */
async function rawApplication() {
  const seen: string[] = [];
  const open: Socket[] = [];
  const server = createTcpServer((socket) => {
    const mine = seen.push('') - 1;
    open.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const before = requestsIn(seen[mine]).length;
      seen[mine] += data.toString('latin1');
      for (const { line } of requestsIn(seen[mine]).slice(before))
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n${line.startsWith('HEAD') ? '' : 'ok'}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, requests: () => seen.flatMap(requestsIn) };
}

/** Request lines with their bodies, as somebody reads them who goes by RFC 9112; a request that is not whole yet is left out. */
function requestsIn(bytes: string): { line: string; body: string }[] {
  const out: { line: string; body: string }[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end === -1) return out;
    const head = bytes.slice(at, end);
    at = end + 4;
    let body = '';
    if (/^transfer-encoding: chunked$/im.test(head)) {
      for (;;) {
        const line = bytes.indexOf('\r\n', at);
        const size = line === -1 ? Number.NaN : Number.parseInt(bytes.slice(at, line), 16);
        if (Number.isNaN(size) || bytes.length < line + 4 + size) return out;
        body += bytes.slice(line + 2, line + 2 + size);
        at = line + 4 + size;
        if (size === 0) break;
      }
    } else {
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
      if (bytes.length < at + length) return out;
      body = bytes.slice(at, at + length);
      at += length;
    }
    out.push({ line: head.split('\r\n', 1)[0], body });
  }
}

const METHODS = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'POST', 'PUT'];
const HIDDEN = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n';

describe('the reverse proxy', () => {
  it("passes method, path, body, status and headers both ways, and its own forwarding headers instead of the client's", async () => {
    const app = await servers.listen(async (req, res) => {
      const body = await text(req);
      res.writeHead(
        201,
        [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['Connection', 'x-secret'],
          ['X-Secret', 'no'],
        ].flat(),
      );
      res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body }));
    });
    const { at } = await proxyTo(app);
    const answer = await ask(at, {
      method: 'PUT',
      path: '/a%20b?c=d&c=e',
      headers: {
        host: 'clinic.example',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'x-forwarded-for': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
        'x-wardmesh-session': 'root',
        te: 'trailers',
      },
      body: 'hello',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.headers['x-secret']).toBeUndefined();
    expect(answer.headers['ratelimit-policy']).toContain('anonymous');
    const seen = JSON.parse(answer.body);
    expect(seen).toMatchObject({ method: 'PUT', url: '/a%20b?c=d&c=e', body: 'hello' });
    expect(seen.headers).toMatchObject({
      host: 'clinic.example',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'clinic.example',
    });
    for (const name of ['x-hop', 'forwarded', 'x-wardmesh-session', 'te']) expect(seen.headers[name]).toBeUndefined();
  });

  it('believes a trusted proxy before it, and appends it', async () => {
    const app = await servers.listen((req, res) => void res.end(JSON.stringify(req.headers)));
    const { at, decisions } = await proxyTo(app, { trusted: ['127.0.0.0/8'] });
    const { body } = await ask(at, { headers: { 'x-forwarded-for': '198.51.100.9', 'x-forwarded-proto': 'https' } });
    expect(JSON.parse(body)).toMatchObject({
      'x-forwarded-for': '198.51.100.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
    });
    expect(decisions[0].client.high).toBe(0xc6336409);
  });

  it('refuses before the application hears of it', async () => {
    let heard = 0;
    const app = await servers.listen((_, res) => {
      heard += 1;
      res.end();
    });
    const { at, verdicts, decisions } = await proxyTo(app);
    verdicts.set('127.0.0.1', 'block');
    const answer = await ask(at, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain(decisions[0].reference);
    expect(heard).toBe(0);
  });

  it('streams both ways as it comes, and holds the sender back while nobody reads', async () => {
    const size = 64 * 1024 * 1024;
    let sent = 0;
    const app = await servers.listen((req, res) => {
      req.pipe(res, { end: false });
      req.on('end', () => {
        const chunk = Buffer.alloc(64 * 1024);
        const more = (): void => {
          while (sent < size) {
            sent += chunk.length;
            if (!res.write(chunk)) {
              res.once('drain', more);
              return;
            }
          }
          res.end();
        };
        more();
      });
    });
    const { at } = await proxyTo(app);
    const upload = request({
      host: '127.0.0.1',
      port: at,
      method: 'POST',
      path: '/',
      headers: { 'transfer-encoding': 'chunked' },
    });
    upload.write('first');
    const [answer] = (await once(upload, 'response')) as [import('node:http').IncomingMessage];
    const [first] = (await once(answer, 'data')) as [Uint8Array];
    expect(Buffer.from(first).toString()).toBe('first');
    answer.pause();
    upload.end();
    let before = -1;
    await waitFor(
      () => {
        const still = sent === before;
        before = sent;
        return still && sent > 0;
      },
      { intervalMs: 50 },
    );
    expect(sent).toBeLessThan(size / 2);
    let got = 0;
    answer.on('data', (chunk: Uint8Array) => {
      got += chunk.length;
    });
    answer.resume();
    await once(answer, 'end');
    expect(got).toBe(size);
  });

  it('answers 502 for an application that is gone, 504 for one that is silent, and goes on when it is back', async () => {
    const silent = createTcpServer((socket: Socket) => void socket.resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const { at } = await proxyTo(port, {}, 150);
    const late = await ask(at);
    expect(late.status).toBe(504);
    expect(late.body).toContain('+49 30 5550 100');
    silent.close();
    await once(silent, 'close');
    expect((await ask(at)).status).toBe(502);
    expect((await ask(at, { headers: { accept: 'application/json' } })).headers['content-type']).toBe(
      'application/problem+json',
    );
    const back = createServer((_, res) => void res.end('back')).listen(port, '127.0.0.1');
    await once(back, 'listening');
    expect((await ask(at)).body).toBe('back');
    back.close();
    back.closeAllConnections();
  });

  it('lets go of the application when the client leaves', async () => {
    let closed = false;
    const app = await servers.listen((req, res) => {
      res.write('begin');
      req.socket.on('close', () => {
        closed = true;
      });
    });
    const { at } = await proxyTo(app);
    const asked = request({ host: '127.0.0.1', port: at, path: '/' });
    asked.end();
    asked.on('error', () => undefined);
    const [answer] = await once(asked, 'response');
    answer.on('error', () => undefined);
    asked.destroy();
    await waitFor(() => closed);
  });

  it('passes WebSockets through both ways, and refuses them by the same rules', async () => {
    const app = createServer();
    const sockets = new WebSocketServer({ server: app });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
    const { at, verdicts } = await proxyTo(await servers.listen(app));
    const client = new WebSocket(`ws://127.0.0.1:${at}/live`);
    await once(client, 'open');
    client.send('hello');
    const [message] = await once(client, 'message');
    expect(String(message)).toBe('echo hello');
    client.close();
    await once(client, 'close');
    verdicts.set('127.0.0.1', 'block');
    const refused = new WebSocket(`ws://127.0.0.1:${at}/live`);
    const [, response] = await once(refused, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    refused.on('error', () => undefined);
    refused.terminate();
  });

  it('speaks HTTP/2 and HTTP/1.1 over TLS in front', async () => {
    const app = await servers.listen(async (req, res) => {
      res.setHeader('x-seen', `${req.httpVersion} ${req.headers.host} ${req.headers['x-forwarded-proto']}`);
      res.end(await text(req));
    });
    const { proxy } = await proxyTo(app);
    const { session, port } = await overTwo(proxy);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/x',
      accept: 'text/html',
      'user-agent': 'Mozilla/5.0',
    });
    stream.end('over two');
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(200);
    expect(headers['x-seen']).toBe(`1.1 localhost:${port} https`);
    expect(await text(stream)).toBe('over two');
  });

  it('learns sessions from the application, and keeps its headers from the client', async () => {
    const app = await servers.listen((req, res) => {
      if (req.url === '/login')
        res.setHeader('set-cookie', 'sid=abc; HttpOnly').setHeader('x-wardmesh-session', 'anna');
      res.end('ok');
    });
    const { at, verdicts } = await proxyTo(app, {
      sessions: new HeaderSessions({ cookie: 'sid' }, { clock: systemClock }),
    });
    const login = await ask(at, { path: '/login' });
    expect(login.headers['x-wardmesh-session']).toBeUndefined();
    verdicts.set('127.0.0.1', 'challenge');
    expect((await ask(at, { headers: { cookie: 'sid=abc' } })).body).toBe('ok');
    // A cookie of that name alone is nothing.
    expect((await ask(at, { headers: { cookie: 'sid=abd' } })).status).toBe(403);
  });

  it('refuses what two parsers could read differently', async () => {
    const app = await servers.listen((_, res) => void res.end('ok'));
    const { at } = await proxyTo(app);
    for (const raw of [
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n',
    ]) {
      const socket = connect(at, '127.0.0.1');
      socket.write(raw);
      expect(await text(socket)).toMatch(/^HTTP\/1.1 400/);
    }
  });

  it('refuses an address that is longer than what is read of it, where anything is refused', async () => {
    const app = await servers.listen((req, res) => void res.end(String(req.url?.length)));
    const { at, gateway } = await proxyTo(app);
    const whole = `/${'a'.repeat(MAX_PATH_CHARS - 1)}?${'b'.repeat(MAX_QUERY_CHARS)}`;
    const long = [`/${'a/../'.repeat(500)}login`, `/?${'b'.repeat(MAX_QUERY_CHARS)}c`];
    expect(await ask(at, { path: whole })).toMatchObject({ status: 200, body: String(whole.length) });
    for (const path of long) expect((await ask(at, { path })).status).toBe(414);
    const refused = new WebSocket(`ws://127.0.0.1:${at}${long[1]}`);
    refused.on('error', () => undefined);
    const [, response] = await once(refused, 'unexpected-response');
    expect(response.statusCode).toBe(414);
    refused.terminate();
    gateway.mode = 'observe';
    for (const path of long) expect((await ask(at, { path })).status).toBe(200);
  });

  it('sends no body as the next request: what Connection names strikes out no framing', async () => {
    const app = await rawApplication();
    const { at } = await proxyTo(app.port);
    for (const method of METHODS) {
      for (const framing of [
        `Connection: content-length, host, x-hop\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
        `Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
      ]) {
        const before = app.requests().length;
        const socket = connect(at, '127.0.0.1');
        socket.write(`${method} /open HTTP/1.1\r\nHost: a\r\nX-Hop: 1\r\n${framing}`);
        const [answer] = (await once(socket, 'data')) as [Uint8Array];
        expect(Buffer.from(answer).toString('latin1')).toMatch(/^HTTP\/1.1 200/);
        socket.destroy();
        expect(app.requests().slice(before)).toEqual([{ line: `${method} /open HTTP/1.1`, body: HIDDEN }]);
      }
    }
  });

  it('sends no body of HTTP/2 as the next request, where no length was said', async () => {
    const app = await rawApplication();
    const { proxy } = await proxyTo(app.port);
    const { session } = await overTwo(proxy);
    for (const method of METHODS) {
      const before = app.requests().length;
      const stream = session.request({ ':method': method, ':path': '/open' }, { endStream: false });
      stream.end(HIDDEN);
      const [headers] = await once(stream, 'response');
      expect(headers[':status']).toBe(200);
      stream.resume();
      expect(app.requests().slice(before)).toEqual([{ line: `${method} /open HTTP/1.1`, body: HIDDEN }]);
      // Without a body there is none.
      const bare = session.request({ ':method': method, ':path': '/bare' }, { endStream: true });
      await once(bare, 'response');
      bare.resume();
      expect(app.requests().at(-1)).toEqual({ line: `${method} /bare HTTP/1.1`, body: '' });
    }
  });
});
