// People who act for patients, over real clinics: a mother for her child, a friend for who chose him; what they read and share is
// theirs in every list, and ends with what they are.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { OpenVault } from '../../identity/vault/vault.ts';
import { verifyTakeout } from '../../records/takeout/verify.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { addToVault, nameDelegate, shareWith } from '../../web/shared/vault/my-records.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const PAULA = { patient: '951-71-0042', country: 'US', type: 'ssn' };
const KIM = { patient: '951-71-0043', country: 'US', type: 'ssn' };
const YEAR = new Date().getUTCFullYear();
const kim = JSON.stringify({
  resourceType: 'Patient',
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: KIM.patient }],
  name: [{ family: 'Example', given: ['Kim'] }],
  birthDate: `${YEAR - 5}-06-15`,
});
const glucose = (id: string): string =>
  JSON.stringify({ resourceType: 'Observation', id, status: 'final', code: { text: 'Glucose' } });
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

let net: TestNodes;
let mia: Person;
let fred: Person;
let paula: Person;
let doctor: Person;
let record: string;
let ofKim: string;

interface Person {
  readonly portal: Portal;
  readonly page: RpcClient;
  readonly vault: OpenVault;
}

async function person(number: number, name: string, role: 'doctor' | 'patient'): Promise<Person> {
  const one = madeUp(net.founded.bundle.genesis, name);
  const kind = role === 'patient' ? 'patient' : 'staff';
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind, roles: [role], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(one, { token, kind }));
  await waitFor(
    async () => {
      await signIn(portal, one);
      return (await portal.call('session_current')).session?.roles.includes(role);
    },
    { timeoutMs: 4 * MINUTE, intervalMs: 500, what: `the role of ${name}` },
  );
  const device = { signing: one.seed, encryption: randomBytes(32) };
  const file = { id: randomBytes(16), ways: [], contents: new Uint8Array(0) };
  return {
    ...{ portal, page: portal as unknown as RpcClient },
    vault: { file, key: randomBytes(32), contents: { device, locks: [] } },
  };
}

