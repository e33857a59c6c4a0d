// Published bundles into the charts of one clinic of four, by the command: everything is kept once, a doctor of another clinic
// with a grant reads each resource as it was, and one without a grant finds nothing, in answers, memory or files.
import { createReadStream, createWriteStream } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonicalJson } from '../../common/canonical-json.ts';
import { MAX_RECORDS } from '../../rpc/schema/record.ts';
import { chartKeysOf } from '../helpers/chart-keys.ts';
import { TestNetwork } from '../helpers/devnet.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { cpuMs, memoryOf } from '../helpers/process-state.ts';
import { writeReport } from '../helpers/report.ts';
import { personalValues, type Trace, TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

const root = process.env.WARDMESH_TEST_DATA;
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const BUNDLES = join(root, 'fhir', 'synthea-r4-bundles');
/** All 120 take the better part of an hour on two cores. */
const PATIENTS = Number(process.env.WARDMESH_IMPORT_PATIENTS ?? 4);
const MINUTE = 60_000;
const LIMIT = (PATIENTS < 20 ? 8 : 60) * MINUTE;
const DAY_MS = 86_400_000;
const SSN = 'http://hl7.org/fhir/sid/us-ssn';
const [WRITER, READER, OUTSIDER] = [1, 3, 4];
const EVERYTHING = [
  ...(['demographics', 'medications', 'problems', 'labs', 'imaging', 'notes'] as const),
  ...(['psychiatric', 'sexual', 'hiv', 'substance', 'genomics'] as const),
];

interface Imported {
  readonly patients: number;
  readonly imported: number;
  readonly known: number;
  readonly shared: number;
  readonly skippedTotal: number;
}

interface Source {
  readonly pid: string;
  /** Canonical JSON by `Type/id`. */
  readonly resources: ReadonlyMap<string, string>;
}

/** Words that every process of Node has in memory, whoever its patients are: `America/Santiago` is a name's trace too. */
const TIME_ZONES = Intl.supportedValuesOf('timeZone').join(' ');

const KEY_NAMES = ['a category key', 'the data key of a record'];

let net: TestNetwork;
let folder: string;
const doctors = new Map<number, Portal>();
const people = new Map<number, MadeUp>();
const search = new TraceSearch();
const inEveryProcess = new Set<string>();
const rows: [string, string | number][] = [];

async function newDoctor(number: number): Promise<void> {
  const person = madeUp(net.founded.bundle.genesis, `doctor${number}`);
  const until = Date.now() + DAY_MS;
  const { token } = await net.client(number).call('admin_invite', { kind: 'staff', roles: ['doctor'], until });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token }));
  await waitFor(
    async () => {
      await signIn(portal, person);
      return (await portal.call('session_current')).session?.roles.includes('doctor');
    },
    { timeoutMs: MINUTE, intervalMs: 500, what: `the role at clinic ${number}` },
  );
  doctors.set(number, portal);
  people.set(number, person);
}

/** As the chart should have it: what pointed to an entry of the bundle by a URN names it. */
function sourceOf(bundle: { entry: { fullUrl: string; resource: Record<string, unknown> }[] }) {
  const names = new Map(
    bundle.entry.map(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]),
  );
  const named = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return key === 'reference' || key === 'url' ? (names.get(value) ?? value) : value;
    if (Array.isArray(value)) return value.map((one) => named(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, named(one, name)]));
  };
  return new Map(
    bundle.entry.map(({ resource }) => [`${resource.resourceType}/${resource.id}`, canonicalJson(named(resource))]),
  );
}

/** What stands in it as text that no other resource has: a piece of every note, 40 characters from the middle. */
function wordsOf(resource: Record<string, unknown>): string[] {
  const words: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, one] of Object.entries(value)) {
      if (name !== 'data' || typeof one !== 'string') visit(one);
      else {
        const text = Buffer.from(one, 'base64').toString('utf8');
        words.push(text.slice(text.length / 2 - 20, text.length / 2 + 20));
      }
    }
  };
  visit(resource);
  return words;
}

/** What is in the memory of a process, one part after the other, for searches after its end. */
async function keepMemory(pid: number, path: string): Promise<number> {
  let bytes = 0;
  const parts = function* () {
    for (const part of memoryOf(pid)) {
      bytes += part.bytes.length;
      yield part.bytes;
    }
  };
  await pipeline(parts, createWriteStream(path, { mode: 0o600 }));
  return bytes;
}

async function searchFile(path: string, where: string): Promise<Trace[]> {
  const traces: Trace[] = [];
  let before: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 24 })) {
    traces.push(...search.in(Buffer.concat([before, chunk]), where));
    before = chunk.subarray(-4096);
  }
  return traces;
}

