// Consents in full across real clinics: which records of a category, whose, of which encounter; what other clinics add; what
// branches of one organisation read, and no more once the patient says so. Every custodian decides alike.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { fromHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { handleOf, type Pid } from '../../identity/patient/pid.ts';
import { decodeKeyAnswer, KEYS } from '../../node/charts/key-wire.ts';
import { SUITE_HYBRID } from '../../records/chart/packet.ts';
import { encodeTicket, signTicket } from '../../records/ticket.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { handedOver } from '../helpers/key-rows.ts';
import { TestNodes } from '../helpers/nodes.ts';
import type { Portal } from '../helpers/portal.ts';
import { newStaff } from '../helpers/staff.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const NUMBER = '951-71-0002';
const patient = { patient: NUMBER, country: 'US', type: 'ssn' };
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const lab = (id: string, encounter: string, label?: string) =>
  JSON.stringify({
    resourceType: 'Observation',
    id,
    status: 'final',
    ...(label === undefined ? {} : { meta: { security: [{ system: CONFIDENTIALITY, code: label }] } }),
    encounter: { reference: encounter },
    code: { text: id },
  });

let net: TestNodes;
const doctors = new Map<number, Portal>();
const doctor = (number: number): Portal => doctors.get(number) as Portal;
const records = new Map<string, string>();
const record = (name: string): string => records.get(name) as string;

const applied = (number: number, statement: string) => net.applied(number, statement);

async function register(number: number): Promise<void> {
  const { patients } = await net.client(number).call('patient_register', { patients: [{ number: NUMBER }] });
  await applied(number, String(patients[0].statement));
}

/** The chart of clinic 1, as the doctor of another clinic is shown it. */
async function seenAt(number: number) {
  const { charts } = await doctor(number).call('record_list', patient);
  const chart = charts.find(({ clinic }) => clinic === 1);
  if (chart === undefined) throw new Error('the chart of clinic 1 is missing');
  const names = chart.records.map(({ name }) => name).sort();
  return { state: chart.state, reason: chart.reason, by: chart.by, names, records: chart.records };
}

/** Until somebody who keeps the chart has decided. */
async function decidedAt(number: number, wanted: (seen: Awaited<ReturnType<typeof seenAt>>) => boolean) {
  const decided = async () => {
    const seen = await seenAt(number);
    return wanted(seen) && seen;
  };
  return waitFor(decided, { timeoutMs: 4 * MINUTE, intervalMs: 500, what: 'the chart' });
}

async function grant(data: ParamsIn<'consent_grant'>['data']): Promise<string> {
  const about = { to: { clinic: 3 }, categories: ['labs' as const], until: Date.now() + DAY_MS };
  const { consent, statement } = await doctor(1).call('consent_grant', { ...patient, ...about, data });
  await applied(1, statement);
  await net.agreed();
  return consent;
}

async function revoke(consent: string): Promise<void> {
  const { statement } = await doctor(1).call('consent_revoke', { consent });
  await applied(1, statement);
  await net.agreed();
}

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 4, miners: [2] });
  for (const number of net.numbers) await net.start(number);
  await net.connected();
  await register(1);
  for (const [number, name] of [
    [1, 'anna'],
    [2, 'berta'],
    [3, 'chloe'],
  ] as const) {
    doctors.set(number, await newStaff(net, number, name, 'doctor'));
  }
  const contents = [lab('plain', 'Encounter/e1'), lab('restricted', 'Encounter/e2', 'R')];
  const about = { records: contents.map((resource) => ({ resource })) };
  const written = await doctor(1).call('record_write', { ...patient, ...about });
  for (const [index, name] of ['plain', 'restricted'].entries()) records.set(name, written.records[index].record);
  await applied(1, written.records[0].statement);
  await net.agreed();
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('a consent', { timeout: 12 * MINUTE }, () => {
  it('by label shows what it is about and no more, also where custodians decide, under the hybrid suite', async () => {
    const consent = await grant({ labels: ['N'] });
    const seen = await decidedAt(3, ({ by }) => by === 1);
    expect(seen).toMatchObject({ state: 'open', names: ['plain'], by: 1 });
    expect(seen.records[0]).toMatchObject({ role: 'doctor' });
    expect(seen.records[0].author).toBe((await doctor(1).call('account_me')).account);
    const restricted = { ...patient, record: record('restricted'), clinic: 1 };
    expect(await doctor(3).refusal('record_read', restricted)).toBe('record.refused');
    expect(await suitesFor(3)).toEqual([SUITE_HYBRID]);
    await handedOver(net, 1, { record: record('restricted') });
    await net.stop(1);
    const decided = await decidedAt(3, ({ state }) => state === 'open');
    expect(decided.names).toEqual(['plain']);
    expect([2, 4]).toContain(decided.by);
    expect(await doctor(3).refusal('record_read', restricted)).toBe('record.refused');
    await net.start(1);
    await net.connected();
    await revoke(consent);
    expect((await decidedAt(3, ({ by }) => by === 1)).state).toBe('refused');
  });

  it('by encounter, by author and by record shows those alone', async () => {
    const { account } = await doctor(1).call('account_me');
    const cases: readonly [ParamsIn<'consent_grant'>['data'], readonly string[]][] = [
      [{ encounters: ['Encounter/e2'] }, ['restricted']],
      [{ authors: [{ account: String(account) }] }, ['plain', 'restricted']],
      [{ authors: [{ account: 'ab'.repeat(32) }] }, []],
      [{ records: [record('plain')] }, ['plain']],
    ];
    for (const [data, names] of cases) {
      const consent = await grant(data);
      expect((await decidedAt(3, ({ by }) => by === 1)).names).toEqual(names);
      await revoke(consent);
    }
  });
});

