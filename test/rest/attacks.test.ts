// Attacks on the REST door through a real server and raw sockets: what two readers could take for two different requests
// is refused, and an answer carries only what the door put there.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Door, openDoor, TOKEN } from '../rpc/helpers/door.ts';

const AUTHORIZED = `authorization: Bearer ${TOKEN}`;

/** The whole answer to bytes as they are; the connection is closed by the request. */
function raw(door: Door, lines: readonly string[], body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(door.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    const head = [lines[0], 'host: 127.0.0.1', 'connection: close', ...lines.slice(1)].join('\r\n');
    socket.write(`${head}\r\n\r\n${body}`, 'latin1');
  });
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const json = (length: number): string[] => ['content-type: application/json', `content-length: ${length}`];

describe('an address', () => {
  it('has one reading: no dots, encoded slashes, doubled slashes, other spellings of its fixed parts', async () => {
    const door = await openDoor();
    for (const path of [
      '/api/v1/../v1/node/status',
      '/api/v1/chain/../node/status',
      '/api/v1/chain/%2e%2e/node/status',
      '/api/v1/chain%2fhead',
      '/api/v1/chain%5chead',
      '/api/v1/chain//head',
      '/api/v1//chain/head',
      '/api//v1/chain/head',
      '/api/v1/chain/head/',
      '/api/v1/chain/head;x=1',
      '/api/v1/chain/head%00',
      '/API/v1/chain/head',
      '/%61pi/v1/chain/head',
      '/api/v1/peers/%2e%2e%2fetc/ban',
      `/api/v1/${'a/'.repeat(2000)}`,
      '/api/v1/%',
      '/api/v1/chain/blocks/%ff',
    ]) {
      const answer = await raw(door, [`GET ${path} HTTP/1.1`, AUTHORIZED]);
      expect([400, 404, 414], `${path} ${answer}`).toContain(statusOf(answer));
      expect(answer, path).not.toContain('"stateRoot"');
    }
  });

  it('of another host, origin or form is not the door', async () => {
    const door = await openDoor();
    const foreign = await raw(door, ['GET /api/v1/chain/head HTTP/1.1', 'origin: https://evil.example']);
    expect(statusOf(foreign)).toBe(403);
    expect(foreign).toContain('application/problem+json');
    expect(foreign.toLowerCase()).not.toContain('access-control');
    const preflight = ['origin: https://evil.example', 'access-control-request-method: POST'];
    expect(statusOf(await raw(door, ['OPTIONS /api/v1/patients HTTP/1.1', ...preflight]))).toBe(403);
    const absolute = await raw(door, ['GET http://evil.example/api/v1/chain/head HTTP/1.1', AUTHORIZED]);
    expect([400, 403, 404]).toContain(statusOf(absolute));
  });
});

