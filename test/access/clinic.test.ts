// The doors of one real clinic: a person without a role, an application and the operator, and what the event log has of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFirstAdministratorToken } from '../../node/people/first-administrator.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
let net: TestNodes;
let anna: MadeUp;
let browser: Portal;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  const token = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
  // Nothing is applied without a miner: the first administrator is nobody yet.
  await net.start(1, { 'mining-threads': '0' });
  browser = new Portal(net.clinic(1).url);
  anna = madeUp(net.founded.bundle.genesis, 'anna');
  await browser.call('account_register', registration(anna, { token }));
  await signIn(browser, anna);
}, 2 * MINUTE);
afterAll(() => net.remove(), MINUTE);

/** By an API key, or with nothing. */
async function ask(method: string, params: unknown, key?: string) {
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const { result, error } = await (await fetch(`${net.clinic(1).url}/rpc`, { method: 'POST', headers, body })).json();
  return error === undefined ? result : error.data.code;
}

describe('a clinic', { timeout: 2 * MINUTE }, () => {
  it('lets a person see of its outbox what the person signed, and the operator everything', async () => {
    const all = await net.client(1).call('outbox_list', {});
    expect(all.entries.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['accounts.create', 'accounts.set-role']),
    );
    const own = await browser.call('outbox_list', {});
    expect(own.entries.map(({ name }) => name)).toEqual(['accounts.create']);
    expect(own.total).toBe(1);
  });

  it('lets an application do what its scopes say, until it is revoked, over a new start', async () => {
    const client = net.client(1);
    const wanted = { name: 'a lab', scopes: ['patient:write'], until: Date.now() + DAY_MS };
    expect(await browser.refusal('apikey_create', wanted)).toBe('rpc.forbidden');
    const { key, secret } = await client.call('apikey_create', wanted);
    expect((await ask('patient_register', { patients: [{ number: '536-22-8726' }] }, secret)).patients[0].outcome).toBe(
      'registered',
    );
    expect(await ask('patient_get', { patient: '536-22-8726' }, secret)).toBe('rpc.scope');
    expect(await ask('apikey_list', {}, secret)).toBe('rpc.scope');
    await net.stop(1);
    await net.start(1, { 'mining-threads': '0' });
    const turned = await client.call('apikey_rotate', { id: key.id });
    for (const each of [secret, turned.secret]) expect((await ask('node_health', {}, each)).ready).toBeDefined();
    await client.call('apikey_revoke', { id: key.id });
    for (const each of [secret, turned.secret]) expect(await ask('node_health', {}, each)).toBe('rpc.bad-token');
    const [left] = (await client.call('apikey_list', {})).keys;
    expect(left).toMatchObject({ id: key.id, name: 'a lab', state: 'revoked', lastAddress: '127.0.0.1' });
  });

  it('has all of that in its event log, whole and signed, and nothing that identifies a patient', async () => {
    const other = new Portal(net.clinic(1).url);
    expect(await other.refusal('session_signIn', { name: 'anna', auth: '00'.repeat(32) })).toBe('session.refused');
    await signIn(other, anna);
    const { log, events } = net.node(1).access;
    const { entries } = await events.list({}, 500);
    const seen = (method: string) => entries.filter((entry) => entry.method === method).reverse();
    const signIns = seen('session_signIn').map(({ kind, name, outcome, code }) => [kind, name, outcome, code]);
    expect(signIns).toEqual([
      ['session', 'anna', 'permitted', null],
      ['open', '', 'refused', 'session.refused'],
      ['session', 'anna', 'permitted', null],
    ]);
    expect(seen('patient_register')[0]).toMatchObject({ kind: 'application', name: 'a lab', outcome: 'permitted' });
    expect(seen('patient_get')[0]).toMatchObject({ kind: 'application', outcome: 'refused', code: 'rpc.scope' });
    expect(seen('apikey_create').map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['session', 'refused'],
      ['operator', 'permitted'],
    ]);
    expect(seen('log.started')).toHaveLength(2);
    const about = await events.list({ object: '536-22-8726' }, 10);
    expect(about.entries.map(({ method }) => method)).toEqual(['patient_get']);
    expect(JSON.stringify(entries)).not.toMatch(/536-?22-?8726|wmk_/);
    await log.stop();
    const state = await events.check();
    expect([state.broken, state.signed]).toEqual([null, state.first + state.entries - 1]);
  });
});