async function blockBytes(): Promise<number> {
  let bytes = 0;
  for (let before: number | undefined; ; ) {
    const page = await net
      .client(WRITER)
      .call('chain_blocks', { limit: 100, ...(before === undefined ? {} : { before }) });
    bytes += page.blocks.reduce((sum, { size }) => sum + size, 0);
    if (page.next === null) return bytes;
    before = page.next;
  }
}

async function timed<T>(clinics: readonly number[], work: () => Promise<T>) {
  const pids = clinics.map((number) => net.pid(number) as number);
  const before = pids.map(cpuMs);
  const began = performance.now();
  const result = await work();
  const took = performance.now() - began;
  return { result, took, cpu: pids.map((pid, index) => cpuMs(pid) - before[index]) };
}

const rate = (count: number, ms: number): string => `${Math.round(count / (ms / 1000))}/s`;
const spent = (count: number, took: number, cpu: number): string =>
  `${Math.round(took)} ms, ${rate(count, took)}; ${Math.round(cpu)} ms of processor time, ${rate(count, cpu)} of one core`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wardmesh-bundles-'));
  const names = (await readdir(BUNDLES)).filter((name) => name.endsWith('.json.gz')).sort();
  for (const name of names.slice(0, PATIENTS)) await cp(join(BUNDLES, name), join(folder, name));
  net = await TestNetwork.found();
  // One after the other: together they would wait for each other on a busy machine.
  for (const number of net.numbers) await net.start(number);
  await net.connected(undefined, 5 * MINUTE);
  await newDoctor(READER);
  await newDoctor(OUTSIDER);
}, LIMIT);
afterAll(async () => {
  await net?.remove();
  await rm(folder, { recursive: true, force: true });
}, LIMIT);

const sources: Source[] = [];

it(
  'keeps every resource of every bundle once',
  async () => {
    const run = () => net.json<Imported>(WRITER, 'record', 'import', folder, '--wait', '60m');
    const bytes = await blockBytes();
    const first = await timed([WRITER], run);
    const { imported } = first.result;
    expect(first.result).toMatchObject({ patients: PATIENTS, known: 0, shared: 0, skippedTotal: 0 });
    if (PATIENTS === 120) expect(imported).toBe(37_140);
    const grown = (await blockBytes()) - bytes;
    const again = await timed([WRITER], run);
    expect(again.result).toMatchObject({ imported: 0, known: imported, skippedTotal: 0 });
    rows.push(
      ['patients', PATIENTS],
      ['resources, all of them imported', imported],
      ['import until all stand in blocks, clinic 1', spent(imported, first.took, first.cpu[0])],
      ['the same files again', spent(imported, again.took, again.cpu[0])],
      ['bytes of blocks for each resource', (grown / imported).toFixed(1)],
    );
  },
  LIMIT,
);

it(
  'gives a doctor of another clinic with a grant each resource as it was',
  async () => {
    await net.agreed(LIMIT);
    const until = Date.now() + DAY_MS;
    const client = net.client(WRITER);
    const statements: string[] = [];
    for (const name of (await readdir(folder)).sort()) {
      const bundle = JSON.parse(gunzipSync(await readFile(join(folder, name))).toString('utf8'));
      const resources = sourceOf(bundle);
      const patient = bundle.entry.find(
        (one: { resource: Record<string, unknown> }) => one.resource.resourceType === 'Patient',
      ).resource;
      const number = patient.identifier.find(({ system }: { system?: string }) => system === SSN).value;
      const { pid } = await client.call('patient_get', { patient: number });
      sources.push({ pid, resources });
      for (const value of personalValues(patient)) {
        if (TIME_ZONES.includes(value)) inEveryProcess.add(value);
        else search.add(value);
      }
      for (const name of resources.keys()) search.add(name.slice(name.indexOf('/') + 1));
      for (const { resource } of bundle.entry) for (const word of wordsOf(resource)) search.add(word);
      const made = await client.call('consent_grant', {
        patient: pid,
        to: { clinic: READER },
        categories: EVERYTHING,
        until,
      });
      statements.push(made.statement);
    }
    const granted = await client.call('tx_wait', {
      statements: statements.slice(-1),
      until: 'applied',
      timeoutMs: 60_000,
    });
    expect(granted.reached).toBe(true);
    const portal = doctors.get(READER) as Portal;
    let count = 0;
    const read = await timed([WRITER, READER], async () => {
      for (const [index, { pid, resources }] of sources.entries()) {
        // A session ends some time, however much it is used.
        if (index % 10 === 0) await signIn(portal, people.get(READER) as MadeUp);
        const chart = await waitFor(
          async () => {
            const { charts } = await portal.call('record_list', { patient: pid });
            return charts.find(
              ({ clinic, state, records }) =>
                clinic === WRITER && state === 'open' && records.length === resources.size,
            );
          },
          { timeoutMs: 5 * MINUTE, intervalMs: 1000, what: 'the whole chart' },
        );
        const names = new Set<string>();
        for (let at = 0; at < chart.records.length; ) {
          const records = chart.records.slice(at, at + MAX_RECORDS).map(({ record }) => record);
          const answer = await portal.call('record_readMany', { patient: pid, clinic: WRITER, records });
          for (const { record, resource } of answer.records) {
            const name = `${record.kind}/${record.name}`;
            names.add(name);
            if (canonicalJson(JSON.parse(String(resource))) !== resources.get(name))
              throw new Error(`${name} is another`);
          }
          at += answer.records.length;
          portal.answers.length = 0;
        }
        expect(names.size).toBe(resources.size);
        count += names.size;
      }
    });
    if (PATIENTS === 120) expect(count).toBe(37_140);
    rows.push(
      ['read back at clinic 3 with a grant, equal by canonical JSON', count],
      ['reading, clinic 3', spent(count, read.took, read.cpu[1])],
      ['of it processor time of clinic 1, which serves', `${Math.round(read.cpu[0])} ms`],
    );
  },
  LIMIT,
);

