// FHIR files through the command's code into the chart of a real clinic, and again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importRecords } from '../../cli/import/import-records.ts';
import { TestNodes } from '../helpers/nodes.ts';

const MINUTE = 60_000;
const URN = 'urn:uuid:0b5b1f8e-8f0a-4b53-9d15-1c1b8e3b7d01';
const person = (id: string, value: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value }],
});
const lab = (id: string, subject: string, value = 1) => ({
  resourceType: 'Observation',
  id,
  subject: { reference: subject },
  effectiveDateTime: '2022-03-01',
  valueQuantity: { value },
});
const bundle = (value = 1) => ({
  resourceType: 'Bundle',
  entry: [
    { fullUrl: 'urn:uuid:other', resource: { resourceType: 'Practitioner', id: 'dr' } },
    { fullUrl: 'urn:uuid:bad', resource: { resourceType: 'Observation', id: 'a b' } },
    { fullUrl: 'urn:uuid:lab', resource: lab('glucose', URN, value) },
    { fullUrl: URN, resource: person('p1', '951-71-0001') },
  ],
});
const lines = [lab('sodium', 'Patient/p2'), person('p2', '951-71-0002'), { resourceType: 'Location', id: 'l' }];

let net: TestNodes;
let folder: string;

async function run() {
  const silent = { files: () => {}, file: () => {}, counted: () => {} };
  const { summary, statements } = await importRecords(
    net.client(1),
    folder,
    'US',
    silent,
    new AbortController().signal,
  );
  const { skipped, ...counts } = summary;
  return { counts, reasons: skipped.map(({ reason }) => reason), statements };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wardmesh-import-'));
  await writeFile(join(folder, 'bundle.json'), JSON.stringify(bundle()));
  await writeFile(join(folder, 'lines.ndjson'), lines.map((line) => JSON.stringify(line)).join('\n'));
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
}, 3 * MINUTE);
afterAll(async () => {
  await net?.remove();
  await rm(folder, { recursive: true, force: true });
}, MINUTE);

describe('importing records', () => {
  it(
    'registers the patients, keeps what is theirs, and says what it left out',
    async () => {
      const { counts, reasons, statements } = await run();
      expect(counts).toEqual({ patients: 2, imported: 5, known: 0, shared: 1, skippedTotal: 1 });
      expect(reasons).toEqual(['fhir.invalid']);
      // Throws for one that is refused.
      await net.applied(1, ...statements);
    },
    4 * MINUTE,
  );

  it(
    'again changes nothing, and what changed since comes in beside what was',
    async () => {
      expect((await run()).counts).toMatchObject({ imported: 0, known: 5 });
      await writeFile(join(folder, 'bundle.json'), JSON.stringify(bundle(2)));
      expect((await run()).counts).toMatchObject({ imported: 1, known: 4 });
    },
    4 * MINUTE,
  );

  it(
    'answers for each resource of a call, twice in one call being once',
    async () => {
      const text = JSON.stringify({ resourceType: 'Condition', id: 'c1', code: { coding: [] } });
      const answer = await net
        .client(1)
        .call('record_import', { patient: '951-71-0001', resources: [text, '{]', text] });
      expect(answer.items.map(({ outcome, code, category }) => [outcome, code, category])).toEqual([
        ['imported', null, 'problems'],
        ['skipped', 'fhir.json', null],
        ['known', null, 'problems'],
      ]);
      expect(answer.statements).toHaveLength(1);
    },
    4 * MINUTE,
  );
});
