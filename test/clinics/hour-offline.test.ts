import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { type MadeUpPatient, madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import type { Portal } from '../helpers/portal.ts';
import { newStaff } from '../helpers/staff.ts';
import { rivals } from '../helpers/statements.ts';
import { personalValues, TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
/** Of whatever is waited for: nothing here is about speed. */
const PATIENCE_MS = 10 * MINUTE;
const DAY_MS = 86_400_000;
/** The clinic that is cut off; a listener stands in the place of clinic 4. */
const AWAY = 3;
const LISTENER = 4;
/** What a small clinic does in an hour. */
const NEW_PATIENTS = 20;
const RECORDS = 30;
const KNOWN = madeUpPatients(2, 1);
const NEW = madeUpPatients(NEW_PATIENTS, 2);
/** In the clear in records, documents, titles and reasons, and nowhere else. */
const WORDS = {
  content: 'Quetzalcoatlus-northropi',
  document: 'Therizinosaurus-cheloniformis',
  title: 'Micropachycephalosaurus',
  reason: 'Parasaurolophus-walkeri',
  amended: 'Archaeopteryx-lithographica',
} as const;

let net: TestNodes;
let here: Portal;
let away: Portal;
const logs: string[] = [];
const gossip: Uint8Array[] = [];
const pids = new Set<string>();
/** Statements that clinic 3 acknowledged while it was alone. */
const acknowledged: string[] = [];
let rival: { here: string; away: string };

const about = ({ number }: MadeUpPatient) => ({ patient: number, country: 'US', type: 'ssn' });

function observation(n: number): ParamsIn<'record_write'>['records'][number] {
  const note = [{ text: `${WORDS.content} ${n}` }];
  return {
    resource: JSON.stringify({ resourceType: 'Observation', id: `o-${n}`, code: { text: WORDS.title }, note }),
    category: 'labs',
  };
}

const inBlocks = (number: number, statements: readonly string[], until: 'applied' | 'final' = 'applied') =>
  waitFor(
    async () => {
      const asked = { statements: [...statements], until, timeoutMs: 30_000 };
      return (await net.client(number).call('tx_wait', asked)).reached;
    },
    { timeoutMs: PATIENCE_MS, what: `${statements.length} statements at clinic ${number}` },
  );

/** Records of clinic 3 that have the words, as its doctor finds them. */
async function containing(patient: MadeUpPatient, words: string): Promise<string[]> {
  const { charts } = await away.call('record_list', { ...about(patient), containing: words });
  return charts.flatMap(({ records }) => records.map(({ record }) => record));
}

/** What clinic `of` keeps of a patient, as the doctor of clinic 1 is shown it. */
async function seen(patient: MadeUpPatient, of: number) {
  const { charts } = await here.call('record_list', about(patient));
  return charts.find(({ clinic }) => clinic === of);
}

beforeAll(async () => {
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      logs.push(line.toString());
      done();
    },
  });
  net = await TestNodes.found({ logger: createLogger({ level: 'debug', destination: destination as never }) });
  for (const number of [1, 2, AWAY]) await net.start(number);
  await net.stranger(
    LISTENER,
    () => {},
    (bytes) => gossip.push(Uint8Array.from(bytes)),
  );
  await net.connected();
  const { patients } = await net
    .client(AWAY)
    .call('patient_register', { patients: KNOWN.map(({ resource }) => ({ resource })) });
  for (const { pid } of patients) pids.add(String(pid));
  await inBlocks(
    AWAY,
    patients.map(({ statement }) => String(statement)),
  );
  [here, away] = await Promise.all([newStaff(net, 1, 'anna', 'doctor'), newStaff(net, AWAY, 'chloe', 'doctor')]);
}, 2 * PATIENCE_MS);
afterAll(() => net?.remove(), MINUTE);

