// The gateway before the doors of whole nodes: two branches of one organisation, visitors through a trusted proxy on loopback.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../gateway/ways-in/servers.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { writeReport } from '../helpers/report.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { BROWSER, from, NOT_THERE, openGuardedDoor, SEARCH } from '../node/gateway/guarded-door.ts';
import { openDoor, TOKEN } from '../rpc/helpers/door.ts';

const MINUTE = 60_000;
const BLOCKED = '203.0.113.7';
const SCANNER = '198.51.100.20';
const JSON_CALL = { 'content-type': 'application/json', 'user-agent': BROWSER['user-agent'] };
const WARM_UP = 4;
const ROUNDS = 20;
const EACH = 100;

let net: TestNodes;

beforeAll(async () => {
  const config = { http: { trustedProxies: ['127.0.0.0/8'] }, gateway: { mode: 'enforce' } };
  net = await TestNodes.found({ clinics: 2, miners: [1], config });
  for (const number of net.numbers) await net.start(number);
  await net.connected();
}, 5 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

const visit = (number: number, address: string, headers: Record<string, string> = {}, path = '/api/v1/openapi.json') =>
  ask(net.clinic(number).httpPort, { path, headers: { 'x-forwarded-for': address, ...headers } });
const statusAt = async (number: number, address: string) => (await visit(number, address)).status;
/** What the clinic's log says of the last request of the address. */
async function lastEntry(number: number, address: string) {
  const { entries } = await net.client(number).call('threat_log', { address, limit: 1 });
  return entries[0];
}

describe('the doors of two branches', { timeout: 8 * MINUTE }, () => {
  it('property 15: blocked address refused: blocked by hand at clinic 1, refused at the HTTP door of clinic 2 within 5 s, admitted after the unblock', async () => {
    expect(await statusAt(2, BLOCKED)).toBe(200);
    await net.client(1).call('threat_block', { address: BLOCKED });
    const began = performance.now();
    await waitFor(async () => (await statusAt(2, BLOCKED)) === 403, { timeoutMs: MINUTE, intervalMs: 20 });
    const refusedAfter = performance.now() - began;
    expect(refusedAfter).toBeLessThan(5_000);
    const page = await visit(2, BLOCKED);
    expect(page.body).toContain('Southside 2');
    expect(page.headers['x-wardmesh-reference']).toMatch(/^[a-z0-9]{12}$/);
    const program = await visit(2, BLOCKED, { accept: 'application/json' });
    expect(JSON.parse(program.body)).toMatchObject({ status: 403, action: 'refuse' });
    expect((await visit(2, BLOCKED, {}, '/health/live')).status).toBe(200);
    await waitFor(async () => (await lastEntry(2, BLOCKED))?.reference === program.headers['x-wardmesh-reference']);
    expect(await lastEntry(2, BLOCKED)).toMatchObject({ action: 'refuse', rule: 'blocklist', status: null });

    await net.client(1).call('threat_unblock', { address: BLOCKED });
    const ended = performance.now();
    await waitFor(async () => (await statusAt(2, BLOCKED)) === 200, { timeoutMs: MINUTE, intervalMs: 20 });
    await writeReport(
      'door-gateway',
      'A block of one branch at the HTTP door of another',
      'Two whole nodes on loopback; one try, asked every 20 ms; `test/clinics/door-gateway.test.ts`.',
      [
        [
          'from the answer to the block at clinic 1 to the first refusal at the door of clinic 2',
          `${Math.round(refusedAfter)} ms`,
        ],
        ['from the unblock to the first admission', `${Math.round(performance.now() - ended)} ms`],
      ],
    );
  });

  it('property 41: unblock resets score: a scanner at the door of one clinic is blocked at both, and starts from zero after the unblock at the other', async () => {
    for (const path of NOT_THERE) await visit(1, SCANNER, SEARCH, path);
    expect(await statusAt(1, SCANNER)).toBe(403);
    await waitFor(async () => (await statusAt(2, SCANNER)) === 403, {
      timeoutMs: MINUTE,
      what: 'the refusal at clinic 2',
    });
    const { threats } = await net.client(2).call('threat_list', {});
    expect(threats.find(({ address }) => address === SCANNER)).toMatchObject({
      ...{ mode: 'automatic', reason: 'scan', clinic: 1 },
    });

    await net.client(2).call('threat_unblock', { address: SCANNER });
    for (const number of [1, 2]) {
      await waitFor(async () => (await statusAt(number, SCANNER)) === 200, { timeoutMs: MINUTE });
      await waitFor(async () => (await lastEntry(number, SCANNER))?.action === 'allow');
      const { score, factors } = await lastEntry(number, SCANNER);
      expect({ score, factors: factors.map(({ name }) => name) }).toEqual({ score: 10, factors: ['session'] });
    }
  });

  it('a mass of automatic blocks that would cut off those who use the door of a branch is held back there, until it is released', async () => {
    const known = Array.from({ length: 10 }, (_, i) => `192.0.2.${i + 1}`);
    const token = readFileSync(net.clinic(2).paths.operatorToken, 'utf8').trim();
    for (const address of known) {
      await waitFor(async () => (await visit(2, address, { authorization: `Bearer ${token}` })).status === 200);
    }
    const key = { name: 'fail2ban', scopes: ['threat:report' as const], until: Date.now() + 86_400_000 };
    const { secret } = await net.client(1).call('apikey_create', key);
    const reported = await Promise.all(
      known.map((address) =>
        ask(net.clinic(1).httpPort, {
          ...{ method: 'POST', path: '/api/v1/threat/report' },
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
          body: JSON.stringify({ address, category: 'bruteforce', seconds: 3_600 }),
        }),
      ),
    );
    expect(reported.map(({ status }) => status)).toEqual(known.map(() => 201));
    const open = async () => {
      const { breakers } = await net.client(2).call('threat_breakers', {});
      return breakers.find(({ breaker }) => breaker === 'list');
    };
    // The first few say nothing yet.
    await waitFor(async () => ((await open())?.waiting ?? 0) >= known.length - 2, { timeoutMs: 2 * MINUTE });
    expect(await open()).toMatchObject({ gateway: null, cause: 'known-addresses' });
    // Everybody is protected for an hour after a visit; what is held back does not even come so far.
    const rules = async () => {
      const found: string[] = [];
      for (const address of known) {
        await visit(2, address);
        found.push((await lastEntry(2, address)).rule);
      }
      return found;
    };
    const heldBack = (found: readonly string[]) => found.filter((rule) => rule === 'blocklist').length;
    await waitFor(async () => heldBack(await rules()) >= known.length - 2, { timeoutMs: 2 * MINUTE });
    await net.client(2).call('threat_release', { breaker: 'list' });
    await waitFor(async () => (await open()) === undefined && heldBack(await rules()) === 0, { timeoutMs: 2 * MINUTE });
  });

  it('in the mode observe it writes down what it would have done, and refuses nobody', async () => {
    await net.stop(2);
    await net.start(2, { 'gateway-mode': 'observe' });
    await net.client(1).call('threat_block', { address: BLOCKED });
    const verdict = async () => (await net.client(2).call('threat_check', { address: BLOCKED })).verdict;
    await waitFor(async () => (await verdict()) === 'block', { timeoutMs: 3 * MINUTE });
    expect(await statusAt(2, BLOCKED)).toBe(200);
    await waitFor(async () => (await lastEntry(2, BLOCKED))?.judged === 'refuse', { timeoutMs: MINUTE });
    expect(await lastEntry(2, BLOCKED)).toMatchObject({ action: 'allow', rule: 'blocklist', status: 200 });
    expect(await statusAt(1, BLOCKED)).toBe(403);
  });
});

it(
  'costs a request of the doors little: the same requests with judging on and off',
  async () => {
    const PLENTY = { limits: { open: { rate: 1e6, burst: 1e6 } }, options: { trustedProxies: ['127.0.0.0/8'] } };
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const doors = [(await openGuardedDoor('enforce', PLENTY)).door.port, (await openDoor(PLENTY)).port];
    const spent: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      // In changing order: the machine is the same for both.
      for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const before = process.cpuUsage();
        for (let i = 0; i < EACH; i++) await called(doors[which], agent);
        const { user, system } = process.cpuUsage(before);
        if (round >= WARM_UP) spent[which].push((user + system) / EACH);
      }
    }
    agent.destroy();
    const [on, off] = spent.map((all) => all.sort((a, b) => a - b)[all.length >> 1]);
    expect(on - off).toBeLessThan(1_000);
    await writeReport(
      'door-gateway-cost',
      'What judging costs a request of the doors',
      `Processor time of client and server together for a call of node_health over HTTP, median of ${spent[0].length} rounds of ${EACH} calls each, the gateway in enforce; \`test/clinics/door-gateway.test.ts\`.`,
      [
        ['with judging', `${Math.round(on)} µs`],
        ['without', `${Math.round(off)} µs`],
        ['added', `${Math.round(on - off)} µs`],
      ],
    );
  },
  4 * MINUTE,
);

/** With the operator's token: so many calls of strangers would be challenged, and cost less than none. */
function called(port: number, agent: Agent): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'node_health', id: 1 });
  const headers = { ...from(BLOCKED), ...JSON_CALL, authorization: `Bearer ${TOKEN}` };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/rpc', method: 'POST', headers, agent }, (answer) => {
      expect(answer.statusCode).toBe(200);
      answer.resume().once('end', () => resolve());
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
