import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { KeptList } from '../../cli/gateway/kept-list.ts';
import { gatewaySettings, readSettings } from '../../cli/gateway/settings.ts';
import { formatNetwork, parseAddress } from '../../gateway/address.ts';

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

describe('the list that a gateway keeps', () => {
  const path = join(directory, 'list');
  const block = (address: string, until: number) => ({ address, effect: 'block' as const, byHand: false, until });

  it('is in force at once, and after a restart from the disk; what is over goes', async () => {
    const removed: string[] = [];
    const list = new KeptList({ path, seed: 1, onRemoved: (network) => removed.push(formatNetwork(network)) });
    await list.load(0);
    await list.take([block('203.0.113.7', 10_000), block('198.51.100.0/24', 90_000)], 7, 0);
    expect(removed).toEqual([]);
    await list.take([{ ...block('203.0.113.9', 0), effect: null }], 9, 0);
    expect(removed).toEqual(['203.0.113.9']);
    await list.save(0);
    const again = new KeptList({ path, seed: 2, onRemoved: () => undefined });
    await again.load(0);
    expect([again.since, again.size]).toEqual([9, 2]);
    expect(again.enforced.verdictFor(parseAddress('203.0.113.7'), 0).verdict).toBe('block');
    expect(again.enforced.verdictFor(parseAddress('198.51.100.77'), 0).verdict).toBe('block');
    await again.save(20_000);
    const later = new KeptList({ path, seed: 3, onRemoved: () => undefined });
    await later.load(20_000);
    expect(later.size).toBe(1);
  });

  it('of a damaged file is empty, so that the node gives all of it again', async () => {
    for (const text of [
      '',
      'x',
      'wardmesh/gateway-list/1 5 2\n["203.0.113.7","block",false,9]\n',
      'wardmesh/gateway-list/1 5 1\n["nonsense","block",false,9]\n',
    ]) {
      writeFileSync(path, text);
      const list = new KeptList({ path, seed: 1, onRemoved: () => undefined });
      await list.load(0);
      expect([list.since, list.size]).toEqual([0, 0]);
    }
  });
});
