// A patient takes over what clinics keep, by what her page runs, over clinics of two organisations; then somebody else begins one,
// and she objects through her clinic. From then on her key decides who reads, at every custodian, and no clinic does. Beside it: whom a doctor finds to pass a grant on to.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { genesisId } from '../../consensus/genesis.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { handleOf, type Pid } from '../../identity/patient/pid.ts';
import { signStatement } from '../../identity/vault/sign.ts';
import type { OpenVault } from '../../identity/vault/vault.ts';
import { decodeKeyAnswer, KEYS } from '../../node/charts/key-wire.ts';
import { encodeTicket, signTicket } from '../../records/ticket.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { askErasure, endActing, letBranches, shareWith, stopSharing } from '../../web/shared/vault/my-records.ts';
import { beginTakeOver, finishTakeOver, ownTakeOvers } from '../../web/shared/vault/take-over.ts';
import { FAST } from '../helpers/devnet.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const PAULA = { patient: '951-71-0042', country: 'US', type: 'ssn' };
const slow = { timeoutMs: 4 * MINUTE, intervalMs: 300 };

let net: TestNodes;
let paula: Portal;
let vault: OpenVault;
let desk: Portal;
let doctor: Portal;
let carl: Portal;
let chloe: Portal;
let record: string;
let earlier: string;

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

const labsTo = (clinic: number) => ({
  ...{ to: { clinic }, categories: ['labs' as const], purposes: ['TREAT' as const], until: Date.now() + DAY_MS },
});

/** What a clinic answers another one whose doctor asks it for the chart of clinic 1: `served`, or why not. */
async function answerOf(serving: number, clinic: number, account: Uint8Array, handle: Uint8Array): Promise<string> {
  const { seeds } = net.clinic(clinic);
  const ticket = {
    ...{ action: 'list' as const, account, role: 'doctor' as const, clinic, application: undefined },
    ...{ handle, writer: 1, records: [], purpose: 1, grant: new Uint8Array(32), serving },
    ...{ peer: signingKeyPair(seeds.node).publicKey, nonce: randomBytes(16), ends: Date.now() + 60_000 },
  };
  const signed = encodeTicket(signTicket(ticket, genesisId(net.founded.bundle.genesis), seeds.node));
  for await (const chunk of net.node(clinic).network.request(net.peerId(serving), KEYS.protocol, signed)) {
    const answer = decodeKeyAnswer(chunk);
    return answer.type === 'refused' ? answer.reason : answer.type;
  }
  return 'nothing';
}

/** The consent that a word of hers gave last, as her clinic lists them. */
async function objectOf(share: string): Promise<string> {
  const { consents } = await doctor.call('consent_list', PAULA);
  const denials = consents.filter(({ effect, state }) => effect === 'deny' && state === 'active');
  expect([denials.length, share.length]).toEqual([1, 64]);
  return denials[0].consent;
}

/** What a doctor elsewhere is told of the chart of clinic 1. */
async function seenBy(portal: Portal) {
  const { charts } = await portal.call('record_list', PAULA);
  return charts.find(({ clinic }) => clinic === 1);
}

const told = (portal: Portal, state: 'open' | 'refused', what: string) =>
  waitFor(async () => ((await seenBy(portal))?.state === state ? seenBy(portal) : undefined), { ...slow, what });

const applied = (statement: string) => net.applied(1, statement);

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 4, miners: [1], apart: true, params: { ...FAST, takeOverDelay: 1000 } });
  for (const number of net.numbers) await net.start(number);
  await net.connected();
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: PAULA.patient }] });
  await applied(String(patients[0].statement));
  const [her, reception, treating, , two, three] = await Promise.all([
    person(1, 'paula', 'patient'),
    person(2, 'rob', 'reception'),
    person(1, 'dora', 'doctor'),
    person(1, 'nils', 'nurse'),
    person(2, 'carl', 'doctor'),
    person(3, 'chloe', 'doctor'),
  ]);
  [paula, desk, doctor] = [her.portal, reception.portal, treating.portal];
  [carl, chloe] = [two.portal, three.portal];
  const device = { signing: her.seed, encryption: randomBytes(32) };
  const file = { id: randomBytes(16), ways: [], contents: new Uint8Array(0) };
  vault = { file, key: randomBytes(32), contents: { device, locks: [] } };
  const { statement } = await net.client(1).call('patient_attach', { ...PAULA, user: 'paula', document: 'passport' });
  await applied(statement);
  const resource = JSON.stringify({ resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'Sodium' } });
  const { records } = await doctor.call('record_write', { ...PAULA, records: [{ resource }] });
  record = records[0].record;
  await applied(records[0].statement);
  const given = await doctor.call('consent_grant', { ...PAULA, ...labsTo(2) });
  earlier = given.consent;
  await applied(given.statement);
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
  15 * MINUTE,
);

