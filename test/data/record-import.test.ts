// Published bundles into the charts of a real clinic: everything is kept, and the second time nothing new.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importRecords } from '../../cli/import/import-records.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { writeReport } from '../helpers/report.ts';

const root = process.env.WARDMESH_TEST_DATA;
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const BUNDLES = join(root, 'fhir', 'synthea-r4-bundles');
/** All 120 take the better part of an hour. */
const PATIENTS = Number(process.env.WARDMESH_IMPORT_PATIENTS ?? 4);
const HOUR = 3_600_000;
let net: TestNodes;
let folder: string;

async function run() {
  const silent = { files: () => {}, file: () => {}, counted: () => {} };
  const started = [performance.now(), process.cpuUsage()] as const;
  const { summary } = await importRecords(net.client(1), folder, 'US', silent, new AbortController().signal);
  const { user, system } = process.cpuUsage(started[1]);
  return { summary, took: performance.now() - started[0], cpu: (user + system) / 1000 };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wardmesh-bundles-'));
  for (const name of (await readdir(BUNDLES)).slice(0, PATIENTS)) await cp(join(BUNDLES, name), join(folder, name));
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
}, HOUR);
afterAll(async () => {
  await net?.remove();
  await rm(folder, { recursive: true, force: true });
}, HOUR);

it(
  'keeps every resource of every bundle once',
  async () => {
    const first = await run();
    const { imported } = first.summary;
    expect(first.summary).toMatchObject({ patients: PATIENTS, known: 0, shared: 0, skippedTotal: 0 });
    if (PATIENTS === 120) expect(imported).toBe(37_140);
    const again = await run();
    expect(again.summary).toMatchObject({ imported: 0, known: imported, skippedTotal: 0 });
    const rate = (records: number, ms: number) => `${Math.round(records / (ms / 1000))} records/s`;
    await writeReport(
      'record-import',
      'FHIR bundles into charts',
      'Published bundles read, sent over JSON-RPC and written into the charts of one clinic in one process: encrypted, committed to in statements, on the disk (`test/data/record-import.test.ts`).',
      [
        ['patients', PATIENTS],
        ['records', imported],
        ['first import', `${Math.round(first.took)} ms, ${rate(imported, first.took)}`],
        ['of it processor time, all threads', `${Math.round(first.cpu)} ms, ${rate(imported, first.cpu)}`],
        ['the same again', `${Math.round(again.took)} ms, ${rate(imported, again.took)}`],
        ['of it processor time, all threads', `${Math.round(again.cpu)} ms`],
      ],
    );
  },
  HOUR,
);
