// An application with SMART scopes across real clinics: it reads what it is registered for and was given, here and at another
// clinic, whose custodians judge it by its ticket; it writes what it is registered for; every refusal is in the audit.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { fromHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { handleOf, type Pid } from '../../identity/patient/pid.ts';
import type { OpenVault } from '../../identity/vault/vault.ts';
import { decodeKeyAnswer, KEYS } from '../../node/charts/key-wire.ts';
import { encodeTicket, signTicket } from '../../records/ticket.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { addToVault, shareWith, stopSharing } from '../../web/shared/vault/my-records.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal } from '../helpers/portal.ts';
import { newStaff } from '../helpers/staff.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const NUMBER = '951-71-0009';
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);
const patient = { patient: NUMBER, country: 'US', type: 'ssn' };
const resource = (resourceType: string, id: string) =>
  JSON.stringify({
    ...{ resourceType, id, status: 'final', code: { text: id } },
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
  });

let net: TestNodes;
let application: Portal;
let id: string;
let headers: Readonly<Record<string, string>>;
const records = new Map<string, string>();
const record = (name: string): string => records.get(name) as string;

const applied = (number: number, statement: string) => net.applied(number, statement);

/** What clinic 1 keeps, as the application at clinic 3 is shown it. */
async function seen() {
  const { charts } = await application.call('record_list', patient);
  const chart = charts.find(({ clinic }) => clinic === 1);
  return chart && { state: chart.state, reason: chart.reason, names: chart.records.map(({ name }) => name).sort() };
}

