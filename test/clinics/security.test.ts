// Two branches of one organisation: what their gateways judge is in the log, is counted, ranked and explained; who blocks and
// unblocks is an administrator with a second factor, and both clinics follow at once.
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { parseAddress } from '../../gateway/address.ts';
import { Gateway } from '../../gateway/gateway.ts';
import type { Decision } from '../../gateway/judge/decision.ts';
import { writeFirstAdministratorToken } from '../../node/people/first-administrator.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import type { TrafficValue } from '../../rpc/schema/subscription.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const SCANNER = '203.0.113.7';
const VISITOR = '198.51.100.20';

let net: TestNodes;
let anna: Portal;
let code: () => string;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 2, miners: [1] });
  const token = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
  for (const number of net.numbers) await net.start(number);
  await net.connected();
  anna = new Portal(net.clinic(1).url);
  const person = madeUp(net.founded.bundle.genesis, 'anna');
  await anna.call('account_register', registration(person, { token }));
  await signIn(anna, person);
  const isAdministrator = async () => (await anna.call('session_current')).session?.roles.includes('admin');
  await waitFor(isAdministrator, { timeoutMs: 4 * MINUTE, intervalMs: 500, what: 'the role' });
  const { secret } = await anna.call('account_totpStart');
  const app = new TOTP({ secret: Secret.fromBase32(secret) });
  const { recoveryCodes } = await anna.call('account_totpFinish', { code: app.generate() });
  code = () => String(recoveryCodes.pop());
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

/** What a gateway makes of a scanner's requests and of a visitor's. */
function judged(): Decision[] {
  const decisions: Decision[] = [];
  const gateway = new Gateway(
    { mode: 'enforce' },
    {
      lookup: { verdictFor: () => ({ verdict: 'allow', reasons: [] }) },
      signatures: () => ({ match: () => [] }),
      captcha: { hasClearance: () => false, blockedUntil: () => 0 },
      neverBlock: { setOf: () => undefined },
      random: randomBytes,
      onDecision: (decision) => decisions.push(decision),
      onReport: () => undefined,
    },
  );
  const start = Date.now() - MINUTE;
  for (let place = 0; place < 80; place++) {
    const scans = place % 8 !== 0;
    const at = start + place * 500;
    const facts = {
      at,
      client: parseAddress(scans ? SCANNER : VISITOR),
      forwarding: 'direct',
      method: 'GET',
      path: scans ? `/probe-${place}.php` : '/appointments',
      query: '',
      userAgent: scans ? 'x' : 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      referer: '',
      cookie: '',
      headerOrder: 'host,user-agent',
      body: '',
      session: scans ? 'none' : 'valid',
      subject: scans ? undefined : 'visitor',
    } as const;
    const decision = gateway.judge(facts);
    gateway.answered(decision, facts, { at, status: scans ? 404 : 200, signInFailed: false, signedIn: false });
  }
  return decisions;
}

function brought(decisions: readonly Decision[]): ParamsIn<'threat_ingest'>['entries'] {
  return decisions.map(({ client, retryAfter, factors, signatures, ...rest }, place) => ({
    ...rest,
    sequence: place + 1,
    address: client.high === parseAddress(SCANNER).high ? SCANNER : VISITOR,
    factors: [...factors],
    signatures: [...signatures],
    status: rest.action === 'allow' ? 200 : null,
    retryAfterMs: retryAfter ?? null,
  }));
}

