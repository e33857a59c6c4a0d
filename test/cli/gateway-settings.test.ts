import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { gatewaySettings, readSettings } from '../../cli/gateway/settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'wardmesh-settings-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('settings of a gateway', () => {
  it('have defaults that decide nothing until they are told to', () => {
    const settings = gatewaySettings({ upstream: 'http://127.0.0.1:3000' }, directory);
    expect(settings).toMatchObject({
      mode: 'observe',
      listen: { host: '127.0.0.1', port: 8650 },
      session: { by: 'none' },
    });
    expect(settings.trustedProxies).toEqual([]);
  });

  it.each([
    ['upstream', { upstream: 'ftp://x' }],
    ['listen', { listen: 'nowhere' }],
    ['mode', { mode: 'block' }],
    ['trustedProxies', { trustedProxies: ['10.0.0.1/8'] }],
    ['certificateKey', { certificate: 'a.pem' }],
    ['keyFile', { node: 'http://localhost:1', keyFile: 'missing' }],
    ['valkey', { valkey: 'http://x' }],
    ['limits.anonymous.rate', { limits: { anonymous: { rate: 0 } } }],
    ['limits.signedIn.bursts', { limits: { signedIn: { bursts: 1 } } }],
    ['limits.routes.0.cost', { limits: { routes: [{ path: '/a', cost: '5' }] } }],
    ['limits.routes', { limits: { routes: [{ path: 'a', cost: 1 }] } }],
    ['session.by', { session: { by: 'magic' } }],
    ['session.cookie', { session: { by: 'header' } }],
    ['session.url', { session: { by: 'url', url: 'x' } }],
    ['session.cookie', { session: { by: 'url', url: 'http://a/me' } }],
    ['session.cookie', { session: { by: 'url', url: 'http://a/me', cookie: 'sid', authorization: true } }],
    ['session.authorization', { session: { by: 'url', url: 'http://a/me', authorization: 'yes' } }],
    ['session.algorithm', { session: { by: 'jwt', keyFile: import.meta.filename, algorithm: 'none' } }],
    ['signIn.failed', { signIn: { failed: ['401'] } }],
    ['clinic.phone', { clinic: { phone: 5 } }],
    ['answerSeconds', { answerSeconds: -1 }],
  ])('name %s when it is wrong', (key, raw) => {
    const wrong = expect.objectContaining({
      exit: EXIT.usage,
      message: expect.stringContaining(`the setting ${key} `),
    });
    expect(() => gatewaySettings(raw, directory)).toThrow(wrong as never);
  });

  it('say which one credential an address is asked with', () => {
    const session = (given: object) =>
      gatewaySettings({ session: { by: 'url', url: 'http://a/me', ...given } }, directory).session;
    expect(session({ cookie: 'sid' })).toMatchObject({ credential: { cookie: 'sid' } });
    expect(session({ authorization: true })).toMatchObject({ credential: 'authorization' });
  });

  it('name a key of the file that nobody knows', () => {
    const file = join(directory, 'a.json');
    writeFileSync(file, '{"upstrem":"http://x"}');
    expect(() => readSettings(file)).toThrow('the setting upstrem ');
    writeFileSync(file, '{');
    expect(() => readSettings(file)).toThrow('the setting config ');
  });
});