async function give(scopes: readonly string[]): Promise<string> {
  const to = { application: id, scopes: [...scopes] };
  const about = { ...patient, to, categories: ['labs' as const], until: Date.now() + DAY_MS };
  const { consent, statement } = await net.client(1).call('consent_grant', about);
  await applied(1, statement);
  await net.agreed();
  return consent;
}

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 3, miners: [2] });
  for (const number of net.numbers) await net.start(number);
  await net.connected();
  for (const number of [1, 3]) {
    const { patients } = await net.client(number).call('patient_register', { patients: [{ number: NUMBER }] });
    await applied(number, String(patients[0].statement));
  }
  const contents = [resource('Observation', 'glucose'), resource('DiagnosticReport', 'panel')];
  const about = { ...patient, records: contents.map((text) => ({ resource: text, category: 'labs' as const })) };
  const written = await net.client(1).call('record_write', about);
  for (const [index, name] of ['glucose', 'panel'].entries()) records.set(name, written.records[index].record);
  await applied(1, written.records[0].statement);
  await net.agreed();
  const scopes = ['patient/Observation.rs?category=laboratory', 'system/DiagnosticReport.c'];
  const made = await net.client(3).call('apikey_create', { name: 'Ward board', scopes, until: Date.now() + DAY_MS });
  id = made.key.application;
  headers = { authorization: `Bearer ${made.secret}` };
  application = new Portal(net.clinic(3).url, headers);
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('an application with SMART scopes', { timeout: 6 * MINUTE }, () => {
  it('reads at another clinic what both its registration and a consent name, and no more once that ends', async () => {
    const read = (name: string) => ({ ...patient, clinic: 1, record: record(name) });
    expect(await seen()).toMatchObject({ state: 'refused', names: [] });
    const consent = await give(['patient/*.rs']);
    await waitFor(async () => (await seen())?.names.join() === 'glucose', {
      ...{ timeoutMs: 2 * MINUTE, intervalMs: 500, what: 'what the application may read' },
    });
    expect((await application.call('record_read', read('glucose'))).resource).toBe(resource('Observation', 'glucose'));
    expect(await application.refusal('record_read', read('panel'))).toBe('record.refused');
    expect(await application.refusal('patient_get', patient)).toBe('rpc.scope');

    const { events } = await net.client(1).call('audit_events', { ...patient, limit: 100 });
    const own = events.filter((event) => event.application === id);
    expect(own.map(({ action, outcome, reason }) => `${action} ${outcome} ${reason}`)).toEqual(
      expect.arrayContaining(['read permitted consent', 'read refused scope', 'list permitted consent']),
    );
    expect(own.some(({ action, outcome }) => action === 'list' && outcome === 'refused')).toBe(true);
    expect(own.every(({ account, clinic }) => account === null && clinic === 3)).toBe(true);

    // Of another clinic it is no application, whoever signs that it is.
    expect(await answerTo(2)).toBe('clinic');
    const { statement } = await net.client(1).call('consent_revoke', { consent });
    await applied(1, statement);
    expect(await application.refusal('record_read', read('glucose'))).toBe('record.refused');
  });

  it('writes at its clinic what it is registered for, and nothing else', async () => {
    const write = (...contents: string[]) => ({ ...patient, records: contents.map((text) => ({ resource: text })) });
    const written = await application.call('record_write', write(resource('DiagnosticReport', 'own')));
    await applied(3, written.records[0].statement);
    const mixed = write(resource('DiagnosticReport', 'second'), resource('Observation', 'third'));
    expect(await application.refusal('record_write', mixed)).toBe('record.refused');
    expect(
      await application.refusal('record_amend', {
        ...{
          ...patient,
          record: written.records[0].record,
          version: 1,
          amendment: 'entered-in-error',
          reason: 'Mistake',
        },
      }),
    ).toBe('rpc.scope');
    // Files it is registered for as what describes them, which it is not.
    const put = { method: 'PUT', headers, body: PNG };
    const { upload: file } = await (await fetch(`${net.clinic(3).url}/api/v1/uploads`, put)).json();
    const attach = { ...patient, category: 'imaging' as const, files: [{ upload: file, title: 'Knee' }] };
    expect(await application.refusal('record_attach', attach)).toBe('record.refused');
    // To write is not to read.
    expect(await application.refusal('record_read', { ...patient, record: written.records[0].record })).toBe(
      'record.refused',
    );
    // It may update observations; a report that it wrote is overwritten by no observation.
    const updating = ['system/Observation.u'];
    const { secret } = await net.client(3).call('apikey_create', {
      ...{ name: 'Results board', scopes: updating, until: Date.now() + DAY_MS },
    });
    const updater = new Portal(net.clinic(3).url, { authorization: `Bearer ${secret}` });
    const observed = { resource: resource('Observation', 'fourth') };
    const own = await net.client(3).call('record_write', { ...patient, records: [observed] });
    const amend = (record: string) => ({
      ...{ ...patient, record, version: 1, amendment: 'correction' as const, reason: 'Typing' },
      content: observed,
    });
    expect(await updater.refusal('record_amend', amend(written.records[0].record))).toBe('record.refused');
    expect((await updater.call('record_amend', amend(own.records[0].record))).record.version).toBe(2);
    const { events } = await net.client(3).call('audit_events', { ...patient, area: 'writing', limit: 100 });
    const byApplication = events.filter(({ application: by }) => by === id);
    expect(byApplication.map(({ outcome, reason, application: by }) => [outcome, reason, by])).toEqual([
      ['refused', 'scope', id],
      ['refused', 'scope', id],
      ['permitted', 'custody', id],
    ]);
  });
});

