// The forward-auth endpoint behind the web servers that ask it, as docs/GATEWAY.md configures them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../common/clock.ts';
import { forwardAuth } from '../../../gateway/ways-in/forward-auth.ts';
import { gatewayParts } from '../../gateway/ways-in/parts.ts';
import { ask, Servers } from '../../gateway/ways-in/servers.ts';
import { debianProgram } from '../../helpers/debian-program.ts';
import { waitFor } from '../../helpers/wait-for.ts';

const servers = new Servers();
const directory = mkdtempSync(join(tmpdir(), 'wardmesh-web-'));
let children: ChildProcess[] = [];
let application: number;

beforeAll(async () => {
  application = await servers.listen((req, res) => {
    if (req.url === '/own-403') res.statusCode = 403;
    res.end(`application ${req.method} ${req.url}`);
  });
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  children = [];
});

afterAll(async () => {
  await servers.close();
  rmSync(directory, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The configuration stands in the documentation, so that what is documented is what is tested. */
function documented(name: string, ports: { listen: number; gateway: number }): string {
  const text = readFileSync(new URL('../../../docs/GATEWAY.md', import.meta.url), 'utf8');
  const block = new RegExp(`\`\`\`${name}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? '';
  return block
    .replaceAll('127.0.0.1:8650', `127.0.0.1:${ports.gateway}`)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${application}`)
    .replaceAll('LISTEN', String(ports.listen))
    .replaceAll(':80', `:${ports.listen}`)
    .replaceAll('listen 80', `listen 127.0.0.1:${ports.listen}`);
}

async function gateway() {
  const anonymous = { name: 'anonymous', rate: 0.05, burst: 8 };
  const parts = gatewayParts({ clock: systemClock, trusted: ['127.0.0.0/8'], anonymous });
  return { ...parts, at: await servers.listen(forwardAuth(parts)) };
}

function start(name: string, packages: string[], args: string[]): ChildProcess {
  const { path, env } = debianProgram(name, packages);
  const home = { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
  const child = spawn(path, args, { env: { ...process.env, ...home, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (said += data));
  child.on('exit', (code) => {
    if (code) console.error(said);
  });
  children.push(child);
  return child;
}

async function nginx(ports: { listen: number; gateway: number }): Promise<void> {
  mkdirSync(join(directory, 'nginx'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${directory}/nginx/${kind};`,
  );
  const config = `daemon off; master_process off; pid ${directory}/nginx/pid; error_log stderr;
events {}
http { access_log off; ${temporary.join(' ')}
${documented('nginx', ports)}
}`;
  writeFileSync(join(directory, 'nginx.conf'), config);
  start('nginx', ['nginx'], ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr']);
}

async function caddy(ports: { listen: number; gateway: number }): Promise<void> {
  writeFileSync(join(directory, 'Caddyfile'), `{\n\tadmin off\n\tauto_https off\n}\n${documented('caddyfile', ports)}`);
  start('caddy', ['caddy'], ['run', '--config', join(directory, 'Caddyfile'), '--adapter', 'caddyfile']);
}

describe.each([
  ['nginx with auth_request', nginx],
  ['Caddy with forward_auth', caddy],
])('%s', (_, run) => {
  it('lets through, challenges, refuses and limits as the gateway says, with the pages of the gateway', async () => {
    const { at, verdicts, decisions } = await gateway();
    const listen = await freePort();
    await run({ listen, gateway: at });
    await waitFor(async () => (await ask(listen, { path: '/.wardmesh/ready' })).status === 404, { timeoutMs: 20_000 });

    expect(await ask(listen, { path: '/page?a=b' })).toMatchObject({ status: 200, body: 'application GET /page?a=b' });
    expect(decisions.at(-1)).toMatchObject({ endpoint: '/page', action: 'allow' });
    expect(await ask(listen, { method: 'POST', path: '/form', body: 'a=b' })).toMatchObject({
      body: 'application POST /form',
    });
    expect(await ask(listen, { path: '/own-403' })).toMatchObject({ status: 403, body: 'application GET /own-403' });

    // What a client says of itself counts for nothing.
    await ask(listen, { path: '/', headers: { 'x-forwarded-for': '203.0.113.99' } });
    expect(decisions.at(-1)!.client.high).toBe(0x7f000001);

    verdicts.set('127.0.0.1', 'challenge');
    const challenged = await ask(listen, { path: '/page?a=b' });
    expect(challenged.status).toBe(403);
    expect(challenged.body).toContain('data-challenge');
    expect(challenged.body).toContain('/page?a=b');
    const waiting = await ask(listen, { path: '/.wardmesh/wait?to=%2Fpage' });
    expect(waiting.body).toContain('Please wait');

    verdicts.set('127.0.0.1', 'block');
    const refused = await ask(listen, { path: '/page' });
    expect(refused.status).toBe(403);
    expect(refused.body).toContain(decisions.at(-1)!.reference);
    expect(refused.headers['content-security-policy']).toContain("default-src 'none'");

    verdicts.delete('127.0.0.1');
    for (let i = 0; i < 8; i++) await ask(listen, { path: '/' });
    const limited = await ask(listen, { path: '/' });
    expect(limited.status).toBe(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  });
});
