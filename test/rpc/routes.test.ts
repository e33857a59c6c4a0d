// What the server answers besides JSON-RPC: export, health, metrics, pages, headers.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BlockView } from '../../rpc/schema/chain.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { openDoor, TOKEN } from './helpers/door.ts';
import { blockOf, TinyNode } from './helpers/tiny-node.ts';

const operator = { authorization: `Bearer ${TOKEN}` };

describe('the export', () => {
  it('is one JSON array of all blocks, a block a line', async () => {
    const door = await openDoor();
    const { text, json, headers } = await door.get('/api/v1/chain/export');
    expect(headers.get('content-type')).toContain('application/json');
    expect(json).toEqual(Array.from({ length: 12 }, (_, height) => blockOf(height, 12)));
    expect(
      text
        .split('\n')
        .slice(1, 13)
        .map((line) => JSON.parse(line.replace(/,$/, '')).height),
    ).toEqual(json.map((block: BlockView) => block.height));
    const none = await openDoor({ chainExport: new TinyNode(0) });
    expect((await none.get('/api/v1/chain/export')).json).toEqual([]);
  });

  it('pulls no further than its reader reads, and stops when the reader goes', async () => {
    const chainExport = new TinyNode(1_000_000);
    const door = await openDoor({ chainExport });
    const before = process.memoryUsage.rss();
    const socket = connect(door.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /api/v1/chain/export HTTP/1.1\r\nhost: localhost\r\n\r\n');
    // Kernel buffers fill, then pulling stands still.
    let seen = -1;
    await waitFor(
      () => {
        const still = chainExport.exported > 0 && chainExport.exported === seen;
        seen = chainExport.exported;
        return still;
      },
      { intervalMs: 200, timeoutMs: 20_000 },
    );
    expect(chainExport.exported).toBeLessThan(20_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20);
    socket.destroy();
    await waitFor(async () => (await door.call('node_health')).result.ready);
    expect(chainExport.exported).toBeLessThanOrEqual(seen + 3);
  });

  it('tells a source that waits for its disk when the reader has gone', async () => {
    let told = false;
    const door = await openDoor({
      chainExport: {
        async *blocks(signal) {
          yield blockOf(0, 2);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          told = true;
        },
      },
    });
    const socket = connect(door.port, '127.0.0.1');
    socket.write('GET /api/v1/chain/export HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await waitFor(() => told);
  });

  it('is given to a bounded number of readers at once, and again when one has gone', async () => {
    const door = await openDoor({ limits: { maxExports: 1 }, chainExport: new TinyNode(1_000_000) });
    const socket = connect(door.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /api/v1/chain/export HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const status = async () => {
      const leaving = new AbortController();
      const answer = await fetch(`${door.url}/api/v1/chain/export`, { headers: operator, signal: leaving.signal });
      leaving.abort();
      return answer.status;
    };
    await waitFor(async () => (await status()) === 503);
    socket.destroy();
    await waitFor(async () => (await status()) === 200);
  });

  it('breaks off without a closing bracket when the chain cannot be read to its end', async () => {
    const door = await openDoor({
      chainExport: {
        async *blocks() {
          yield blockOf(0, 2);
          throw new Error('disk');
        },
      },
    });
    await expect(door.get('/api/v1/chain/export')).rejects.toThrow(/aborted|hang up|reset/);
  });
});

describe('health and metrics', () => {
  it('tell a supervisor, under any host name, that the node lives and whether it is ready', async () => {
    const door = await openDoor();
    expect((await door.get('/health/live', { host: '10.0.0.7' })).json).toEqual({ live: true });
    expect((await door.get('/health/ready', { host: '10.0.0.7' })).status).toBe(200);
    door.node.ready = false;
    const { status, json } = await door.get('/health/ready');
    expect([status, json]).toEqual([503, { ready: false, reasons: [] }]);
    expect((await door.get('/health/live')).status).toBe(200);
  });

  it('show figures to the operator, and to others only where that is configured', async () => {
    const door = await openDoor();
    await door.call('chain_head');
    await door.call('no_such_method');
    expect((await door.get('/metrics')).status).toBe(401);
    const { text } = await door.get('/metrics', operator);
    expect(text).toContain('wardmesh_rpc_calls_total{method="chain_head",result="ok"} 1');
    expect(text).toContain('wardmesh_rpc_calls_total{method="unknown",result="rpc.unknown-method"} 1');
    const open = await openDoor({ options: { protectMetrics: false } });
    expect((await open.get('/metrics')).status).toBe(200);
  });
});

describe('pages', () => {
  async function webRoot(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'wardmesh-web-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Wardmesh</title>');
    await writeFile(join(folder, 'assets', 'app-1a2b.js'), 'export {};');
    await writeFile(join(folder, '.hidden'), 'secret');
    return folder;
  }
  const page = { accept: 'text/html' };

  it('come with a strict content security policy and without the means to be framed or sniffed', async () => {
    const door = await openDoor({ options: { webRoot: await webRoot() } });
    const { headers } = await door.get('/', page);
    const policy = headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' blob: data:",
      "connect-src 'self'",
      "object-src 'none'",
      'frame-src blob:',
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      expect(policy.split(';')).toContain(part);
    }
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('are the index for every page address, and never for doors, assets and programs', async () => {
    const door = await openDoor({ options: { webRoot: await webRoot() } });
    for (const path of ['/', '/explorer', '/explorer/blocks/12?x=1', '/me', '/rpcs']) {
      const { status, text, headers } = await door.get(path, page);
      expect([status, headers.get('cache-control')], path).toEqual([200, 'no-cache']);
      expect(text, path).toContain('<title>Wardmesh');
    }
    for (const path of ['/api/v1/none', '/assets/none.js', '/health/none', '/metrics/none']) {
      expect((await door.get(path, page)).status, path).toBe(404);
    }
    expect((await door.get('/explorer', { accept: 'application/json' })).status).toBe(404);
  });

  it('answer HEAD as GET without the body, whatever the program accepts', async () => {
    const door = await openDoor({ options: { webRoot: await webRoot() } });
    for (const path of ['/', '/explorer', '/assets/app-1a2b.js', '/assets/none.js', '/api/v1/none']) {
      for (const accept of [undefined, '*/*', 'text/html', 'application/json']) {
        const headers = accept === undefined ? undefined : { accept };
        const [get, head] = await Promise.all([door.get(path, headers), door.head(path, headers)]);
        const page = ['/', '/explorer'].includes(path) && accept !== 'application/json';
        if (page) expect(get.status, `${path} ${accept}`).toBe(200);
        expect([head.status, head.text, head.headers.get('content-type')], `${path} ${accept}`).toEqual([
          ...[get.status, '', get.headers.get('content-type')],
        ]);
      }
    }
  });

  it('keep assets for ever, and give nothing outside the folder or hidden in it', async () => {
    const door = await openDoor({ options: { webRoot: await webRoot() } });
    const asset = await door.get('/assets/app-1a2b.js');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.text).toBe('export {};');
    for (const path of [
      '/.hidden',
      '/../package.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/assets/..%2f..%2fpackage.json',
    ]) {
      const { status, text } = await door.get(path, { accept: 'application/octet-stream' });
      expect([400, 403, 404], path).toContain(status);
      expect(text).not.toMatch(/secret|wardmesh"|root:/);
      expect((await door.get(path)).text).not.toMatch(/secret|wardmesh"|root:/);
    }
  });

  it('are absent, not broken, where they were not built', async () => {
    const door = await openDoor({ options: { webRoot: join(tmpdir(), 'wardmesh-no-such-folder') } });
    const { status, json } = await door.get('/', page);
    expect([status, json.error.code]).toEqual([404, 'rpc.not-found']);
    expect((await door.call('node_health')).result.ready).toBe(true);
  });
});
