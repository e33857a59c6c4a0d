// A patient takes over what clinics keep, by what her page runs, over clinics of two organisations; then somebody else begins one,
// and she objects through her clinic. Beside it: whom a doctor finds to pass a grant on to.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { signStatement } from '../../identity/vault/sign.ts';
import type { OpenVault } from '../../identity/vault/vault.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { beginTakeOver, finishTakeOver, ownTakeOvers } from '../../web/shared/vault/take-over.ts';
import { FAST } from '../helpers/devnet.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const PAULA = { patient: '951-71-0042', country: 'US', type: 'ssn' };
const slow = { timeoutMs: 2 * MINUTE, intervalMs: 300 };

let net: TestNodes;
let paula: Portal;
let vault: OpenVault;
let desk: Portal;
let doctor: Portal;

async function person(number: number, name: string, role: Role): Promise<{ portal: Portal; seed: Uint8Array }> {
  const one = madeUp(net.founded.bundle.genesis, name);
  const kind = role === 'patient' ? 'patient' : 'staff';
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind, roles: [role], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(one, { token, kind }));
  const inRole = async () => {
    await signIn(portal, one);
    return (await portal.call('session_current')).session?.roles.includes(role);
  };
  await waitFor(inRole, { ...slow, what: `the role of ${name}` });
  return { portal, seed: one.seed };
}

const applied = (statement: string) => net.applied(1, statement);

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 2, miners: [1], apart: true, params: { ...FAST, takeOverDelay: 1000 } });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: PAULA.patient }] });
  await applied(String(patients[0].statement));
  const [her, reception, treating] = await Promise.all([
    person(1, 'paula', 'patient'),
    person(2, 'rob', 'reception'),
    person(1, 'dora', 'doctor'),
    person(1, 'nils', 'nurse'),
    person(2, 'carl', 'doctor'),
  ]);
  [paula, desk, doctor] = [her.portal, reception.portal, treating.portal];
  const device = { signing: her.seed, encryption: randomBytes(32) };
  const file = { id: randomBytes(16), ways: [], contents: new Uint8Array(0) };
  vault = { file, key: randomBytes(32), contents: { device, locks: [] } };
  const { statement } = await net.client(1).call('patient_attach', { ...PAULA, user: 'paula', document: 'passport' });
  await applied(statement);
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

it(
  'by a key of her vault with two witnesses; another who begins is told to her, and she objects',
  async () => {
    const page = paula as unknown as RpcClient;
    const mine = () => paula.call('me_takeOvers', {});
    const known = await mine();
    expect(known).toMatchObject({ authority: null, takeOvers: [], mayDecide: true });
    expect(await beginTakeOver(page, vault, known, 'patient')).toBe(true);
    const open = async () => (await mine()).takeOvers.find(({ state }) => state === 'open');
    const begun = await waitFor(open, { ...slow, what: 'the take-over in a block' });
    expect(ownTakeOvers(vault, known).keys).toContain(begun.key);
    const { takeOver } = begun;
    await net.client(1).call('takeover_witness', { takeOver });
    // Found by number where the patient was never registered.
    const listed = async () =>
      (await desk.call('takeover_list', PAULA)).takeOvers.some((one) => one.takeOver === takeOver);
    await waitFor(listed, { ...slow, what: 'the take-over at clinic 2' });
    await desk.call('takeover_witness', { takeOver });
    const ready = async () => {
      const one = await open();
      return one !== undefined && one.readyAt !== null && one.readyAt + 2000 < Date.now() && one;
    };
    const witnessed = await waitFor(ready, { ...slow, what: 'its end' });
    expect([...witnessed.witnesses].sort()).toEqual([1, 2]);
    const decides = async () => {
      // Until a block's own time is past the end.
      await finishTakeOver(page, vault, known, witnessed).catch(() => undefined);
      return (await mine()).authority;
    };
    const authority = await waitFor(decides, { ...slow, what: 'her authority' });
    expect(authority.key).toBe(begun.key);

    const other = signingKeyPair(randomBytes(32));
    const prepared = await desk.call('takeover_prepare', {
      ...{ action: 'start', ...PAULA, key: toHex(other.publicKey) },
      ...{ encryptionKey: 'ab'.repeat(32), commitment: 'cd'.repeat(32) },
    });
    const { genesis } = await desk.call('node_health');
    const signed = signStatement(other.seed, fromHex(genesis), fromHex(prepared.statement));
    await desk.call('tx_submit', { statements: [{ statement: toHex(signed) }] });
    const told = async () => {
      const { notices } = await paula.call('me_notices');
      return notices.find(({ kind, about }) => kind === 'take-over' && about === prepared.takeOver);
    };
    await waitFor(told, { ...slow, what: 'the notice' });
    const { statement } = await paula.call('me_takeOverObject', { takeOver: prepared.takeOver });
    await applied(statement.id);
    const stopped = await net.client(1).call('takeover_get', { takeOver: prepared.takeOver });
    expect(stopped).toMatchObject({ objections: 1, objects: true, state: 'open' });
    // Officers find what their clinic's objection stops, and withdraw it.
    const waiting = async () => (await net.client(1).call('takeover_list', {})).takeOvers.map((one) => one.takeOver);
    // The index follows the block that it is asked after.
    const found = await waitFor(async () => (await waiting()).length > 0 && waiting(), { ...slow, what: 'the list' });
    expect(found).toEqual([prepared.takeOver]);
  },
  8 * MINUTE,
);

it('a doctor finds a colleague who treats patients here by the whole name and nobody else', async () => {
  const { account, ...nils } = await doctor.call('consent_colleague', { user: 'Nils' });
  expect(nils).toMatchObject({ clinic: 1, role: 'nurse' });
  expect(account).toMatch(/^[0-9a-f]{64}$/);
  for (const user of ['nil', 'paula', 'dora', 'carl', 'nobody']) {
    expect(await doctor.refusal('consent_colleague', { user })).toBe('consent.actor');
  }
  expect(await desk.refusal('consent_colleague', { user: 'carl' })).toBe('rpc.forbidden');
});