describe('a request', () => {
  const body = '{"patient":"123-45-6789"}';

  it('with two content types, two keys or a packed body is refused', async () => {
    const door = await openDoor();
    const post = (...headers: string[]): Promise<string> =>
      raw(door, ['POST /api/v1/patients/lookup HTTP/1.1', AUTHORIZED, ...headers], body);
    const length = `content-length: ${body.length}`;
    expect(statusOf(await post(...json(body.length)))).toBe(200);
    expect(statusOf(await post('content-type: application/json', 'content-type: text/plain', length))).toBe(415);
    expect(statusOf(await post('content-type: text/plain', 'content-type: application/json', length))).toBe(415);
    expect(statusOf(await post(length))).toBe(415);
    expect(statusOf(await post(...json(body.length), 'content-encoding: gzip'))).toBe(415);
    expect(statusOf(await post(...json(body.length), 'idempotency-key: a', 'idempotency-key: b'))).toBe(400);
    expect(statusOf(await post(...json(body.length), 'transfer-encoding: chunked'))).toBe(400);
    expect(statusOf(await post(...json(body.length), `content-length: ${body.length + 1}`))).toBe(400);
  });

  it('cannot change its method by a header, nor carry a body where none belongs', async () => {
    const door = await openDoor();
    const override = ['x-http-method-override: DELETE', AUTHORIZED];
    expect(statusOf(await raw(door, ['POST /api/v1/peers/2/ban HTTP/1.1', ...override]))).toBe(400);
    const get = await raw(door, ['GET /api/v1/chain/head HTTP/1.1', AUTHORIZED, ...json(2)], '{}');
    expect(statusOf(get)).toBe(400);
    for (const verb of ['TRACE', 'PROPFIND', 'CONNECT', 'BREW']) {
      const answer = await raw(door, [`${verb} /api/v1/chain/head HTTP/1.1`, AUTHORIZED]);
      expect([0, 400, 404, 405], `${verb} ${answer}`).toContain(statusOf(answer));
      expect(answer).not.toContain('"stateRoot"');
    }
  });

  it('that is too large, too deep or of polluting keys is refused before any handler', async () => {
    const door = await openDoor({ limits: { openBodyBytes: 1000, operatorBodyBytes: 2000 } });
    const post = (text: string): Promise<string> =>
      raw(door, ['POST /api/v1/patients/lookup HTTP/1.1', AUTHORIZED, ...json(text.length)], text);
    expect(statusOf(await post(`{"patient":"${'1'.repeat(3000)}"}`))).toBe(413);
    expect(statusOf(await post(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`))).toBe(400);
    expect(statusOf(await post('{"__proto__":{"patient":"1"}}'))).toBe(400);
    expect(statusOf(await post('{"patient":"1","patient":"2"}'))).toBe(400);
    for (const text of ['{"constructor":{"prototype":{"x":1}}}', '{"patient":"1","toString":"x"}']) {
      expect(statusOf(await post(text)), text).toBe(400);
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(statusOf(await post('{"patient":"\xff\xfe"}'))).toBe(400);
  });

  it('puts nothing of its own into the headers of the answer', async () => {
    const door = await openDoor();
    const evil = '%0d%0aset-cookie:%20a=b';
    for (const path of [
      `/api/v1/chain/blocks?limit=1&before=5${evil}`,
      `/api/v1/chain/blocks${evil}`,
      `/api/v1/chain/search?query=abcdef${evil}`,
      `/api/v1/threats/1.2.3.4${evil}`,
    ]) {
      const answer = await raw(door, [`GET ${path} HTTP/1.1`, AUTHORIZED]);
      expect(/\r\n\r\n/.exec(answer)?.index, path).toBeGreaterThan(0);
      expect(answer.slice(0, answer.indexOf('\r\n\r\n')).toLowerCase(), path).not.toContain('set-cookie');
    }
  });

  it('is counted and limited as over JSON-RPC, and told how long to wait', async () => {
    const door = await openDoor({ limits: { open: { rate: 1, burst: 6 } } });
    let refused = '';
    for (let at = 0; at < 8 && refused === ''; at++) {
      const answer = await raw(door, ['GET /api/v1/chain/blocks/1 HTTP/1.1']);
      if (statusOf(answer) !== 200) refused = answer;
    }
    expect(statusOf(refused)).toBe(429);
    expect(refused).toMatch(/\r\nretry-after: \d+\r\n/i);
    expect(refused).toContain('"code":"rpc.rate-limited"');
  });
});

describe('the reference at /api/docs', () => {
  it('is served from this node alone, without inline scripts, and only its own files', async () => {
    const door = await openDoor();
    const page = await door.get('/api/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).not.toMatch(/<script(?![^>]* src="\/api\/docs\/)|https?:| style=| on[a-z]+=/);
    for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js', 'favicon-32x32.png']) {
      expect((await door.get(`/api/docs/${name}`)).status, name).toBe(200);
    }
    for (const name of ['index.html', 'oauth2-redirect.html', '../package.json', '%2e%2e/package.json']) {
      expect((await door.get(`/api/docs/${name}`)).status, name).toBe(404);
    }
  });

  it('shows the document, which a client need not read twice', async () => {
    const door = await openDoor();
    const first = await door.get('/api/v1/openapi.json');
    expect(first.json.openapi).toBe('3.1.0');
    const tag = String(first.headers.get('etag'));
    expect((await door.get('/api/v1/openapi.json', { 'if-none-match': tag })).status).toBe(304);
  });
});
