// The doors over TLS: what they speak, what they refuse, how their certificate changes.
import { connect } from 'node:net';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../common/crypto/self-signed.node.ts';
import type { RpcServerOptions } from '../../rpc/server/options.ts';
import type { TlsSource } from '../../rpc/server/tls-listener.ts';
import { type Door, openDoor } from '../rpc/helpers/door.ts';
import { getTls, handshake, rawExchange } from './client.ts';

type Pair = Awaited<ReturnType<typeof makeSelfSigned>>;

class Source implements TlsSource {
  private readonly listeners = new Set<() => void>();
  private pair: Pair;

  constructor(pair: Pair) {
    this.pair = pair;
  }

  current(): Pair {
    return this.pair;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  change(pair: Pair): void {
    this.pair = pair;
    for (const listener of this.listeners) listener();
  }

  get listening(): number {
    return this.listeners.size;
  }
}

const make = (): Promise<Pair> =>
  makeSelfSigned({
    names: ['localhost', 'clinic.example'],
    addresses: ['127.0.0.1'],
    from: Date.now() - 60_000,
    until: Date.now() + 3_600_000,
  });
let pair: Pair;
let other: Pair;

beforeAll(async () => {
  [pair, other] = await Promise.all([make(), make()]);
});

async function openTls(options: Partial<RpcServerOptions> = {}, limits = {}): Promise<Door & { source: Source }> {
  const source = new Source(pair);
  const hosts = ['localhost', '127.0.0.1', 'clinic.example'];
  return { ...(await openDoor({ options: { tls: source, hosts, ...options }, limits })), source };
}

describe('the listener with TLS', () => {
  it('answers over TLS 1.2 and 1.3 with forward secrecy, and over nothing older', async () => {
    const { port } = await openTls();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake(port, { ca: pair.certificate, minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      expect(socket.getEphemeralKeyInfo()).not.toEqual({});
      expect(socket.getCipher().name).toMatch(/GCM|CHACHA20/);
      socket.destroy();
    }
    const old = { ca: pair.certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
    await expect(handshake(port, { ...old, ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow();
    const weak = { ca: pair.certificate, maxVersion: 'TLSv1.2' } as const;
    await expect(handshake(port, { ...weak, ciphers: 'ECDHE-ECDSA-AES128-SHA' })).rejects.toThrow();
  });

  it('shows a certificate that a client with that certificate alone accepts, for its names only', async () => {
    const { port } = await openTls();
    expect((await getTls(port, '/health/live', pair.certificate)).text).toBe('{"live":true}');
    await expect(getTls(port, '/health/live', other.certificate)).rejects.toThrow();
    await expect(handshake(port, { ca: pair.certificate, servername: 'elsewhere.example' })).rejects.toThrow();
  });

  it('takes another certificate for new connections and keeps the old ones open', async () => {
    const { port, source } = await openTls();
    const kept = await handshake(port, { ca: pair.certificate });
    source.change(other);
    expect((await getTls(port, '/health/live', other.certificate)).status).toBe(200);
    await expect(getTls(port, '/health/live', pair.certificate)).rejects.toThrow();
    const answer = new Promise<string>((resolve) => kept.once('data', (data) => resolve(data.toString())));
    kept.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(await answer).toContain('200 OK');
    kept.destroy();
  });

  it('takes no call of a page of the same name that did not come over TLS', async () => {
    const { port } = await openTls();
    const ask = (origin: string) =>
      getTls(port, '/api/v1/none', pair.certificate, { headers: { host: 'clinic.example', origin } });
    expect((await ask('https://clinic.example')).status).toBe(404);
    expect((await ask('http://clinic.example')).status).toBe(403);
    expect((await ask('null')).status).toBe(403);
  });

  it('serves WebSockets', async () => {
    const { port } = await openTls();
    const socket = await handshake(port, { ca: pair.certificate });
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    const key = Buffer.alloc(16).toString('base64');
    const lines = ['GET /rpc HTTP/1.1', 'host: localhost', 'connection: Upgrade', 'upgrade: websocket'];
    socket.write([...lines, 'sec-websocket-version: 13', `sec-websocket-key: ${key}`, '', ''].join('\r\n'));
    expect(await answer).toContain('101 Switching Protocols');
    socket.destroy();
  });

  it('asks browsers to keep to TLS where the name is not the loopback one', async () => {
    const { port } = await openTls();
    const named = await getTls(port, '/nothing', pair.certificate, { headers: { host: 'clinic.example' } });
    expect(named.headers['strict-transport-security']).toBe('max-age=15552000');
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', `127.0.0.1:${port}`]) {
      const local = await getTls(port, '/nothing', pair.certificate, { headers: { host } });
      expect(local.headers['strict-transport-security'], host).toBeUndefined();
    }
  });

  it('stops at once, whatever its connections are doing', async () => {
    const { port, server, source } = await openTls();
    const done = await handshake(port, { ca: pair.certificate });
    done.on('error', () => undefined);
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('connect', resolve));
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(2000);
    expect(source.listening).toBe(0);
  });
});

describe('plain HTTP to the port of TLS', () => {
  it('sends a browser to the same page, and only to a name of this node', async () => {
    const { port } = await openTls();
    const ask = (target: string, host: string): Promise<string> =>
      rawExchange(port, `GET ${target} HTTP/1.1\r\nhost: ${host}\r\naccept: text/html\r\n\r\n`);
    const answer = await ask('/explorer?x=1', `clinic.example:${port}`);
    expect(answer).toContain('HTTP/1.1 308 ');
    expect(answer).toContain(`\r\nlocation: https://clinic.example:${port}/explorer?x=1\r\n`);
    for (const host of ['elsewhere.example', 'clinic.example.evil.example', 'clinic.example@evil.example', '']) {
      const refused = await ask('/', host);
      expect(refused, host).toContain('HTTP/1.1 400 ');
      expect(refused.toLowerCase(), host).not.toContain('\r\nlocation:');
    }
    expect(await ask('//evil.example/', 'localhost')).toContain('location: https://localhost//evil.example/\r\n');
    for (const target of ['http://evil.example/', 'evil.example', '/a b', '*'])
      expect((await ask(target, 'localhost')).toLowerCase(), target).not.toContain('\r\nlocation:');
  });

  it('never sends a program on that may have said its secret aloud', async () => {
    const { port } = await openTls();
    const body = '{"jsonrpc":"2.0","method":"node_status","id":1}';
    const answer = await rawExchange(
      port,
      `POST /rpc HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toContain('HTTP/1.1 400 ');
    expect(answer).toContain('"code":"rpc.tls-only"');
    expect(answer.toLowerCase()).not.toContain('\r\nlocation:');
  });

  it('goes on serving others whatever bytes come first', async () => {
    const { port } = await openTls({}, { handshakeTimeoutMs: 300 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (bytes) => {
        const answer = await rawExchange(port, bytes);
        // Nothing for what looks like TLS, a refusal for all else.
        if (bytes[0] !== 0x16) expect(answer).toMatch(/^HTTP\/1\.1 (?:400|308) /);
      }),
      { numRuns: 60 },
    );
    expect((await getTls(port, '/health/live', pair.certificate)).status).toBe(200);
  });

  it('cuts who says nothing, and who never ends the handshake', async () => {
    const { port } = await openTls({}, { handshakeTimeoutMs: 100 });
    expect(await rawExchange(port, '')).toBe('');
    expect(await rawExchange(port, Uint8Array.of(0x16, 3, 1, 0, 200))).toBe('');
  });
});
