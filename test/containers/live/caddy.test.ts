// One clinic behind a real Caddy with docker/Caddyfile and the settings of docker/compose.caddy.yml: what browsers get, and
// what nobody can say of themselves. The proxy is Debian's package: no container is needed for it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { writeFirstAdministratorToken } from '../../../node/people/first-administrator.ts';
import { freePorts } from '../../helpers/devnet.ts';
import { TestNodes } from '../../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration } from '../../helpers/portal.ts';
import { waitFor } from '../../helpers/wait-for.ts';

const MINUTE = 60_000;
const FOLDER = fileURLToPath(new URL('../../../docker/', import.meta.url));
/** Of a domain that Caddy certifies by itself, asking nobody. */
const NAME = 'portal.northside.localhost';
const PROXY = '127.0.0.1';
const VISITOR = '127.0.0.7';
const NEIGHBOUR = '127.0.0.9';
const FORGED = '203.0.113.66';

interface Asked {
  readonly from: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly call?: readonly [method: string, params: object];
  readonly path?: string;
}

interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

let net: TestNodes;
let caddy: ChildProcess;
let said = '';
let folder: string;
let site: string;
let port: number;
let plainPort: number;
let ca: Buffer;
let anna: MadeUp;

/** The settings of the service `clinic`, the proxy being at another address and the site at another port. */
function settings(): Record<string, string> {
  const file = readFileSync(join(FOLDER, 'compose.caddy.yml'), 'utf8');
  const [clinic, proxy] = file.split('\n  caddy:\n', 2);
  const address = /ipv4_address: (\S+)/.exec(proxy)?.[1] ?? 'none';
  const found = [...clinic.matchAll(/^ +WARDMESH_(\w+): "?([^"\n]+)"?$/gm)].map(([, name, value]) => [name, value]);
  expect(found).toContainEqual(['HTTP_TRUSTED_PROXIES', address]);
  return Object.fromEntries(
    found.map(([name, value]) => [
      name.replaceAll('_', '-').toLowerCase(),
      value.replace(address, PROXY).replace(/\$\{WARDMESH_SITE[^}]*\}/, site),
    ]),
  );
}

