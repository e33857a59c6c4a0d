// A gateway that stands alone before an application and follows a clinic's node: as `wardmesh gateway` puts it together.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewaySettings } from '../../cli/gateway/settings.ts';
import { type StandAlone, startGateway } from '../../cli/gateway/stand-alone.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { ask, Servers } from '../gateway/ways-in/servers.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const directory = mkdtempSync(join(tmpdir(), 'wardmesh-gateway-'));
const servers = new Servers();
const logger = createLogger({ level: 'silent' });
const VISITOR = { headers: { 'x-forwarded-for': '203.0.113.7' } };
let net: TestNodes;
let running: StandAlone;
let raw: Record<string, unknown>;

async function start(): Promise<void> {
  running = await startGateway(gatewaySettings(raw, directory), { clock: systemClock, logger });
}

const statusOf = async (visitor = VISITOR) => (await ask(running.address.port, visitor)).status;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
  const application = await servers.listen((_, res) => void res.end('application'));
  const { url } = net.clinic(1);
  raw = {
    upstream: `http://127.0.0.1:${application}`,
    listen: '127.0.0.1:0',
    node: url,
    mode: 'enforce',
    trustedProxies: ['127.0.0.0/8'],
    data: join(directory, 'data'),
  };
  const keyFile = join(directory, 'key');
  const made = { name: 'front', scopes: ['threat:gateway', 'threat:report'], until: Date.now() + 86_400_000 } as const;
  writeFileSync(keyFile, (await net.client(1).call('apikey_create', { ...made, scopes: [...made.scopes] })).secret);
  raw.keyFile = keyFile;
  await start();
}, 3 * MINUTE);

afterAll(async () => {
  await running.stop();
  await servers.close();
  await net.remove();
  rmSync(directory, { recursive: true, force: true });
}, MINUTE);

describe('a gateway that follows a node', () => {
  it(
    'property 34: fault tolerance: refuses what the node blocks, goes on when it is gone, and comes back without help',
    async () => {
      expect(await statusOf()).toBe(200);
      await net.client(1).call('threat_block', { address: '203.0.113.7' });
      await net.client(1).call('threat_block', { address: '198.51.100.0/28' });
      const from = performance.now();
      await waitFor(async () => (await statusOf()) === 403);
      expect(performance.now() - from).toBeLessThan(3_000);
      await waitFor(async () => (await statusOf({ headers: { 'x-forwarded-for': '198.51.100.9' } })) === 403);
      expect(await statusOf({ headers: { 'x-forwarded-for': '198.51.100.16' } })).toBe(200);

      // What no block holds yet lapses within seconds.
      const listed = () =>
        readFileSync(join(directory, 'data', 'list'), 'utf8')
          .trim()
          .split('\n')
          .slice(1);
      await waitFor(
        () => listed().length === 2 && listed().every((line) => JSON.parse(line)[3] > Date.now() + MINUTE),
        { timeoutMs: MINUTE },
      );
      await net.stop(1);
      expect(await statusOf()).toBe(403);
      await running.stop();
      await start();
      expect(await statusOf()).toBe(403);
      expect(await statusOf({ headers: { 'x-forwarded-for': '203.0.113.8' } })).toBe(200);

      await net.start(1);
      await net.client(1).call('threat_unblock', { address: '203.0.113.7' });
      await waitFor(async () => (await statusOf()) === 200, { timeoutMs: 2 * MINUTE });
      expect(await statusOf({ headers: { 'x-forwarded-for': '198.51.100.9' } })).toBe(403);
    },
    6 * MINUTE,
  );

  it(
    'brings what it judged into the log of its node, each request once',
    async () => {
      const visitors = [1, 2, 3, 4, 5].map((host) => `192.0.2.${host}`);
      // By address: every question stands in the log too, as a request at the node's own doors.
      const entries = async () => {
        const each = visitors.map((address) => net.client(1).call('threat_log', { address, limit: 50 }));
        return (await Promise.all(each)).flatMap((answer) => answer.entries);
      };
      const bring = async (wanted: number) => {
        for (const visitor of visitors) await statusOf({ headers: { 'x-forwarded-for': visitor } });
        await waitFor(async () => (await entries()).length >= wanted, { timeoutMs: MINUTE, intervalMs: 200 });
      };
      await bring(5);
      await running.stop();
      await start();
      await bring(10);
      const all = await entries();
      expect(new Set(all.map(({ reference }) => reference)).size).toBe(10);
      expect(all).toHaveLength(10);
      expect(new Set(all.map(({ gateway }) => gateway)).size).toBe(1);
      for (const one of all) expect(one).toMatchObject({ action: 'allow', status: 200 });
      expect(all[0].gateway).toMatch(/^[a-z0-9][a-z0-9.-]*-[0-9a-f]{8}@[0-9a-f]{8}$/);
    },
    6 * MINUTE,
  );

  it(
    'goes by the pins of its node, also for what it would refuse by itself, without the node and after a restart',
    async () => {
      const hostile = { path: '/?q=1%27%20or%201=1%20union%20select%20password%20from%20users--', method: 'GET' };
      const attack = async () =>
        (await ask(running.address.port, { ...hostile, headers: { 'x-forwarded-for': '203.0.113.200' } })).status;
      await waitFor(async () => (await attack()) === 403);
      await net.client(1).call('threat_pin', { address: '203.0.113.200', action: 'allow' });
      await waitFor(async () => (await attack()) === 200);
      await net.stop(1);
      await running.stop();
      await start();
      expect(await attack()).toBe(200);
      await net.start(1);
      await net.client(1).call('threat_unpin', { address: '203.0.113.200' });
      await waitFor(async () => (await attack()) === 403, { timeoutMs: 2 * MINUTE });
    },
    6 * MINUTE,
  );

  it(
    'property 20: attack signature creation: makes a signature of a coordinated attack, which its node proposes',
    async () => {
      for (let i = 0; i < 55; i++) {
        const visitor = `45.10.${i % 25}.${1 + i}`;
        await ask(running.address.port, {
          path: `/booking/${1000 + i}/cheap-pills`,
          headers: { 'x-forwarded-for': visitor },
        });
      }
      const proposed = await waitFor(
        async () => {
          const { signatures } = await net.client(1).call('threat_signatureList', {});
          return signatures.find(({ category }) => category === 'coordinated');
        },
        { timeoutMs: 2 * MINUTE },
      );
      expect(proposed).toMatchObject({ sources: 50, points: 30 });
      expect(JSON.stringify(proposed.conditions)).toContain('/cheap-pills');
      expect(JSON.stringify(proposed.conditions)).not.toMatch(/booking.1\d/);
    },
    6 * MINUTE,
  );

  it('keeps no address in its log, and nothing that others may read', async () => {
    await running.stop();
    const files = readdirSync(join(directory, 'data', 'log'), { recursive: true, withFileTypes: true });
    const bytes = files.filter((file) => file.isFile()).map((file) => readFileSync(join(file.parentPath, file.name)));
    expect(bytes.length).toBeGreaterThan(0);
    for (const content of bytes) expect(content.includes('203.0.113.7')).toBe(false);
    await start();
  });
});