it(
  'from then on her key says who reads, which other clinics take as proof, and no clinic does, nor her account alone',
  async () => {
    const page = paula as unknown as RpcClient;
    const mine = async (share: string) =>
      (await paula.call('me_sharing', {})).shares.find((one) => one.share === share);
    expect(await mine(earlier)).toMatchObject({ by: 'clinic', state: 'active' });
    await told(carl, 'open', 'what the clinic had given before');

    // The clinic refuses itself, and her page shows that.
    expect(await doctor.refusal('consent_grant', { ...PAULA, ...labsTo(3) })).toBe('consent.taken-over');
    const asked = { ...PAULA, user: 'nils', kind: 'guardian' as const, document: 'court-order' as const };
    expect(await net.client(1).call('patient_representativeAdd', asked).catch(codeOf)).toBe('consent.taken-over');
    const refused = async () => {
      const { events } = await paula.call('me_access', {});
      return events.filter(({ reason }) => reason === 'taken-over').map(({ action }) => action);
    };
    expect((await refused()).sort()).toEqual(['grant', 'represent']);
    // Nor does what her account signs with another key than that.
    const device = { signing: randomBytes(32), encryption: randomBytes(32) };
    const other: OpenVault = { ...vault, contents: { ...vault.contents, device } };
    await expect(shareWith(page, other, labsTo(3))).rejects.toMatchObject({ code: 'me.taken-over' });
    await expect(letBranches(page, other, true)).rejects.toMatchObject({ code: 'me.taken-over' });
    expect(await paula.refusal('me_erasureAsk', { text: 'all' })).toBe('me.taken-over');

    const { share } = await shareWith(page, vault, labsTo(3));
    expect(await mine(share)).toMatchObject({ by: 'take-over', state: 'active' });
    await told(chloe, 'open', 'what she shared');
    const reading = () => chloe.call('record_read', { ...PAULA, record, clinic: 1 });
    const read = await waitFor(reading, { ...slow, what: 'the record that she shared' });
    expect(read.record.kind).toBe('Observation');
    // Whoever keeps it beside her clinic decides by her word: here the one clinic that has no key of it.
    const account = fromHex(String((await chloe.call('account_me')).account));
    const { pid } = await net.client(3).call('patient_get', PAULA);
    const ofClinic4 = (wanted: string, what: string) =>
      waitFor(async () => (await answerOf(4, 3, account, handleOf(pid as Pid))) === wanted, { ...slow, what });
    await ofClinic4('served', 'another custodian to serve by her word');

    await stopSharing(page, vault, { share });
    await ofClinic4('consent-ended', 'another custodian to refuse');
    await told(chloe, 'refused', 'her withdrawal');
    expect(await chloe.refusal('record_read', { ...PAULA, record, clinic: 1 })).toBe('record.refused');

    // She shuts out whom the clinic had let in, lets them again, and takes back what the clinic gave.
    const denial = await shareWith(page, vault, { ...labsTo(2), effect: 'deny' });
    await told(carl, 'refused', 'her denial');
    expect(await doctor.refusal('consent_revoke', { consent: await objectOf(denial.share) })).toBe(
      'consent.taken-over',
    );
    await stopSharing(page, vault, { share: denial.share, effect: 'deny' });
    await told(carl, 'open', 'the end of her denial');
    await stopSharing(page, vault, { share: earlier });
    await told(carl, 'refused', 'the end of what the clinic gave');
    // Her clinic treats her as before.
    expect((await doctor.call('record_read', { ...PAULA, record })).record.kind).toBe('Observation');

    await askErasure(page, vault, 'all');
    expect((await paula.call('me_erasure', {})).wish).toMatchObject({ state: 'waiting' });
    await expect(endActing(page, vault, 'ab'.repeat(32))).rejects.toMatchObject({ code: 'representative.unknown' });
  },
  15 * MINUTE,
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