function send(to: number, { from, headers = {}, call, path = '/rpc' }: Asked): Promise<Answered> {
  const body = call === undefined ? undefined : { jsonrpc: '2.0', id: 1, method: call[0], params: call[1] };
  const options = {
    ...{ host: '127.0.0.1', localAddress: from, agent: false, path },
    method: body === undefined ? 'GET' : 'POST',
    headers: { host: site, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  };
  return new Promise((resolve, reject) => {
    const request =
      to === port ? secureRequest({ ...options, port, servername: NAME, ca }) : plainRequest({ ...options, port: to });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.once('error', reject);
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const throughProxy = (asked: Asked) => send(port, asked);
const pastProxy = (asked: Asked) => send(net.clinic(1).httpPort, asked);
const origin = () => `https://${site}`;
const errorOf = ({ text }: Answered): string => JSON.parse(text).error?.data.code;

/** From where the clinic's event log has the newest refused sign-in. */
async function refusedFrom(): Promise<string | null> {
  const filter = { outcome: 'refused', method: 'session_signIn', limit: 1 } as const;
  const { entries } = await net.client(1).call('admin_accessLog', filter);
  return entries[0].address;
}

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  folder = mkdtempSync(join(tmpdir(), 'wardmesh-caddy-'));
  [port, plainPort] = await freePorts(2);
  site = `${NAME}:${port}`;
  const token = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
  await net.start(1, settings());
  caddy = spawn('caddy', ['run', '--config', join(FOLDER, 'Caddyfile'), '--adapter', 'caddyfile'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      ...{ WARDMESH_SITE: site, WARDMESH_REDIRECT: String(plainPort) },
      WARDMESH_UPSTREAM: `127.0.0.1:${net.clinic(1).httpPort}`,
    },
  });
  caddy.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  caddy.once('error', (error) => {
    said += error.message;
  });
  await waitFor(
    async () => {
      ca = readFileSync(join(folder, 'caddy/pki/authorities/local/root.crt'));
      return (await throughProxy({ from: VISITOR, path: '/health/live' })).status === 200;
    },
    { timeoutMs: MINUTE, what: 'Caddy' },
  ).catch((error) => {
    throw new Error(said.slice(-4000), { cause: error });
  });
  anna = madeUp(net.founded.bundle.genesis, 'anna');
  await new Portal(net.clinic(1).url).call('account_register', registration(anna, { token }));
}, 3 * MINUTE);

afterAll(async () => {
  if (caddy?.exitCode === null) {
    const gone = new Promise((resolve) => caddy.once('exit', resolve));
    caddy.kill('SIGTERM');
    await gone;
  }
  await net?.remove();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, MINUTE);

describe('a clinic behind Caddy', { timeout: MINUTE }, () => {
  it('gives pages, health and HSTS over TLS, and sends plain HTTP there', async () => {
    const ready = await throughProxy({ from: VISITOR, path: '/health/ready' });
    expect([ready.status, JSON.parse(ready.text).ready]).toEqual([200, true]);
    expect(ready.headers['strict-transport-security']).toBe('max-age=15552000');
    const plain = await pastProxy({ from: NEIGHBOUR, path: '/health/ready' });
    expect(plain.headers).not.toHaveProperty('strict-transport-security');
    const sent = await send(plainPort, { from: VISITOR, path: '/explorer' });
    expect([sent.status, sent.headers.location]).toEqual([308, `https://${site}/explorer`]);
  });

  it('signs in with a Secure cookie that opens from its own pages, and from no other', async () => {
    const call = ['session_signIn', { name: anna.name, auth: anna.auth }] as const;
    const signedIn = await throughProxy({ from: VISITOR, call, headers: { origin: origin() } });
    const set = signedIn.headers['set-cookie'] ?? [];
    expect(set.length).toBeGreaterThan(0);
    for (const line of set) {
      expect(line).toMatch(/^__Host-/);
      for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Strict']) expect(line.split('; ')).toContain(attribute);
    }
    const cookie = set.map((line) => line.split(';')[0]).join('; ');
    const mine = ['session_current', {}] as const;
    const own = await throughProxy({ from: VISITOR, call: mine, headers: { origin: origin(), cookie } });
    expect(JSON.parse(own.text).result.session.name).toBe('anna');
    const other = await throughProxy({
      from: VISITOR,
      call: mine,
      headers: { origin: 'https://evil.example', cookie },
    });
    expect(other.status).toBe(403);
    expect((await throughProxy({ from: VISITOR, path: '/', headers: { host: 'evil.example' } })).text).not.toContain(
      'Wardmesh',
    );
  });

  it('lets a WebSocket of its own pages through, and none of others', async () => {
    const createConnection = () => connect({ host: '127.0.0.1', port, servername: NAME, ca });
    const open = (from: string) =>
      new WebSocket(`wss://${site}/rpc`, [], { createConnection, headers: { host: site, origin: from } });
    const socket = open(origin());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const answer = new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse(String(data)))));
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { stream: 'heads' } }));
    expect(await answer).toMatchObject({ id: 1, result: {} });
    socket.terminate();
    const refused = open('https://evil.example');
    await expect(new Promise((resolve, reject) => refused.once('open', resolve).once('error', reject))).rejects.toThrow(
      '403',
    );
  });

  it('knows visitors by their own address, whatever they or a neighbour of the proxy write', async () => {
    const call = ['session_signIn', { name: 'anna', auth: '00'.repeat(32) }] as const;
    const forged = { 'x-forwarded-for': FORGED, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
    const visitor = await throughProxy({ from: VISITOR, call, headers: { ...forged, origin: origin() } });
    expect(errorOf(visitor)).toBe('session.refused');
    expect(await refusedFrom()).toBe(VISITOR);
    const neighbour = await pastProxy({ from: NEIGHBOUR, call, headers: forged });
    expect(errorOf(neighbour)).toBe('session.refused');
    expect(neighbour.headers).not.toHaveProperty('strict-transport-security');
    expect(await refusedFrom()).toBe(NEIGHBOUR);
  });
});
