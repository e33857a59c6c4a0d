// A patient's vault across real clinics: her account attached by reception, a document sealed by the code of her browser, read by a
// doctor of another clinic once she allows it, refused to him once she stops; the clinic that keeps it can open none of it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import type { OpenVault } from '../../identity/vault/vault.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { MyShare } from '../../rpc/schema/me.ts';
import {
  addToVault,
  answerRequest,
  openItems,
  readVault,
  shareWith,
  stopSharing,
  type UploadEnvelope,
} from '../../web/shared/vault/my-records.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { madeUpBytes } from '../helpers/streams.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const NUMBER = '951-71-0042';
const TITLE = 'Parallelepiped of the knee';
const patient = { patient: NUMBER, country: 'US', type: 'ssn' };
const glucose = JSON.stringify({
  resourceType: 'Observation',
  id: 'glucose-2',
  status: 'final',
  code: { text: 'Glucose' },
  valueQuantity: { value: 1.1, unit: 'mmol/L' },
});
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const scan = new Uint8Array(200_000).map((_, index) => PNG[index] ?? (index * 7) % 251);

let net: TestNodes;
let paula: Portal;
let vault: OpenVault;
const doctors = new Map<number, Portal>();
const doctor = (number: number): Portal => doctors.get(number) as Portal;

/** Signs in until the role is there. */
async function person(number: number, name: string, role: 'doctor' | 'patient'): Promise<[Portal, MadeUp]> {
  const one = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const kind = role === 'patient' ? 'patient' : 'staff';
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
  return [portal, one];
}

/** As pages have it; what they call is typed as the client's. */
const page = (): RpcClient => paula as unknown as RpcClient;

const upload: UploadEnvelope = async (envelope) => {
  const response = await fetch(`${paula.url}/api/v1/me/uploads`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      origin: paula.url,
      cookie: [...paula.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    },
    body: envelope,
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

async function add(title: string, category: 'imaging' | 'notes'): Promise<string> {
  const file = new Blob([scan]);
  return (await addToVault(page(), vault, { file, title, mediaType: 'image/png', category }, { upload })).record;
}

/** The records of clinic 1 that a doctor elsewhere is shown. */
async function seenAt(number: number): Promise<string[]> {
  const { charts } = await doctor(number).call('record_list', { ...patient });
  return (charts.find(({ clinic }) => clinic === 1)?.records ?? []).map(({ record }) => record);
}

async function holds(number: number, text: string): Promise<boolean> {
  const root = net.clinic(number).directory;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) return true;
  }
  return false;
}

const applied = (statement: string) => net.applied(1, statement);