function takeoutBy(portal: Portal, actingFor?: string): Promise<Response> {
  const cookie = [...portal.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { 'content-type': 'application/json', cookie, origin: portal.url };
  return fetch(`${portal.url}/api/v1/me/takeout`, { method: 'POST', headers, body: JSON.stringify({ actingFor }) });
}

const codeOfAnswer = async (answer: Response) => ((await answer.json()) as { code: string }).code;

const applied = (statement: string) => net.applied(1, statement);

const readsAt2 = (about: typeof PAULA, id: string) =>
  doctor.portal.refusal('record_read', { ...about, record: id, clinic: 1 });

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 2, miners: [1] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: PAULA.patient }] });
  const { patients: children } = await net
    .client(1)
    .call('patient_register', { patients: [{ resource: JSON.parse(kim) }] });
  for (const one of [...patients, ...children]) await applied(String(one.statement));
  const [own, ...others] = await Promise.all([
    person(1, 'anna', 'doctor'),
    person(2, 'bela', 'doctor'),
    person(1, 'mia', 'patient'),
    person(1, 'fred', 'patient'),
    person(1, 'paula', 'patient'),
  ]);
  [doctor, mia, fred, paula] = others as [Person, Person, Person, Person];
  const write = async (about: typeof PAULA, id: string): Promise<string> => {
    const { records } = await own.portal.call('record_write', { ...about, records: [{ resource: glucose(id) }] });
    await applied(records[0].statement);
    return records[0].record;
  };
  record = await write(PAULA, 'paula-1');
  ofKim = await write(KIM, 'kim-1');
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('whoever acts for a patient', { timeout: 8 * MINUTE }, () => {
  it('is a mother from when reception says so until her child is of age, reads as herself, and nobody else does', async () => {
    expect(await mia.portal.call('me_actingFor')).toEqual({ patients: [] });
    expect(await mia.portal.refusal('me_records', {})).toBe('me.not-attached');
    const named = { ...KIM, user: 'mia', kind: 'guardian' as const, document: 'birth-certificate' as const };
    expect(await paula.portal.refusal('patient_representativeAdd', named)).toBe('rpc.forbidden');
    const said = await net.client(1).call('patient_representativeAdd', named);
    expect(said.representative).toMatchObject({ ends: Date.UTC(YEAR + 13, 5, 15), state: 'acts', name: 'Mia Example' });
    const [{ patient, ...kimOfMia }] = (await mia.portal.call('me_actingFor')).patients;
    expect(kimOfMia).toMatchObject({ name: 'Kim Example', kind: 'guardian' });
    expect((await mia.portal.call('me_records', { actingFor: patient })).records).toMatchObject([{ record: ofKim }]);
    expect((await mia.portal.call('me_recordRead', { actingFor: patient, record: ofKim })).resource).toBe(
      glucose('kim-1'),
    );
    expect(await fred.portal.refusal('me_records', { actingFor: patient })).toBe('representative.not-yours');
    expect(await mia.portal.refusal('me_recordRead', { actingFor: patient, record })).toBe('record.unknown');
    const { events } = await mia.portal.call('me_access', { actingFor: patient });
    expect(events.find(({ action, own }) => own && action === 'read')).toMatchObject({
      ...{ outcome: 'permitted', reason: 'guardian', purpose: 'FAMRQT', acting: 'guardian' },
      who: { name: 'Mia Example' },
    });
    expect(events.find(({ reason }) => reason === 'not-yours')).toMatchObject({
      ...{ outcome: 'refused', who: { name: 'Fred Example' } },
    });
    await applied(said.statement);
    const taken = await takeoutBy(mia.portal, patient);
    const genesis = net.founded.bundle.genesis;
    const { records: taking } = await verifyTakeout(genesis, taken.body as unknown as AsyncIterable<Uint8Array>);
    expect(taking.map(({ manifest }) => toHex(manifest.record))).toEqual([ofKim]);
    const { events: seen } = await mia.portal.call('me_access', { actingFor: patient });
    const reads = seen.filter(
      ({ action, reason, purpose }) => `${action} ${reason} ${purpose}` === 'read guardian FAMRQT',
    );
    expect(reads).toHaveLength(2);
    expect(await codeOfAnswer(await takeoutBy(fred.portal, patient))).toBe('representative.not-yours');
    expect(await codeOfAnswer(await takeoutBy(mia.portal))).toBe('me.not-attached');
    // She asks to have the child erased; of herself she asks nothing by it, and nobody else sees it.
    const wished = await mia.portal.call('me_erasureAsk', { actingFor: patient, text: 'We move away' });
    expect(wished.wish?.state).toBe('waiting');
    expect((await mia.portal.call('me_erasure', {})).wish).toBeNull();
    expect(await fred.portal.refusal('me_erasure', { actingFor: patient })).toBe('representative.not-yours');
    const { wishes } = await net.client(1).call('erasure_wishes');
    expect(wishes).toMatchObject([{ as: 'guardian', name: 'Mia Example', text: 'We move away', state: 'waiting' }]);
    expect((await mia.portal.call('me_erasureCancel', { actingFor: patient })).wish).toBeNull();
    expect((await net.client(1).call('erasure_wishes')).wishes).toEqual([]);
    const until = Date.now() + DAY_MS;
    const about = { to: { clinic: 2 }, categories: ['labs' as const], purposes: ['TREAT' as const], until };
    await shareWith(mia.page, mia.vault, about, patient);
    await waitFor(async () => (await readsAt2(KIM, ofKim)) === undefined, {
      ...{ timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'the record of the child at clinic 2' },
    });
    expect((await mia.portal.call('me_sharing', { actingFor: patient })).shares).toMatchObject([
      { by: 'representative' },
    ]);
  });

  it('is whom the patient chose by her word, may less than she, and nothing from when she ends it', async () => {
    await net.client(1).call('patient_attach', { ...PAULA, user: 'paula', document: 'passport' });
    const until = Date.now() + DAY_MS;
    await expect(nameDelegate(paula.page, mia.vault, { user: 'fred', until })).rejects.toMatchObject({
      code: 'me.word',
    });
    const { representative } = await nameDelegate(paula.page, paula.vault, { user: 'fred', until });
    const [{ patient }] = (await fred.portal.call('me_actingFor')).patients;
    expect((await fred.portal.call('me_recordRead', { actingFor: patient, record })).resource).toBe(glucose('paula-1'));
    expect(await codeOfAnswer(await takeoutBy(fred.portal, patient))).toBe('me.not-hers');

    const upload = async (envelope: Blob) => {
      const cookie = [...paula.portal.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = { 'content-type': 'application/octet-stream', origin: paula.portal.url, cookie };
      const path = `${paula.portal.url}/api/v1/me/uploads`;
      return (await fetch(path, { method: 'PUT', headers, body: envelope })).json();
    };
    // What is for good is not a delegate's: neither erasing nor taking over.
    const key = 'ab'.repeat(32);
    const started = { actingFor: patient, key, encryptionKey: key, commitment: key };
    expect(await fred.portal.refusal('me_erasureAsk', { actingFor: patient })).toBe('representative.may-not');
    expect(await fred.portal.refusal('me_takeOverPrepare', started)).toBe('representative.may-not');
    expect((await fred.portal.call('me_takeOvers', { actingFor: patient })).mayDecide).toBe(false);
    expect(await paula.portal.refusal('me_takeOverObject', { takeOver: key })).toBe('takeover.unknown');
    const file = new Blob([PNG]);
    const scan = { file, title: 'Knee', mediaType: 'image/png', category: 'imaging' as const };
    const { record: sealed } = await addToVault(paula.page, paula.vault, scan, { upload });
    const seen = await fred.portal.call('me_records', { actingFor: patient });
    expect([seen.sealed, seen.records.map((one) => one.record)]).toEqual([1, [record]]);
    expect(await fred.portal.refusal('me_recordRead', { actingFor: patient, record: sealed })).toBe('record.refused');

    await expect(nameDelegate(fred.page, fred.vault, { user: 'mia', until }, patient)).rejects.toMatchObject({
      code: 'representative.may-not',
    });
    const about = { to: { clinic: 2 }, categories: ['labs' as const], purposes: ['TREAT' as const] };
    await expect(shareWith(fred.page, fred.vault, { ...about, until: until + 1 }, patient)).rejects.toMatchObject({
      code: 'me.beyond-end',
    });
    await shareWith(fred.page, fred.vault, { ...about, until }, patient);
    await waitFor(async () => (await readsAt2(PAULA, record)) === undefined, {
      ...{ timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'the record of the patient at clinic 2' },
    });

    const id = representative.representative;
    expect(await mia.portal.refusal('me_representativeEnd', { actingFor: patient, representative: id })).toBe(
      'representative.not-yours',
    );
    await paula.portal.call('me_representativeEnd', { representative: id });
    expect(await fred.portal.refusal('me_records', { actingFor: patient })).toBe('representative.not-yours');
    expect(await readsAt2(PAULA, record)).toBe('record.refused');
    const { notices } = await paula.portal.call('me_notices');
    expect(notices.map(({ kind, who }) => [kind, who?.name])).toEqual(
      expect.arrayContaining([
        ['representative', 'Fred Example'],
        ['representative-ended', 'Fred Example'],
      ]),
    );
    const { events } = await paula.portal.call('me_access', { limit: 100 });
    expect(events.filter(({ acting }) => acting === 'delegate').map(({ action }) => action)).toEqual(
      expect.arrayContaining(['read', 'list', 'grant']),
    );
    // Newest first; what was not signed by her own device, and what her delegate tried, stand there too.
    const named = events.filter(({ action }) => action.startsWith('represent'));
    expect(named.map(({ action, outcome, reason }) => `${action} ${outcome} ${reason}`)).toEqual([
      'represent-end permitted patient',
      'represent refused may-not',
      'represent permitted patient',
      'represent refused word',
      // Whose account reception said is hers.
      'represent permitted custody',
    ]);
  });

  it('is ended by reception where it is a guardian, which neither the chain nor a delegate names', async () => {
    const lists = await net.client(1).call('patient_representatives', KIM);
    const [{ representative }] = lists.representatives;
    const [{ patient }] = (await mia.portal.call('me_actingFor')).patients;
    const { statement } = await net.client(1).call('patient_representativeEnd', { ...KIM, representative });
    expect(await mia.portal.refusal('me_access', { actingFor: patient })).toBe('representative.not-yours');
    await applied(statement);
    await net.agreed();
    const view = await net.client(2).call('chain_statement', { id: statement });
    expect(JSON.stringify(view)).not.toContain(lists.representatives[0].account);
    const after = await net.client(1).call('patient_representatives', KIM);
    expect(after.representatives).toMatchObject([{ state: 'ended' }]);
  });
});