describe('a clinic without the others for an hour of work', { timeout: 2 * PATIENCE_MS }, () => {
  let consent: string;
  let shared: string;
  const records: string[] = [];

  it('shared something before: a grant that it will take back', async () => {
    const written = await away.call('record_write', { ...about(KNOWN[1]), records: [observation(1000)] });
    shared = written.records[0].record;
    expect(await containing(KNOWN[1], `${WORDS.content} 1000`)).toEqual([shared]);
    const until = Date.now() + DAY_MS;
    const to = { clinic: 1 };
    const given = await away.call('consent_grant', { ...about(KNOWN[1]), to, categories: ['labs'], until });
    consent = given.consent;
    await inBlocks(AWAY, [written.records[0].statement, given.statement]);
    await waitFor(async () => (await seen(KNOWN[1], AWAY))?.state === 'open', {
      ...{ timeoutMs: PATIENCE_MS, intervalMs: 500, what: 'what was granted' },
    });
  });

  it('registers, writes, amends, grants and takes back, and reads what it wrote', async () => {
    await net.cut([1, 2, LISTENER], [AWAY]);
    for (let at = 0; at < NEW.length; at += 5) {
      const some = NEW.slice(at, at + 5).map(({ resource }) => ({ resource }));
      const { patients } = await net.client(AWAY).call('patient_register', { patients: some });
      expect(patients.map(({ outcome }) => outcome)).toEqual(Array(5).fill('registered'));
      for (const { pid, statement } of patients) {
        pids.add(String(pid));
        acknowledged.push(String(statement));
      }
    }
    for (let n = 0; n < RECORDS; n += 5) {
      const some = Array.from({ length: 5 }, (_, k) => observation(n + k));
      const made = await away.call('record_write', { ...about(KNOWN[0]), records: some });
      records.push(...made.records.map(({ record }) => record));
      acknowledged.push(made.records[0].statement);
    }
    const bytes = Buffer.from(`${WORDS.document}\n`.repeat(2000)).toString('base64');
    const document = { mediaType: 'text/plain' as const, title: WORDS.title, bytes };
    const scan = await away.call('record_write', { ...about(NEW[0]), records: [{ document, category: 'notes' }] });
    const content = { resource: JSON.stringify({ resourceType: 'Observation', id: 'o-0', note: WORDS.amended }) };
    const amendment = { record: records[0], version: 1, amendment: 'correction' as const, reason: WORDS.reason };
    const amended = await away.call('record_amend', { ...about(KNOWN[0]), ...amendment, content });
    const until = Date.now() + DAY_MS;
    const to = { clinic: 1 };
    const given = await away.call('consent_grant', { ...about(KNOWN[0]), to, categories: ['labs'], until });
    const taken = await away.call('consent_revoke', { consent });
    acknowledged.push(scan.records[0].statement, amended.record.statement, given.statement, taken.statement);
    const read = await away.call('record_read', { ...about(KNOWN[0]), record: records[0] });
    expect(read.resource).toContain(WORDS.amended);
    // By what stands in it now, from notes that no file shows.
    for (let times = 0; times < 2; times++) {
      expect(await containing(KNOWN[0], `${WORDS.amended.slice(0, 9).toUpperCase()} observation`)).toContain(
        records[0],
      );
    }
    expect(await containing(KNOWN[0], 'Tyrannosaurus')).toEqual([]);
    const { entries } = await net.client(AWAY).call('outbox_list', { limit: 500 });
    const known = new Set(entries.map(({ id }) => id));
    expect(acknowledged.filter((id) => !known.has(id))).toEqual([]);
  });

  it('cannot serve meanwhile, and the others go on: two of its patients are registered there too', async () => {
    expect((await seen(KNOWN[0], AWAY))?.state).not.toBe('open');
    const same = NEW.slice(0, 2).map(({ resource }) => ({ resource }));
    const { patients } = await net.client(1).call('patient_register', { patients: same });
    expect(patients.every(({ pid }) => pids.has(String(pid)))).toBe(true);
    await inBlocks(
      1,
      patients.map(({ statement }) => String(statement)),
    );
    const [first, second] = rivals(net.founded.bundle.genesis);
    for (const [number, { statement }] of [
      [1, first],
      [AWAY, second],
    ] as const) {
      await net.client(number).call('tx_submit', { statements: [{ statement }] });
    }
    rival = { here: first.id, away: second.id };
    await inBlocks(1, [first.id]);
  });

  it('arrives with everything, once', async () => {
    await net.heal();
    await net.connected(2);
    // What stood in blocks of its own goes out again with the chain of the others.
    await net.agreed(PATIENCE_MS);
    // Final, no other block takes the place of theirs while they are counted.
    await inBlocks(1, acknowledged, 'final');
    await net.agreed(PATIENCE_MS);
    const times = new Map<string, number>();
    for await (const { transactions } of net.client(1).exportBlocks()) {
      for (const { id, outcome } of transactions.flatMap(({ statements }) => statements)) {
        // A statement may be wrapped again; it takes effect where it is first.
        if (outcome?.result === 'applied' || outcome?.result === 'attached') times.set(id, (times.get(id) ?? 0) + 1);
      }
    }
    const once = acknowledged.map((id) => [id, 1]);
    expect(acknowledged.map((id) => [id, times.get(id)])).toEqual(once);
    for (const patient of NEW) {
      const { events } = await net.client(2).call('patient_history', about(patient));
      expect(events.filter(({ type, clinic }) => type !== 'record' && clinic === AWAY)).toHaveLength(1);
    }
    // What clinic 1 said of her may stand in a later block, where the chain of the others took the place of its own.
    const ofBoth = async () => {
      const { clinics } = await net.client(2).call('patient_get', about(NEW[0]));
      return clinics.length > 1 && clinics;
    };
    const clinics = await waitFor(ofBoth, { timeoutMs: PATIENCE_MS, intervalMs: 200, what: 'the patient of both' });
    expect([...clinics].sort()).toEqual([1, AWAY]);
  });

  it('is read by whom it granted meanwhile, and no more by whom it took that back from', async () => {
    const granted = async () => {
      const chart = await seen(KNOWN[0], AWAY);
      // Open before the key of all of it has come, where another clinic serves.
      return chart?.state === 'open' && new Set(chart.records.map(({ record }) => record)).size === RECORDS && chart;
    };
    const chart = await waitFor(granted, {
      ...{ timeoutMs: PATIENCE_MS, intervalMs: 500, what: 'the chart that was granted' },
    });
    expect(new Set(chart.records.map(({ record }) => record))).toEqual(new Set(records));
    const read = await here.call('record_read', { ...about(KNOWN[0]), record: records[0], clinic: AWAY });
    expect(read.resource).toContain(WORDS.amended);
    await waitFor(async () => (await seen(KNOWN[1], AWAY))?.state === 'refused', {
      ...{ timeoutMs: PATIENCE_MS, intervalMs: 500, what: 'the refusal' },
    });
    // Taking back began a new epoch: what was noted under the old key is gone, and made anew.
    expect(await containing(KNOWN[1], `${WORDS.content} 1000`)).toEqual([shared]);
  });

  it('has in the history of a patient what every branch said that the caller may see', async () => {
    const typesAt = async (portal: Portal, patient: MadeUpPatient) =>
      (await portal.call('patient_history', about(patient))).events.map(({ type }) => type).sort();
    expect(await typesAt(away, KNOWN[1])).toEqual(['consent', 'consent-end', 'record', 'registered']);
    // Without a grant no more than that the patient is known there.
    expect(await typesAt(here, KNOWN[1])).toEqual(['registered']);
    const granted = await typesAt(here, KNOWN[0]);
    expect(granted.filter((type) => type === 'record')).toHaveLength(RECORDS);
    expect(granted.filter((type) => type === 'amendment')).toHaveLength(1);
  });

  it('shows what it lost to another with the reason, where it was made and everywhere', async () => {
    await inBlocks(AWAY, [rival.away, rival.here], 'final');
    await net.agreed(PATIENCE_MS);
    const { entries } = await net.client(AWAY).call('outbox_list', { status: 'refused', limit: 500 });
    const states = await Promise.all(
      [1, 2, AWAY].map(async (number) =>
        Promise.all(
          [rival.here, rival.away].map(
            async (id) => (await net.client(number).call('chain_statement', { id })).outcome,
          ),
        ),
      ),
    );
    for (const [one, other] of states) {
      expect([one?.result, other?.result].sort()).toEqual(['applied', 'refused']);
      const lost = one?.result === 'refused' ? one : other;
      expect(lost?.code).toMatch(/^[a-z]/);
      expect(lost?.message).toMatch(/ /);
      if (other?.result === 'refused') expect(entries.find(({ id }) => id === rival.away)?.reason).toMatch(/ /);
    }
  });
});