describe('two branches', { timeout: 8 * MINUTE }, () => {
  it('property 12: complete log entries: what a gateway judged is in the log of its clinic once, and counted, ranked and found', async () => {
    const decisions = judged();
    const entries = brought(decisions);
    const client = net.client(1);
    const seen: TrafficValue[] = [];
    const end = client.subscribe('threats', {}, (value) => seen.push(value));
    const until = Date.now() + 86_400_000;
    const { secret } = await client.call('apikey_create', { name: 'front', scopes: ['threat:gateway'], until });
    const bring = async (from: number, to: number) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
      const params = { gateway: 'front', entries: entries.slice(from, to) };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'threat_ingest', params });
      return (await (await fetch(`${net.clinic(1).url}/rpc`, { method: 'POST', headers, body })).json()).result;
    };
    expect(await bring(0, 50)).toMatchObject({ sequence: 50 });
    expect(await bring(30, 80)).toMatchObject({ sequence: 80 });
    expect(await bring(0, 80)).toMatchObject({ sequence: 80 });

    // Between them stand the requests of this test itself, which the node's own gateway judged.
    const { entries: all } = await client.call('threat_log', { limit: 500 });
    const front = all.filter(({ gateway }) => gateway !== null);
    expect(front.map(({ reference }) => reference).reverse()).toEqual(decisions.map(({ reference }) => reference));
    expect(front[0].gateway).toMatch(/^front@[0-9a-f]{8}$/);
    expect(all.some(({ gateway, endpoint, status }) => gateway === null && endpoint === '/rpc' && status === 200)).toBe(
      true,
    );
    const { total, minute, log: kept } = await client.call('threat_stats', {});
    const ended = (wanted: Decision['action']) => decisions.filter(({ action }) => action === wanted).length;
    const stopped = { challenge: ended('challenge'), limit: ended('limit'), refuse: ended('refuse') };
    expect(total).toMatchObject(stopped);
    expect(minute).toMatchObject(stopped);
    expect(total.allow).toBeGreaterThan(ended('allow'));
    expect(kept).toMatchObject({ lost: 0, retentionDays: 14 });
    expect(kept.entries).toBeGreaterThan(80);
    const { threats } = await client.call('threat_top', {});
    expect(threats.map(({ address }) => address)).toEqual([SCANNER]);
    expect(threats[0].stopped).toBeGreaterThan(40);
    const refused = await client.call('threat_log', { address: SCANNER, action: 'refuse', limit: 500 });
    expect(refused.entries.length).toBe(decisions.filter(({ action }) => action === 'refuse').length);
    await expect.poll(() => seen.some(({ minute: { allow } }) => allow > 0), { timeout: MINUTE }).toBe(true);
    end();
  });

  it('property 28: admin block and unblock: both act at once here and at the other branch, reach the chain, name who did it, and are refused to others', async () => {
    const asked = { address: SCANNER, reason: 'scan', forMs: 60 * MINUTE } as const;
    // Nobody; an administrator whose second factor is old.
    expect(await new Portal(net.clinic(1).url).refusal('threat_block', asked)).toBe('rpc.unauthorized');
    await anna.call('session_confirm', { method: 'recovery-code', code: code() });
    const made = await anna.call('threat_block', asked);
    const verdictAt = async (number: number) =>
      (await net.client(number).call('threat_check', { address: SCANNER })).verdict;
    expect(await verdictAt(1)).toBe('block');
    await waitFor(async () => (await verdictAt(2)) === 'block', { timeoutMs: MINUTE, what: 'the block at clinic 2' });
    await net.applied(1, made.statement);

    // Clinic 2 names the statement once it applied the block too.
    await waitFor(
      async () => (await net.client(2).call('threat_explain', { address: SCANNER })).reports[0].height !== null,
      { timeoutMs: MINUTE, what: 'the height of the report' },
    );
    const explained = await net.client(2).call('threat_explain', { address: SCANNER });
    expect(explained).toMatchObject({ verdict: 'block', foreignOrganisations: 0, requests: [] });
    expect(explained.reports).toEqual([
      expect.objectContaining({ clinic: 1, mode: 'manual', reason: 'scan', statement: made.statement }),
    ]);
    expect((await net.client(1).call('threat_explain', { address: SCANNER })).requests).toHaveLength(20);

    const { revoked } = await anna.call('threat_unblock', { address: SCANNER });
    expect(revoked).toHaveLength(1);
    expect(await verdictAt(1)).toBe('allow');
    await waitFor(async () => (await verdictAt(2)) === 'allow', { timeoutMs: MINUTE, what: 'the end at clinic 2' });

    const { entries } = await net.node(1).access.events.list({ object: SCANNER }, 100);
    const acts = entries.filter(({ method, outcome }) => /_(un)?block$/.test(method) && outcome === 'permitted');
    expect(acts.map(({ method, name, kind }) => [method, name, kind])).toEqual([
      ['threat_unblock', 'anna', 'session'],
      ['threat_block', 'anna', 'session'],
    ]);
    // Whoever looked at the address is there too.
    expect(entries.some(({ method }) => method === 'threat_explain')).toBe(true);
  });

  it('is whole after a restart', async () => {
    const before = (await net.client(1).call('threat_stats', {})).log.entries;
    await net.stop(1);
    await net.start(1);
    const { log } = await net.client(1).call('threat_stats', {});
    expect(log.entries).toBeGreaterThanOrEqual(before);
  });
});
