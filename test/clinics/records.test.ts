// Records across real clinics: written at one, refused at another without a grant, read there with one, refused again once it is
// taken back; by people who are signed in, over the doors.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, sha256, signingKeyPair } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { handleOf, type Pid } from '../../identity/patient/pid.ts';
import { decodeKeyAnswer, KEYS } from '../../node/charts/key-wire.ts';
import { signAuthorWord, type Vouched } from '../../records/chart/author-word.ts';
import { verifyTakeout } from '../../records/takeout/verify.ts';
import { encodeTicket, signTicket } from '../../records/ticket.ts';
import { handedOver } from '../helpers/key-rows.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const NUMBER = '951-71-0001';
const DAY_MS = 86_400_000;
const SECRET_WORD = 'Quetzalcoatlus';
const resource = JSON.stringify({
  resourceType: 'Observation',
  id: 'glucose-1',
  status: 'final',
  code: { text: 'Glucose' },
  valueQuantity: { value: 1.1, unit: 'mmol/L' },
  note: [{ text: SECRET_WORD }],
});
const patient = { patient: NUMBER, country: 'US', type: 'ssn' };

let net: TestNodes;
const doctors = new Map<number, Portal>();
const persons = new Map<number, MadeUp>();
const doctor = (number: number): Portal => doctors.get(number) as Portal;

async function newDoctor(number: number, name: string): Promise<void> {
  const person = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind: 'staff', roles: ['doctor'], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token }));
  await waitFor(
    async () => {
      await signIn(portal, person);
      const { session } = await portal.call('session_current');
      return session?.roles.includes('doctor');
    },
    { timeoutMs: 4 * MINUTE, intervalMs: 500, what: `the role of ${name}` },
  );
  doctors.set(number, portal);
  persons.set(number, person);
}

/** What the doctor's own device signs of a version, as a page would. */
function signature(number: number, pid: string, content: string, said: Partial<Vouched>) {
  const { seed, key, account } = persons.get(number) as MadeUp;
  const at = Date.now();
  const of: Vouched = {
    ...{
      clinic: number,
      author: fromHex(account),
      record: new Uint8Array(32),
      about: undefined,
      version: 1,
      reason: '',
    },
    ...{ amendment: 'original', category: 'labs', kind: 'document', mediaType: 'text/plain', title: '' },
    ...said,
  };
  const signing = { digest: sha256(new TextEncoder().encode(content)), at };
  const signer = { genesisId: genesisId(net.founded.bundle.genesis), seed };
  const signed = signAuthorWord(of, handleOf(pid as Pid), signing, signer);
  return { key, at, signature: toHex(signed.signature) };
}

/** The chart of clinic 1, as the doctor of another clinic is shown it. */
async function seenAt(number: number, purpose: 'TREAT' | 'HRESCH' = 'TREAT') {
  const { charts } = await doctor(number).call('record_list', { ...patient, purpose });
  const chart = charts.find(({ clinic }) => clinic === 1);
  if (chart === undefined) throw new Error('the chart of clinic 1 is missing');
  return chart;
}

const applied = (number: number, statement: string) => net.applied(number, statement);

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile())
      bytes += await stat(join(entry.parentPath, entry.name)).then(
        (file) => file.size,
        () => 0,
      );
  }
  return bytes;
}

/** Whether any file of a clinic holds these bytes in the clear. */
async function holds(number: number, text: string): Promise<boolean> {
  const root = net.clinic(number).directory;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) return true;
  }
  return false;
}

