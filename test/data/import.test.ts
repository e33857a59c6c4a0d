// The public patient sets through four real clinics: imported at the first, found at the third, and no trace of anybody in
// what the clinics share.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pidBytes } from '../../identity/patient/pid.ts';
import { TestNetwork } from '../helpers/devnet.ts';
import { writeReport } from '../helpers/report.ts';
import { personalValues, type Trace, TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

const root = process.env.WARDMESH_TEST_DATA;
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const SSN = 'http://hl7.org/fhir/sid/us-ssn';
const MINUTE = 60_000;
const NDJSON = join(root, 'fhir', 'patients-extra', 'Patient.ndjson');
const BUNDLES = join(root, 'fhir', 'synthea-r4-bundles');
let net: TestNetwork;

type Resource = Record<string, unknown>;

interface Imported {
  readonly read: number;
  readonly registered: number;
  readonly known: number;
  readonly ignored: number;
  readonly skipped: readonly unknown[];
}

beforeAll(async () => {
  for (const place of [NDJSON, BUNDLES])
    if (!existsSync(place)) throw new Error(`the data set is incomplete: ${place}`);
  net = await TestNetwork.found();
  await net.startAll();
  await net.connected();
}, 3 * MINUTE);

afterAll(() => net?.remove(), MINUTE);

function numberOf(resource: Resource): string {
  const identifiers = resource.identifier as { system?: string; value: string }[];
  const found = identifiers.find(({ system }) => system === SSN);
  if (found === undefined) throw new Error('a patient of the set has no social security number');
  return found.value;
}

it(
  'registers 504 patients and two bundles once, finds all at clinic 3, and leaves no trace of them',
  async () => {
    const [first, second] = readdirSync(BUNDLES)
      .filter((name) => name.endsWith('.json.gz'))
      .map((name) => join(BUNDLES, name));
    const lines = readFileSync(NDJSON, 'utf8').trim().split('\n');
    const resources = lines.map((line) => JSON.parse(line) as Resource);
    for (const file of [first, second]) {
      const bundle = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as { entry: { resource: Resource }[] };
      resources.push(
        ...bundle.entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'Patient'),
      );
    }
    expect(resources).toHaveLength(506);

    const began = performance.now();
    const ndjson = await net.json<Imported>(1, 'patient', 'import', NDJSON);
    const took = performance.now() - began;
    expect(ndjson).toEqual({ read: 504, registered: 504, known: 0, ignored: 0, skipped: [] });
    for (const file of [first, second]) {
      const bundle = await net.json<Imported>(1, 'patient', 'import', file);
      expect(bundle).toMatchObject({ read: 1, registered: 1, known: 0, skipped: [] });
      expect(bundle.ignored).toBeGreaterThan(10);
    }
    const againBegan = performance.now();
    const again = await net.json<Imported>(1, 'patient', 'import', NDJSON);
    const againTook = performance.now() - againBegan;
    expect(again).toEqual({ read: 504, registered: 0, known: 504, ignored: 0, skipped: [] });

    await net.agreed();
    const search = new TraceSearch();
    const pids = new Set<string>();
    for (const resource of resources) {
      const found = await waitFor(
        async () => {
          const answer = await net.client(3).call('patient_get', { patient: numberOf(resource) });
          return answer.registered && answer;
        },
        { timeoutMs: MINUTE },
      );
      expect(found.clinics).toEqual([1]);
      expect(found.transaction).toMatch(/^[0-9a-f]{64}$/);
      pids.add(found.pid);
      search.add(found.pid);
      search.add(pidBytes(found.pid), `bytes of ${found.pid}`);
      for (const value of personalValues(resource)) search.add(value);
    }
    expect(pids.size).toBe(506);

    const traces: Trace[] = [];
    let rows = 0;
    let bytes = 0;
    await net.stopAll();
    for (const { number, paths } of net.clinics) {
      for (const path of [paths.chain, paths.attachments, paths.outbox, paths.clinical]) {
        const looked = await search.inDatabase(path);
        rows += looked.rows;
        bytes += looked.bytes;
        traces.push(...looked.traces);
      }
      traces.push(...search.in(Buffer.from(net.logText(number)), `log of clinic ${number}`));
    }
    await writeReport(
      'import',
      'Public patient sets through four clinics',
      'Imported at clinic 1 with `wardmesh patient import`, looked up at clinic 3 by identity number; then every key and value of every database of all four clinics searched for what the resources say of their persons (`test/data/import.test.ts`).',
      [
        ['patients', resources.length],
        ['import of the 504 until all stood in blocks', `${Math.round(took)} ms`],
        ['the same file again', `${Math.round(againTook)} ms`],
        ['forms searched for (values of 8 bytes or more; raw, hex, base64 at three offsets)', search.size],
        ['rows searched', rows],
        ['bytes searched', bytes],
        ['found', traces.length],
      ],
    );
    expect(traces).toEqual([]);
  },
  15 * MINUTE,
);