describe('canaries, after all of it', { timeout: PATIENCE_MS }, () => {
  it('are in no file, database, log or gossip message: numbers, identifiers, names, what stands in records', async () => {
    const search = new TraceSearch();
    for (const { resource, number } of [...KNOWN, ...NEW]) {
      for (const value of personalValues(resource)) search.add(value);
      search.add(number);
    }
    for (const pid of pids) search.add(pid);
    for (const word of Object.values(WORDS)) search.add(word);
    // Where they have to be, they are found: in what the doctors were answered.
    const told = Buffer.from([...here.answers, ...away.answers].join('\n'));
    const found = new Set(search.in(told, 'answers').map(({ value }) => value));
    for (const word of [WORDS.title, WORDS.amended]) expect(found).toContain(word);
    const clinics = [1, 2, AWAY];
    for (const number of clinics) await net.stop(number);
    expect(gossip.length).toBeGreaterThan(20);
    expect(logs.length).toBeGreaterThan(20);
    for (const [n, bytes] of gossip.entries()) expect(search.in(bytes, `gossip message ${n}`)).toEqual([]);
    expect(search.in(Buffer.from(logs.join('')), 'logs')).toEqual([]);
    let [files, rows] = [0, 0];
    for (const number of clinics) {
      const root = net.clinic(number).directory;
      const found = await search.inDirectory(root);
      expect(found.traces).toEqual([]);
      files += found.files;
      rows += found.rows;
    }
    expect(files).toBeGreaterThan(60);
    expect(rows).toBeGreaterThan(1000);
  });
});