const scan = Buffer.from(randomBytes(300_000));
let record: string;
let scanned: string;
let consent: string;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 4, miners: [2] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: NUMBER }] });
  await applied(1, String(patients[0].statement));
  await Promise.all([newDoctor(1, 'anna'), newDoctor(3, 'chloe')]);
  await net.agreed();
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('a record', { timeout: 10 * MINUTE }, () => {
  it('is written into the chart of the clinic and read there byte for byte', async () => {
    const { records } = await doctor(1).call('record_write', { ...patient, records: [{ resource }] });
    expect(records[0]).toMatchObject({ category: 'labs', version: 1 });
    record = records[0].record;
    const read = await doctor(1).call('record_read', { ...patient, record });
    expect(read).toMatchObject({ resource, bytes: null, record: { kind: 'Observation', name: 'glucose-1' } });
    await applied(1, records[0].statement);
  });

  it('is refused to a doctor of another clinic without a grant, written down where it is refused', async () => {
    await waitFor(async () => (await seenAt(3)).reason === 'no-consent', {
      timeoutMs: 3 * MINUTE,
      intervalMs: 500,
      what: 'the refusal',
    });
    const chart = await seenAt(3);
    expect(chart).toMatchObject({ state: 'refused', by: 1, records: [] });
    const read = { ...patient, record, clinic: 1 };
    expect(await doctor(3).refusal('record_read', read)).toBe('record.refused');
    expect(await holds(3, SECRET_WORD)).toBe(false);
    const { events } = await net.client(1).call('audit_events', { ...patient, outcome: 'refused', limit: 200 });
    const event = events.find(({ action }) => action === 'read');
    expect(event).toMatchObject({ clinic: 3, roles: ['doctor'], purpose: 'TREAT', reason: 'no-consent' });
    expect(event?.ticket).not.toBeNull();
  });

  it('property 4: cross-branch retrieval: is asked for, granted, and read byte for byte', async () => {
    const until = Date.now() + DAY_MS;
    const asked = { clinic: 1, categories: ['labs' as const], until, reason: 'Second opinion' };
    const { request } = await doctor(3).call('consent_request', { ...patient, ...asked });
    await waitFor(
      async () =>
        (await doctor(1).call('consent_requests', { state: 'open' })).requests.some((one) => one.request === request),
      { timeoutMs: MINUTE, intervalMs: 300, what: 'the request at clinic 1' },
    );
    const grant = { ...patient, to: { clinic: 3 }, categories: ['labs' as const], until, request };
    const given = await doctor(1).call('consent_grant', grant);
    consent = given.consent;
    const chart = await seenAt(3);
    expect(chart).toMatchObject({ state: 'open', by: 1 });
    expect(chart.records.map((one) => one.record)).toEqual([record]);
    expect((await doctor(3).call('record_read', { ...patient, record, clinic: 1 })).resource).toBe(resource);
    expect(await doctor(3).refusal('record_list', { ...patient, purpose: 'HRESCH' })).toBeUndefined();
    expect((await seenAt(3, 'HRESCH')).state).toBe('refused');
    await applied(1, given.statement);
    // Larger than what comes along with its row.
    const document = { mediaType: 'image/png' as const, title: 'Scan', bytes: scan.toString('base64') };
    const { records } = await doctor(1).call('record_write', { ...patient, records: [{ document, category: 'labs' }] });
    scanned = records[0].record;
    await applied(1, records[0].statement);
    await net.agreed();
    const read = await doctor(3).call('record_read', { ...patient, record: scanned, clinic: 1 });
    expect(read.bytes).toBe(document.bytes);
    const both = { ...patient, clinic: 1, records: [scanned, record] };
    const { records: many } = await doctor(3).call('record_readMany', both);
    expect(many.map((one) => one.bytes ?? one.resource)).toEqual([document.bytes, resource]);
    expect((await doctor(1).call('consent_requests', {})).requests[0]).toMatchObject({ request, state: 'granted' });
  });

  it('is read on while the clinic that wrote it is away', async () => {
    const { charts } = await doctor(1).call('record_list', patient);
    expect(charts[0].records).toHaveLength(2);
    await net.agreed();
    await handedOver(net, 1, { record: scanned });
    const folders = [2, 4].map((number) => net.clinic(number).paths.blobs);
    for (const bytes of await Promise.all(folders.map(bytesIn))) expect(bytes).toBeGreaterThan(scan.length);
    await net.stop(1);
    await waitFor(async () => (await seenAt(3)).state === 'open', {
      timeoutMs: 3 * MINUTE,
      intervalMs: 500,
      what: 'another clinic that serves',
    });
    const chart = await seenAt(3);
    expect([2, 4]).toContain(chart.by);
    expect((await doctor(3).call('record_read', { ...patient, record: scanned, clinic: 1 })).bytes).toBe(
      scan.toString('base64'),
    );
    expect((await doctor(3).call('record_read', { ...patient, record, clinic: 1 })).resource).toBe(resource);
    await net.start(1);
    await net.connected();
    // It serves again once it has heard from the others how far the chain is.
    await waitFor(async () => (await seenAt(3)).by === 1, {
      ...{ timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'clinic 1 that serves again' },
    });
  });

  it('is seen by the patient as who read what and why, and whoever served is asked for the proof', async () => {
    // each clinic that served has written down what it served
    const lines = await Promise.all(
      [1, 2, 4].map(
        async (number) => (await net.client(number).call('audit_disclosures', { ...patient, limit: 100 })).ndjson,
      ),
    );
    const read = lines
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find(({ subtype, entity }) => subtype[1].code === 'read' && JSON.stringify(entity).includes(record));
    expect(read).toMatchObject({
      resourceType: 'AuditEvent',
      outcome: '0',
      agent: [{ role: [{ text: 'doctor' }] }, {}],
    });
    // Of what it was served just now no proof can be there yet.
    await doctor(3).call('record_read', { ...patient, record, clinic: 1 });
    expect((await net.client(3).call('audit_status', {})).awaited).toBeGreaterThan(0);
  });

  it('is served for no ticket twice, and for no ticket that another clinic received', async () => {
    const { seeds } = net.clinic(3);
    const peer = signingKeyPair(seeds.node).publicKey;
    const { pid } = await net.client(3).call('patient_get', patient);
    const { account } = await doctor(3).call('account_me');
    const ticketFor = (serving: number) => {
      const ticket = {
        ...{ action: 'list' as const, account: fromHex(String(account)), role: 'doctor' as const, clinic: 3 },
        application: undefined,
        ...{ handle: handleOf(pid as Pid), writer: 1, records: [], purpose: 1, grant: new Uint8Array(32) },
        ...{ serving, peer, nonce: randomBytes(16), ends: Date.now() + 60_000 },
      };
      return encodeTicket(signTicket(ticket, genesisId(net.founded.bundle.genesis), seeds.node));
    };
    const show = async (from: number, to: number, ticket: Uint8Array): Promise<string> => {
      const answers = net.node(from).network.request(net.peerId(to), KEYS.protocol, ticket);
      for await (const chunk of answers) {
        const answer = decodeKeyAnswer(chunk);
        return answer.type === 'refused' ? answer.reason : answer.type;
      }
      return 'nothing';
    };
    const ticket = ticketFor(4);
    // What clinic 4 received it shows where the records are, and where else they are kept.
    expect(await show(4, 1, ticket)).toBe('serving');
    expect(await show(4, 2, ticketFor(2))).toBe('connection');
    expect(await show(4, 1, ticketFor(1))).toBe('connection');
    const own = ticketFor(1);
    expect(await show(3, 1, own)).toBe('served');
    expect(await show(3, 1, own)).toBe('replayed');
  });

  it('is corrected: the newest version is read, the first stays', async () => {
    const corrected = resource.replace('1.1', '11');
    const amendment = { record, version: 1, amendment: 'correction' as const, reason: 'Comma' };
    const content = { resource: corrected };
    const { record: made } = await doctor(1).call('record_amend', { ...patient, ...amendment, content });
    expect(made).toMatchObject({ record, version: 2 });
    await applied(1, made.statement);
    await net.agreed();
    const { events } = await doctor(3).call('patient_history', patient);
    expect(events.map(({ type }) => type)).toEqual(['registered', 'record', 'record', 'amendment']);
    expect((await doctor(3).call('record_read', { ...patient, record, clinic: 1 })).resource).toBe(corrected);
    const first = await doctor(3).call('record_read', { ...patient, record, clinic: 1, version: 1 });
    expect(first.resource).toBe(resource);
    expect(await doctor(1).refusal('record_amend', { ...patient, ...amendment, content })).toBe('record.version');
  });

  it('says who wrote it by the key of their own device, which another clinic checks against the chain', async () => {
    const { pid } = await net.client(1).call('patient_get', patient);
    const text = 'Potassium is high';
    const bytes = Buffer.from(text).toString('base64');
    const document = { mediaType: 'text/plain' as const, title: 'Labs by phone', bytes };
    const title = document.title;
    const write = (signed: ReturnType<typeof signature>) =>
      doctor(1).call('record_write', { ...patient, records: [{ document, category: 'labs', signed }] });
    // Another text, another title, somebody else's key: nothing is kept.
    const chloes = { ...signature(3, pid, text, { title }), at: Date.now() };
    for (const wrong of [signature(1, pid, 'Potassium is low', { title }), signature(1, pid, text, {}), chloes]) {
      await expect(write(wrong)).rejects.toMatchObject({ code: 'record.signature' });
    }
    const { records } = await write(signature(1, pid, text, { title }));
    await applied(1, records[0].statement);
    const amended = Buffer.from('By 0.4').toString('base64');
    const said = { amendment: 'correction' as const, version: 2, record: fromHex(records[0].record), reason: 'exact' };
    const correction = await doctor(1).call('record_amend', {
      ...{ ...patient, record: records[0].record, version: 1, amendment: 'correction', reason: 'exact' },
      ...{ content: { document: { ...document, bytes: amended }, category: 'labs' } },
      ...{ signed: signature(1, pid, 'By 0.4', { ...said, title }) },
    });
    await applied(1, correction.record.statement);
    await net.agreed();
    const about = { ...patient, record: records[0].record, clinic: 1 };
    for (const [version, content] of [
      [1, bytes],
      [2, amended],
    ] as const) {
      const read = await doctor(3).call('record_read', { ...about, version });
      const { key, account } = persons.get(1) as MadeUp;
      expect(read).toMatchObject({ bytes: content, record: { author: account, signed: { key, state: 'valid' } } });
      expect(read.record.signed?.digest).toBe(toHex(sha256(Buffer.from(content, 'base64'))));
    }
    const listed = (await seenAt(3)).records.map(({ record: id, signed }) => [id, signed?.state]);
    expect(new Map(listed as [string, string][])).toEqual(
      new Map([
        [records[0].record, 'valid'],
        [record, undefined],
        [scanned, undefined],
      ]),
    );
    const error = { amendment: 'entered-in-error' as const, version: 3, record: said.record, reason: 'test' };
    const taken = await doctor(1).call('record_amend', {
      ...{ ...patient, record: records[0].record, version: 2, amendment: 'entered-in-error', reason: 'test' },
      ...{ signed: signature(1, pid, '', error) },
    });
    await applied(1, taken.record.statement);
    // A takeout shows it with nothing but the genesis document, once the key stands in a final block.
    await waitFor(
      async () => {
        const archive = net.client(1).takeout(patient);
        const shown = (await verifyTakeout(net.founded.bundle.genesis, archive)).records;
        const states = shown.flatMap(({ manifest, signature: state }) =>
          toHex(manifest.record) === records[0].record ? [state] : [],
        );
        return states.join() === 'valid,valid,valid';
      },
      { timeoutMs: 4 * MINUTE, intervalMs: 1000, what: 'a takeout that shows who wrote it' },
    );
  });

  it('is refused everywhere once the grant is taken back, and nothing of it lies at the reader', async () => {
    const { statement } = await doctor(1).call('consent_revoke', { consent });
    expect((await seenAt(3)).state).toBe('refused');
    await applied(1, statement);
    await net.agreed();
    await net.stop(1);
    await waitFor(async () => (await seenAt(3)).state === 'refused', {
      timeoutMs: 3 * MINUTE,
      intervalMs: 500,
      what: 'the refusal of a custodian',
    });
    expect((await seenAt(3)).by).not.toBe(1);
    expect(await doctor(3).refusal('record_read', { ...patient, record, clinic: 1 })).toBe('record.refused');
    for (const number of [2, 3, 4]) expect(await holds(number, SECRET_WORD)).toBe(false);
  });
});
