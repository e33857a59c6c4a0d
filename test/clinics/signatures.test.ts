// An attack signature from its proposal to its end, with the whole nodes of four clinics of three organisations, and a gateway
// by itself that follows one of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

const LONG = 180_000;

const FOLLOWED = 4;
const PROBE = '/forum/2009/install.php';
const directory = mkdtempSync(join(tmpdir(), 'wardmesh-signatures-'));
const servers = new Servers();
const logger = createLogger({ level: 'silent' });

let net: TestNodes;
let raw: Record<string, unknown>;
let gateway: StandAlone;

const startAgain = async (): Promise<void> => {
  gateway = await startGateway(gatewaySettings(raw, directory), { clock: systemClock, logger });
};

beforeAll(async () => {
  net = await TestNodes.found({ miners: [1] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const application = await servers.listen((_, res) => void res.end('application'));
  const until = Date.now() + 86_400_000;
  const key = await net
    .client(FOLLOWED)
    .call('apikey_create', { name: 'front', scopes: ['threat:gateway', 'threat:report'], until });
  writeFileSync(join(directory, 'key'), key.secret);
  raw = {
    ...{ upstream: `http://127.0.0.1:${application}`, listen: '127.0.0.1:0', trustedProxies: ['127.0.0.0/8'] },
    ...{ node: net.clinic(FOLLOWED).url, keyFile: join(directory, 'key'), data: join(directory, 'data') },
  };
  await startAgain();
}, 2 * LONG);

afterAll(async () => {
  await gateway?.stop();
  await servers.close();
  await net?.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** What the gateway saw in the latest of such requests, as the log of its node has it. */
async function matchedAt(visitor: string): Promise<readonly string[]> {
  await ask(gateway.address.port, { path: PROBE, headers: { 'x-forwarded-for': visitor } });
  return waitFor(
    async () => {
      const { entries } = await net.client(FOLLOWED).call('threat_log', { address: visitor, limit: 1 });
      return entries[0]?.signatures;
    },
    { timeoutMs: LONG, intervalMs: 100, what: 'the request in the log' },
  );
}

const listed = async (number: number) => (await net.client(number).call('threat_signatureList', {})).signatures;

const everywhere = (holds: (states: string[]) => boolean, what: string) =>
  waitFor(
    async () => {
      const lists = await Promise.all(net.numbers.map(listed));
      return lists.every((signatures) => holds(signatures.map(({ state }) => state)));
    },
    { timeoutMs: LONG, what },
  );

describe('an attack signature', { timeout: 8 * LONG }, () => {
  it('property 42: signature sharing: is at every clinic as it was proposed, confirmed by another organisation, until it is retired', async () => {
    const conditions = [{ fields: ['path' as const], pattern: '^/forum/*install.php$' }];
    const { signature } = await net
      .client(1)
      .call('threat_signaturePropose', { name: 'old-forum', category: 'probe', conditions });
    await everywhere(([state]) => state === 'proposed', 'the proposal');
    // Of the same organisation: no second voice.
    await net.client(2).call('threat_signatureConfirm', { signature });
    await net.client(3).call('threat_signatureConfirm', { signature });
    await everywhere(([state]) => state === 'shadow', 'the confirmation');
    // Two blocks of one height may each hold the confirmation for a moment: one of them stays.
    const first = await waitFor(
      async () => {
        const lists = await Promise.all(net.numbers.map(listed));
        return new Set(lists.map((list) => JSON.stringify(list))).size === 1 && lists[0];
      },
      { timeoutMs: LONG, what: 'one list at every clinic' },
    );
    expect(first).toMatchObject([
      { id: signature, supporters: [1, 2], clinic: 1, conditions: [{ pattern: '^/forum/*install.php$' }] },
    ]);
    let visitor = 0;
    const gatewayMatches = async () => (await matchedAt(`203.0.113.${++visitor}`)).includes(signature);
    await waitFor(gatewayMatches, { timeoutMs: LONG, what: 'the gateway has it' });

    await net.stop(FOLLOWED);
    await gateway.stop();
    await startAgain();
    await ask(gateway.address.port, { path: PROBE, headers: { 'x-forwarded-for': '198.51.100.1' } });
    await net.start(FOLLOWED);
    const seen = await waitFor(
      async () => {
        const { entries } = await net.client(FOLLOWED).call('threat_log', { address: '198.51.100.1', limit: 1 });
        return entries[0]?.signatures;
      },
      { timeoutMs: LONG, intervalMs: 100, what: 'what it saw without its node' },
    );
    expect(seen).toContain(signature);

    await net.client(2).call('threat_signatureRetire', { signature, reason: 'mistake' });
    await everywhere((states) => states.length === 1 && states[0] === 'retired', 'the end');
    await waitFor(async () => !(await gatewayMatches()), { timeoutMs: LONG, what: 'the gateway without it' });
  });
});