describe('a patient', { timeout: 6 * MINUTE }, () => {
  it('shares with an application by name, of what the clinic keeps and of her vault, and stops', async () => {
    const genesis = net.founded.bundle.genesis;
    const one = madeUp(genesis, 'paula');
    const paula = await newStaff(net, 3, 'paula', 'patient', one);
    const { statement } = await net
      .client(3)
      .call('patient_attach', { ...patient, user: 'paula', document: 'passport' });
    await applied(3, statement);
    const about = { scopes: ['patient/*.rs', 'patient:read'], until: Date.now() + DAY_MS };
    const made = await net.client(3).call('apikey_create', { name: 'Knee diary', ...about });
    const diaryHeaders = { authorization: `Bearer ${made.secret}` };
    const diary = new Portal(net.clinic(3).url, diaryHeaders);
    const page = paula as unknown as RpcClient;
    const vault: OpenVault = {
      file: { id: randomBytes(16), ways: [], contents: new Uint8Array(0) },
      key: randomBytes(32),
      contents: { device: { signing: one.seed, encryption: randomBytes(32) }, locks: [] },
    };
    const document = { file: new Blob([PNG]), title: 'Knee', mediaType: 'image/png', category: 'imaging' } as const;
    const { record: scan } = await addToVault(page, vault, document, { upload: (envelope) => upload(paula, envelope) });
    const reads = async () => {
      const { charts } = await diary.call('record_list', patient);
      return charts.find(({ clinic }) => clinic === 3)?.records.map(({ title, name }) => title || name) ?? [];
    };
    expect(await reads()).toEqual([]);

    const { applications } = await paula.call('me_applications', {});
    const found = applications.find(({ name }) => name === 'Knee diary');
    expect(found).toMatchObject({ application: made.key.application, scopes: ['patient/*.rs'] });
    const to = { application: String(found?.application), scopes: found?.scopes ?? [] };
    const wanted = { to, categories: ['imaging' as const], purposes: ['TREAT' as const], until: Date.now() + DAY_MS };
    const { share } = await shareWith(page, vault, wanted);
    expect(await reads()).toEqual(['Knee']);
    const read = { ...patient, record: scan };
    expect((await diary.call('record_read', read)).bytes).toBe(Buffer.from(PNG).toString('base64'));
    const { download } = await diary.call('record_download', read);
    const file = await fetch(`${diary.url}/api/v1/downloads/${download}`, { headers: diaryHeaders });
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(PNG);
    expect(await application.refusal('record_read', read)).toBe('record.refused');
    const { shares } = await paula.call('me_sharing', {});
    expect(shares.find((shown) => shown.share === share)?.with).toMatchObject({
      kind: 'application',
      name: 'Knee diary',
    });
    const { events } = await paula.call('me_access', {});
    expect(
      events.some(({ who, action, outcome }) => `${who?.name} ${action} ${outcome}` === 'Knee diary read permitted'),
    ).toBe(true);

    await stopSharing(page, vault, { share });
    expect(await diary.refusal('record_read', read)).toBe('record.refused');
    expect(await reads()).toEqual([]);
  });
});

async function upload(portal: Portal, envelope: Blob): Promise<{ readonly cid: string; readonly size: number }> {
  const response = await fetch(`${portal.url}/api/v1/me/uploads`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      origin: portal.url,
      cookie: [...portal.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    },
    body: envelope,
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** What clinic 1 says to a list for this application over the connection of another clinic. */
async function answerTo(number: number): Promise<string | undefined> {
  const { seeds } = net.clinic(number);
  const { pid } = await net.client(1).call('patient_get', patient);
  const ticket = {
    ...{ action: 'list' as const, account: new Uint8Array(32), role: undefined, clinic: number },
    application: { id: fromHex(id), scopes: ['patient/*.rs'] },
    ...{ handle: handleOf(pid as Pid), writer: 1, records: [], purpose: 1, grant: new Uint8Array(32), serving: 1 },
    ...{ peer: signingKeyPair(seeds.node).publicKey, nonce: randomBytes(16), ends: Date.now() + MINUTE },
  };
  const signed = encodeTicket(signTicket(ticket, genesisId(net.founded.bundle.genesis), seeds.node));
  for await (const chunk of net.node(number).network.request(net.peerId(1), KEYS.protocol, signed)) {
    const answer = decodeKeyAnswer(chunk);
    return answer.type === 'refused' ? answer.reason : answer.type;
  }
  return undefined;
}