describe('what is amended', { timeout: 12 * MINUTE }, () => {
  it('by another clinic is an addendum in its own chart, by who has read the record; nothing else it may', async () => {
    const amendment = { ...patient, record: record('plain'), clinic: 1, version: 1, reason: 'Second opinion' };
    const content = { resource: lab('remark', 'Encounter/e9') };
    const addendum = { ...amendment, amendment: 'addendum' as const, content };
    await register(3);
    expect(await doctor(3).refusal('record_amend', addendum)).toBe('record.refused');
    const consent = await grant({ records: [record('plain')] });
    expect(await doctor(3).refusal('record_amend', { ...addendum, version: 2 })).toBe('record.version');
    const correction = { ...amendment, amendment: 'correction' as const, content };
    expect(await doctor(3).refusal('record_amend', correction)).toBe('record.other-clinic');
    const { record: made } = await doctor(3).call('record_amend', addendum);
    await applied(3, made.statement);
    const { charts } = await doctor(3).call('record_list', patient);
    const own = charts.find(({ clinic }) => clinic === 3)?.records;
    expect(own).toMatchObject([{ about: record('plain'), amendment: 'addendum', clinic: 3, standing: 'standing' }]);
    await revoke(consent);
  });

  it('as entered in error is shown as that at every clinic, and stays as it was for who asks for the version', async () => {
    const consent = await grant(undefined);
    const error = { amendment: 'entered-in-error' as const, reason: 'Other patient', version: 1 };
    const { record: made } = await doctor(1).call('record_amend', { ...patient, record: record('plain'), ...error });
    await applied(1, made.statement);
    await net.agreed();
    const { records: seen } = await decidedAt(3, ({ by, state }) => by === 1 && state === 'open');
    const versions = seen.filter(({ name }) => name === 'plain');
    expect(versions.map(({ version, standing }) => [version, standing])).toEqual([
      [2, 'entered-in-error'],
      [1, 'entered-in-error'],
    ]);
    const read = { ...patient, record: record('plain'), clinic: 1 };
    expect((await doctor(3).call('record_read', { ...read, version: 1 })).resource).toBe(lab('plain', 'Encounter/e1'));
    const content = { resource: lab('plain', 'Encounter/e1') };
    const again = { record: record('plain'), amendment: 'correction' as const, reason: 'Late', version: 2, content };
    expect(await doctor(1).refusal('record_amend', { ...patient, ...again })).toBe('record.entered-in-error');
    await revoke(consent);
  });
});

describe('branches of one organisation', { timeout: 12 * MINUTE }, () => {
  it('read what each keeps of a patient of both, until that is switched off, and again when it is on', async () => {
    expect((await decidedAt(2, ({ state }) => state !== 'unreachable')).state).toBe('refused');
    await register(2);
    await net.agreed();
    // Open before the branch has the key, by which alone the names are read.
    await decidedAt(2, ({ names }) => names.includes('restricted'));
    const read = { ...patient, record: record('restricted'), clinic: 1 };
    await waitFor(async () => (await doctor(2).refusal('record_read', read)) === undefined, {
      timeoutMs: 2 * MINUTE,
      intervalMs: 500,
      what: 'the key of the branch',
    });
    const { changed } = await doctor(1).call('consent_organisation', { ...patient, on: false });
    expect(changed).toHaveLength(1);
    expect((await doctor(1).call('consent_organisation', { ...patient, on: false })).changed).toEqual([]);
    expect((await decidedAt(2, ({ by }) => by === 1)).state).toBe('refused');
    expect(await doctor(2).refusal('record_read', read)).toBe('record.refused');
    // The clinic itself reads on.
    expect((await doctor(1).call('record_list', patient)).charts[0].state).toBe('open');
    const { consents } = await doctor(1).call('consent_list', patient);
    expect(consents.filter(({ organisationRuleOff, state }) => organisationRuleOff && state === 'active')).toHaveLength(
      1,
    );
    await waitFor(async () => (await suitesFor(2)).length === 0, {
      timeoutMs: 3 * MINUTE,
      intervalMs: 300,
      what: 'the key to be taken from the branch',
    });
    await doctor(1).call('consent_organisation', { ...patient, on: true });
    await decidedAt(2, ({ names }) => names.includes('restricted'));
  });
});