let lab: string;
let image: string;
let share: string;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 3, miners: [2] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: NUMBER }] });
  await applied(String(patients[0].statement));
  const [[one], [three], [two], [portal, made]] = await Promise.all([
    person(1, 'anna', 'doctor'),
    person(3, 'chloe', 'doctor'),
    person(2, 'bela', 'doctor'),
    person(1, 'paula', 'patient'),
  ]);
  doctors.set(1, one).set(2, two).set(3, three);
  paula = portal;
  const device = { signing: made.seed, encryption: randomBytes(32) };
  vault = {
    file: { id: randomBytes(16), ways: [], contents: new Uint8Array(0) },
    key: randomBytes(32),
    contents: { device, locks: [] },
  };
  const { records } = await one.call('record_write', { ...patient, records: [{ resource: glucose }] });
  lab = records[0].record;
  await applied(records[0].statement);
  await net.agreed();
}, 6 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('a patient with an account', { timeout: 10 * MINUTE }, () => {
  it('sees nothing until reception has said whose account it is, then what the clinic keeps of her', async () => {
    expect(await paula.call('me_summary')).toMatchObject({ attached: false, records: 0 });
    expect(await paula.refusal('me_records', {})).toBe('me.not-attached');
    expect(await doctor(1).refusal('patient_attach', { ...patient, user: 'paula', document: 'passport' })).toBe(
      'rpc.forbidden',
    );
    const said = await net.client(1).call('patient_attach', { ...patient, user: 'paula', document: 'passport' });
    expect(await paula.call('me_summary')).toMatchObject({ attached: true, records: 1 });
    const { records } = await paula.call('me_records', {});
    expect(records).toMatchObject([{ record: lab, mode: 'clinic', category: 'labs', title: 'Glucose' }]);
    expect((await paula.call('me_recordRead', { record: lab })).resource).toBe(glucose);
    await applied(said.statement);
    expect((await paula.call('me_recordRead', { record: lab })).resource).toBe(glucose);
    const { events } = await paula.call('me_access', {});
    expect(events.find(({ action, own }) => own && action === 'read')).toMatchObject({
      ...{ outcome: 'permitted', reason: 'patient', purpose: 'PATRQT' },
      records: [{ record: lab, category: 'labs', title: 'Glucose' }],
    });
    expect(await doctor(1).refusal('me_records', {})).toBe('rpc.forbidden');
  });

  it('seals a document in her browser that the clinic keeps, and neither its people nor its files can open', async () => {
    image = await add(TITLE, 'imaging');
    const { records } = await paula.call('me_records', { mode: 'vault' });
    expect(records).toMatchObject([{ record: image, category: 'imaging', title: null, mediaType: null }]);
    const [item] = await openItems(page(), vault, records);
    expect(item).toMatchObject({ title: TITLE, mediaType: 'image/png', size: scan.length });
    const read = await readVault(page(), vault, item);
    expect(equalBytes(read.bytes, scan)).toBe(true);
    const { charts } = await doctor(1).call('record_list', { ...patient });
    expect(charts[0].records.map(({ record }) => record)).toEqual([lab]);
    expect(await doctor(1).refusal('record_read', { ...patient, record: image })).toBe('record.refused');
    expect(await holds(1, TITLE)).toBe(false);
    const stranger = {
      ...vault,
      contents: { ...vault.contents, device: { ...vault.contents.device, encryption: randomBytes(32) } },
    };
    expect((await openItems(page(), stranger, records))[0].title).toBeNull();
  });

  it('allows what a doctor of another clinic asks for, in both modes, and he reads it byte for byte', async () => {
    const until = Date.now() + DAY_MS;
    const asked = { clinic: 1, categories: ['imaging' as const, 'labs' as const], until, reason: 'Second opinion' };
    const { request } = await doctor(3).call('consent_request', { ...patient, ...asked });
    await waitFor(
      async () => (await paula.call('me_requests', { state: 'open' })).requests.some((one) => one.request === request),
      { timeoutMs: 3 * MINUTE, intervalMs: 300, what: 'the request' },
    );
    const [open] = (await paula.call('me_requests', { state: 'open' })).requests;
    expect(open).toMatchObject({ from: { role: 'doctor', clinic: 3 }, reason: 'Second opinion' });
    const answered = await answerRequest(page(), vault, open, true);
    share = answered.share as string;
    await waitFor(async () => (await seenAt(3)).length === 2, {
      timeoutMs: 3 * MINUTE,
      intervalMs: 500,
      what: 'both records at clinic 3',
    });
    expect((await doctor(3).call('record_read', { ...patient, record: lab, clinic: 1 })).resource).toBe(glucose);
    const read = await doctor(3).call('record_read', { ...patient, record: image, clinic: 1 });
    expect(read.record).toMatchObject({ title: TITLE, author: expect.any(String) });
    expect(Buffer.from(read.bytes ?? '', 'base64').equals(scan)).toBe(true);
    expect(await doctor(1).refusal('record_read', { ...patient, record: image })).toBe('record.refused');
    const { shares } = await paula.call('me_sharing');
    expect(shares).toMatchObject([{ share, state: 'active', by: 'patient', modes: ['clinic', 'vault'] }]);
    const { events } = await paula.call('me_access', {});
    expect(events.find(({ clinic, action }) => clinic === 3 && action === 'read')).toMatchObject({ own: false });
  });

  it('stops, and he is refused what is there and what comes, while another one whom she shares with reads on', async () => {
    const until = Date.now() + DAY_MS;
    const other = await shareWith(page(), vault, {
      to: { clinic: 2 },
      categories: ['imaging'],
      purposes: ['TREAT'],
      until,
    });
    await waitFor(async () => (await seenAt(2)).includes(image), {
      timeoutMs: 3 * MINUTE,
      intervalMs: 500,
      what: 'clinic 2',
    });
    await stopSharing(page(), vault, { share });
    for (const record of [lab, image]) {
      expect(await doctor(3).refusal('record_read', { ...patient, record, clinic: 1 })).toBe('record.refused');
    }
    const later = await add('Later', 'imaging');
    await waitFor(async () => (await seenAt(2)).length === 2, {
      timeoutMs: 3 * MINUTE,
      intervalMs: 500,
      what: 'the later one',
    });
    for (const record of [image, later]) {
      const read = await doctor(2).call('record_read', { ...patient, record, clinic: 1 });
      expect(Buffer.from(read.bytes ?? '', 'base64').equals(scan)).toBe(true);
    }
    expect(await seenAt(3)).toEqual([]);
    const keys = await paula.call('me_vault', {});
    expect(keys.keys.map(({ category, epoch }) => [category, epoch])).toEqual([['imaging', 2]]);
    expect(keys.rekey).toEqual([]);
    const { shares } = await paula.call('me_sharing');
    expect(shares.map((one: MyShare) => [one.share, one.state])).toEqual([
      [other.share, 'active'],
      [share, 'revoked'],
    ]);
  });

  it('is told of every refusal, and says of one access that it looks wrong', async () => {
    const { events } = await paula.call('me_access', { limit: 100 });
    const refused = events.find(({ clinic, outcome }) => clinic === 3 && outcome === 'refused');
    expect(refused).toMatchObject({ outcome: 'refused', own: false });
    const event = refused?.event ?? 0;
    await paula.call('me_dispute', { event, text: 'I have stopped this' });
    expect(await paula.refusal('me_dispute', { event: 999_999, text: 'What?' })).toBe('me.unknown-event');
    const again = await paula.call('me_access', { limit: 100 });
    expect(again.events.find((one) => one.event === event)?.disputed).not.toBeNull();
    expect((await net.client(1).call('audit_disputes', {})).disputes).toMatchObject([
      { event, text: 'I have stopped this', name: 'Paula Example' },
    ]);
  });

  it('takes no word that her device did not sign, and no row of another vault', async () => {
    const word = { key: '00'.repeat(32), at: Date.now(), signature: '00'.repeat(64) };
    const until = Date.now() + DAY_MS;
    const asked = { to: { clinic: 3 }, categories: ['labs' as const], until, word };
    expect(await paula.refusal('me_share', asked)).toBe('me.word');
    const thief = {
      ...vault,
      contents: {
        ...vault.contents,
        device: { signing: randomBytes(32), encryption: vault.contents.device.encryption },
      },
    };
    const about = { to: { clinic: 3 }, categories: ['labs' as const], purposes: ['TREAT' as const], until };
    await expect(shareWith(page(), thief, about)).rejects.toMatchObject({ code: 'me.word' });
    const file = new Blob([scan]);
    const wrong = { file, title: 'x', mediaType: 'image/png', category: 'imaging' as const };
    await expect(addToVault(page(), thief, wrong, { upload })).rejects.toMatchObject({ code: 'me.vault' });
  });
});