it(
  'refuses a doctor without a grant, writes that down, and leaves nothing that can be read in memory or files of that clinic',
  async () => {
    // Reading took longer than a session lasts that nobody uses.
    for (const number of [OUTSIDER, READER]) {
      await signIn(doctors.get(number) as Portal, people.get(number) as MadeUp);
    }
    const portal = doctors.get(OUTSIDER) as Portal;
    let refused = 0;
    for (const { pid } of sources) {
      const { charts } = await portal.call('record_list', { patient: pid });
      expect(charts.find(({ clinic }) => clinic === WRITER)).toMatchObject({ state: 'refused', records: [] });
      const { charts: known } = await (doctors.get(READER) as Portal).call('record_list', { patient: pid });
      const records = known.find(({ clinic }) => clinic === WRITER)?.records.slice(0, MAX_RECORDS) ?? [];
      const asked = { patient: pid, clinic: WRITER, records: records.map(({ record }) => record) };
      expect(await portal.refusal('record_readMany', asked)).toBe('record.refused');
      const { events } = await net
        .client(WRITER)
        .call('audit_events', { patient: pid, outcome: 'refused', limit: 200 });
      const [written] = events.filter(({ clinic, action }) => clinic === OUTSIDER && action === 'read');
      expect(written).toMatchObject({ reason: 'no-consent' });
      expect(written.records).toHaveLength(records.length);
      refused += records.length;
    }
    const [outside, reading] = [join(folder, 'memory of clinic 4'), join(folder, 'memory of clinic 3')];
    const memory = await keepMemory(net.pid(OUTSIDER) as number, outside);
    await keepMemory(net.pid(READER) as number, reading);
    await net.stopAll();
    const writer = net.clinic(WRITER);
    const keys = await chartKeysOf(writer.directory, writer.passphrase);
    expect(keys.data.length).toBeGreaterThanOrEqual(sources.reduce((sum, { resources }) => sum + resources.size, 0));
    for (const key of keys.category) search.add(key, KEY_NAMES[0]);
    for (const key of keys.data) search.add(key, KEY_NAMES[1]);
    const traces = await searchFile(outside, 'memory');
    // The search itself finds what is there: the reader's memory has what it read.
    const found = await searchFile(reading, 'memory');
    expect(found.length).toBeGreaterThan(0);
    const { directory, paths } = net.clinic(OUTSIDER);
    let files = 0;
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      files += bytes.length;
      traces.push(...search.in(bytes, entry.name));
    }
    for (const path of [paths.chain, paths.attachments, paths.outbox, paths.clinical]) {
      traces.push(...(await search.inDatabase(path)).traces);
    }
    traces.push(...search.in(Buffer.from(net.logText(OUTSIDER)), 'log'));
    rows.push(
      ['reads without a grant at clinic 4, all refused and written down at clinic 1', refused],
      [
        `forms searched for: ids of all resources, text of all notes, names and numbers of all patients, ${keys.category.length} category keys, ${keys.data.length} data keys; raw, hex, base64, UTF-16`,
        search.size,
      ],
      ['names not searched for, as they are time zones of Node', [...inEveryProcess].sort().join(', ') || 'none'],
      ['memory of clinic 4 searched', `${Math.round(memory / 2 ** 20)} MiB`],
      ['files of clinic 4 searched', `${Math.round(files / 2 ** 20)} MiB`],
      ['found', traces.length],
      ['the same search in the memory of clinic 3, which had read', found.length],
      ['of it keys', found.filter(({ value }) => KEY_NAMES.includes(value)).length],
    );
    await writeReport(
      'record-import',
      'FHIR bundles into charts, read at another clinic',
      'Published bundles imported with `wardmesh record import` at clinic 1 of four processes, granted to clinic 3, read there by a doctor, refused at clinic 4, which keeps ciphertext as a custodian (`test/data/record-import.test.ts`).',
      rows,
    );
    expect(traces).toEqual([]);
  },
  LIMIT,
);
