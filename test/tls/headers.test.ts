// The headers of every answer, and whom the doors believe about the client.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDoor, TOKEN } from '../rpc/helpers/door.ts';
import { rawExchange } from './client.ts';

const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

async function webRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'wardmesh-pages-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'assets'));
  await writeFile(join(root, 'index.html'), '<!doctype html><title>W</title>');
  await writeFile(join(root, 'assets', 'a.js'), 'export {};');
  return root;
}

describe('every answer', () => {
  it('carries the security headers: pages, files, calls, errors, health, what is no request', async () => {
    const door = await openDoor({ options: { webRoot: await webRoot() } });
    const html = { accept: 'text/html' };
    const operator = { authorization: `Bearer ${TOKEN}` };
    const answers = {
      page: await door.get('/', html),
      'page of a path': await door.get('/account/security', html),
      file: await door.get('/assets/a.js'),
      'no file': await door.get('/assets/none.js'),
      'not found': await door.get('/api/v1/none'),
      call: await door.post({ jsonrpc: '2.0', method: 'node_health', id: 1 }),
      'refused call': await door.post({ jsonrpc: '2.0', method: 'node_status', id: 1 }),
      'broken call': await door.post('{'),
      'wrong type': await door.post('{}', { 'content-type': 'text/plain' }),
      'wrong token': await door.get('/metrics', { authorization: `Bearer ${'B'.repeat(43)}` }),
      'wrong host': await door.get('/', { ...html, host: 'evil.example' }),
      'wrong origin': await door.get('/', { ...html, origin: 'https://evil.example' }),
      health: await door.get('/health/ready'),
      metrics: await door.get('/metrics', operator),
      export: await door.get('/api/v1/chain/export'),
      'bad address': await door.get('/%zz'),
    };
    for (const [name, { headers, status }] of Object.entries(answers)) {
      for (const [header, value] of Object.entries(EVERYWHERE))
        expect(headers.get(header), `${header} of ${name} (${status})`).toBe(value);
      const policy = headers.get('content-security-policy')?.split(';') ?? [];
      expect(policy, name).toEqual(expect.arrayContaining(["default-src 'none'", "frame-ancestors 'none'"]));
      expect(policy.join(), name).not.toMatch(/unsafe-eval|script-src [^,]*unsafe|https?:|\*/);
      expect(headers.get('permissions-policy'), name).toContain('camera=()');
      expect(headers.get('permissions-policy'), name).toContain('publickey-credentials-get=(self)');
      expect(headers.get('server') ?? headers.get('x-powered-by'), name).toBeNull();
    }
    for (const bytes of ['nonsense\r\n\r\n', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`]) {
      const answer = (await rawExchange(door.port, bytes)).toLowerCase();
      expect(answer).toMatch(/^http\/1\.1 4\d\d /);
      for (const [header, value] of Object.entries(EVERYWHERE))
        expect(answer).toContain(`${header}: ${value.toLowerCase()}`);
      expect(answer).toContain("content-security-policy: default-src 'none'");
    }
  });

  it('says in full what pages may load: scripts and workers of this node alone', async () => {
    const door = await openDoor({ options: { webRoot: await webRoot() } });
    const { headers } = await door.get('/', { accept: 'text/html' });
    const policy = headers.get('content-security-policy');
    expect(policy?.split(';').sort()).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        'frame-src blob:',
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ].sort(),
    );
    expect(headers.get('strict-transport-security')).toBeNull();
  });
});

describe('what a proxy says of the client', () => {
  const forged = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'portal.clinic.example',
  };

  it('counts nothing unless the proxy is trusted: address, TLS and host are those of the connection', async () => {
    for (const trustedProxies of [undefined, [], ['192.0.2.1'], ['10.0.0.0/8', '::2']]) {
      const door = await openDoor({
        options: { trustedProxies, hosts: ['127.0.0.1'] },
        limits: { open: { rate: 0.001, burst: 3 } },
      });
      // One address, whatever each request claims: the third is too many, and never is there a word of TLS.
      const statuses = [];
      for (let index = 0; index < 4; index++) {
        const headers = { ...forged, 'x-forwarded-for': `203.0.113.${index}` };
        const answer = await door.get('/api/v1/none', headers);
        expect(answer.headers.get('strict-transport-security')).toBeNull();
        statuses.push(answer.status);
      }
      expect(statuses).toEqual([404, 404, 404, 429]);
    }
    const strict = await openDoor({ options: { hosts: ['portal.clinic.example'] } });
    expect((await strict.get('/api/v1/none', forged)).status).toBe(403);
  });

  it('is believed of a trusted proxy: visitors are counted apart, host and TLS are theirs', async () => {
    const door = await openDoor({
      options: { trustedProxies: ['127.0.0.0/8'], hosts: ['portal.clinic.example'] },
      limits: { open: { rate: 0.001, burst: 1 } },
    });
    const from = (address: string, more = {}) =>
      door.get('/api/v1/none', { ...forged, 'x-forwarded-for': address, ...more });
    expect((await from('203.0.113.1')).status).toBe(404);
    expect((await from('203.0.113.1')).status).toBe(429);
    const second = await from('203.0.113.2');
    expect(second.status).toBe(404);
    expect(second.headers.get('strict-transport-security')).toBe('max-age=15552000');
    // What the visitor itself wrote stands further left, and counts nothing.
    expect((await from('203.0.113.77, 203.0.113.2')).status).toBe(429);
    expect((await from('203.0.113.3', { 'x-forwarded-host': 'evil.example' })).status).toBe(403);
    expect(
      (await from('203.0.113.4', { 'x-forwarded-proto': 'http' })).headers.get('strict-transport-security'),
    ).toBeNull();
  });
});