/** As a browser follows the link that a page made. */
async function fetched(portal: Portal, download: string, range?: string) {
  const response = await fetch(`${portal.url}/api/v1/downloads/${download}`, {
    headers: {
      origin: portal.url,
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      cookie: [...portal.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(range === undefined ? {} : { range }),
    },
  });
  return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
}

describe('a document of the clinic that no call carries', { timeout: 10 * MINUTE }, () => {
  it('is fetched by its patient whole and in part, and by nobody who has only its name', async () => {
    const film = concatBytes(new TextEncoder().encode('%PDF-1.7\n'), madeUpBytes(17 * 1024 * 1024));
    const { upload: id } = await net.client(1).upload(new Blob([new Uint8Array(film)]));
    const files = [{ upload: id, title: 'Film' }];
    const made = await net.client(1).call('record_attach', { ...patient, files, category: 'imaging' });
    for (const { statement } of made.statements) await applied(statement);
    const [{ record }] = made.files;
    const read = await paula.call('me_recordRead', { record });
    expect(read).toMatchObject({ resource: null, bytes: null, record: { title: 'Film', size: film.length } });
    const { download } = await paula.call('me_recordDownload', { record });
    const whole = await fetched(paula, download);
    expect(whole.status).toBe(200);
    expect(equalBytes(whole.bytes, film)).toBe(true);
    const part = await fetched(paula, download, 'bytes=16777300-16777399');
    expect(part.status).toBe(206);
    expect(part.bytes).toEqual(film.subarray(16_777_300, 16_777_400));
    expect((await fetched(doctor(1), download)).status).toBe(404);
    expect(await doctor(1).refusal('me_recordDownload', { record })).toBe('rpc.forbidden');
    const { events } = await paula.call('me_access', { limit: 100 });
    const reads = events.filter(
      ({ own, action, records }) => own && action === 'read' && records[0]?.record === record,
    );
    expect(reads.length).toBeGreaterThanOrEqual(3);
  });
});

describe('a patient of two branches', { timeout: 10 * MINUTE }, () => {
  const other = JSON.stringify({ ...JSON.parse(glucose), id: 'glucose-3', code: { text: 'Glucose elsewhere' } });
  const seen = async () => {
    const { records, branches } = await paula.call('me_records', { mode: 'clinic' });
    return { states: branches.map(({ clinic, state }) => [clinic, state]), records };
  };

  it('sees at one of them what both wrote, each with its clinic, once both know her account', async () => {
    const { patients } = await net.client(2).call('patient_register', { patients: [{ number: NUMBER }] });
    await applied(String(patients[0].statement));
    const { records } = await doctor(2).call('record_write', { ...patient, records: [{ resource: other }] });
    await applied(records[0].statement);
    await net.agreed();
    const [{ record }] = records;
    // Clinic 2 does not know yet who she is.
    const answered = async () => {
      const { states } = await seen();
      return states.every(([, state]) => state !== 'unreachable') && states;
    };
    expect(await waitFor(answered, { timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'both branches' })).toEqual([
      [1, 'open'],
      [2, 'refused'],
    ]);
    expect(await paula.refusal('me_recordRead', { record })).toBe('record.refused');
    const until = Date.now() + DAY_MS;
    await waitFor(
      async () => {
        const user = net.node(2).people.index.byName('paula')?.user;
        if (user === undefined) return false;
        return net.client(2).call('admin_setRole', { user, role: 'patient', until, reason: 'Moved' });
      },
      { timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'her account at clinic 2' },
    );
    const attach = () => net.client(2).call('patient_attach', { ...patient, user: 'paula', document: 'passport' });
    await waitFor(attach, { timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'her role at clinic 2' });
    await waitFor(async () => (await seen()).records.some((one) => one.record === record), {
      ...{ timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'what clinic 2 wrote' },
    });
    const all = await seen();
    expect(all.states).toEqual([
      [1, 'open'],
      [2, 'open'],
    ]);
    expect(all.records.find((one) => one.record === record)).toMatchObject({ clinic: 2, title: 'Glucose elsewhere' });
    const read = await paula.call('me_recordRead', { record });
    expect(read.resource).toBe(other);
    expect(read.history.map((one) => one.record)).toEqual([record]);
    const { events } = await net.client(2).call('audit_events', { ...patient, limit: 20 });
    expect(events.find(({ action }) => action === 'read')).toMatchObject({ outcome: 'permitted', reason: 'patient' });
  });
});