describe('a grant that is passed on', { timeout: 12 * MINUTE }, () => {
  it('lets a colleague read what its grantee may, for a shorter time, and ends with it', async () => {
    const [berta, chloe, dora] = [doctor(2), doctor(3), await newStaff(net, 4, 'dora', 'doctor')];
    doctors.set(4, dora);
    const accounts = await Promise.all([berta, chloe, dora].map((one) => one.call('account_me')));
    const [bertas, chloes, doras] = accounts.map(({ account }) => String(account));
    const until = Date.now() + DAY_MS;
    const labels = { labels: ['R'] };
    const about = { to: { account: chloes }, categories: ['labs' as const], until, data: labels };
    const given = await doctor(1).call('consent_grant', { ...patient, ...about });
    await applied(1, given.statement);
    await net.agreed();
    await decidedAt(3, ({ names }) => names.join() === 'restricted');
    const passOn = async (from: number, changes: Partial<ParamsIn<'consent_delegate'>> = {}) => {
      const wanted = {
        clinic: 1,
        to: doras,
        categories: ['labs' as const],
        until: until - MINUTE,
        reason: 'Night shift',
      };
      const { request, statement } = await doctor(from).call('consent_delegate', { ...patient, ...wanted, ...changes });
      await applied(from, statement);
      return waitFor(
        async () => {
          const { requests } = await doctor(1).call('consent_requests', {});
          const state = requests.find((one) => one.request === request)?.state;
          return state !== 'open' && state;
        },
        { timeoutMs: 2 * MINUTE, intervalMs: 300, what: 'the answer' },
      );
    };
    // Of whom nothing was given, for longer, for more, for other purposes, to nobody who treats.
    expect(await passOn(2)).toBe('denied');
    expect(await passOn(3, { until: until + MINUTE })).toBe('denied');
    expect(await passOn(3, { categories: ['labs', 'notes'] })).toBe('denied');
    expect(await passOn(3, { purpose: 'HOPERAT' })).toBe('denied');
    expect(await passOn(3, { to: 'ab'.repeat(32) })).toBe('denied');
    expect((await decidedAt(4, ({ state }) => state !== 'unreachable')).state).toBe('refused');

    expect(await passOn(3)).toBe('granted');
    const seen = await decidedAt(4, ({ names }) => names.length > 0);
    expect(seen).toMatchObject({ state: 'open', names: ['restricted'] });
    const read = { ...patient, record: record('restricted'), clinic: 1 };
    expect((await dora.call('record_read', read)).resource).toBe(lab('restricted', 'Encounter/e2', 'R'));
    const { consents } = await doctor(1).call('consent_list', patient);
    expect(consents.filter(({ passedOn, state }) => passedOn && state === 'active')).toMatchObject([
      { to: [`account ${doras}`], categories: ['labs'], ends: until - MINUTE, narrowed: true },
    ]);
    // Once, and no further.
    expect(await passOn(4, { to: bertas })).toBe('denied');

    await revoke(given.consent);
    expect(await dora.refusal('record_read', read)).toBe('record.refused');
    expect(
      (await doctor(1).call('consent_list', patient)).consents.some(
        ({ passedOn, state }) => passedOn && state === 'active',
      ),
    ).toBe(false);
  });
});

/** Suites of the packets that clinic 1 hands over to another for one of its doctors; none where it refuses. */
async function suitesFor(number: number): Promise<number[]> {
  const { seeds } = net.clinic(number);
  const { pid } = await net.client(number).call('patient_get', patient);
  const { account } = await doctor(number).call('account_me');
  const ticket = {
    ...{ action: 'list' as const, account: fromHex(String(account)), role: 'doctor' as const, clinic: number },
    application: undefined,
    ...{ handle: handleOf(pid as Pid), writer: 1, records: [], purpose: 1, grant: new Uint8Array(32), serving: 1 },
    ...{ peer: signingKeyPair(seeds.node).publicKey, nonce: randomBytes(16), ends: Date.now() + 60_000 },
  };
  const signed = encodeTicket(signTicket(ticket, genesisId(net.founded.bundle.genesis), seeds.node));
  const suites = new Set<number>();
  for await (const chunk of net.node(number).network.request(net.peerId(1), KEYS.protocol, signed)) {
    const answer = decodeKeyAnswer(chunk);
    if (answer.type === 'packets') for (const { suite } of answer.packets) suites.add(suite);
  }
  return [...suites];
}
