// Published bundles and bulk exports through the import: everything of everybody is read, under the same ids every time,
// with the text that it came with.
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { rewriteReferences } from '../../care/fhir/bundle-entries.ts';
import { FhirImport } from '../../care/fhir/import.ts';
import { ndjsonLines } from '../../care/fhir/ndjson.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { documentsOf } from '../../identity/patient/fhir-documents.ts';
import { writeReport } from '../helpers/report.ts';

const root = process.env.WARDMESH_TEST_DATA;
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const BUNDLES = join(root, 'fhir', 'synthea-r4-bundles');
const BULK = join(root, 'fhir', 'bulk-13-patients');
const EXAMPLES = join(root, 'fhir', 'hl7-r4-examples');
const MIB = 2 ** 20;

interface Entry {
  readonly fullUrl: string;
  readonly resource: { readonly resourceType: string; readonly id: string };
}

const newImport = () => new FhirImport({ documentsOf: (identifiers) => documentsOf(identifiers, 'US') });
const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
const listed = (counts: Map<string, number>) =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');

describe('the 120 bundles of Synthea', () => {
  const names = readdirSync(BUNDLES).filter((name) => name.endsWith('.gz'));

  it('are read whole, and every text is the original but for references within the bundle', () => {
    const kinds = new Map<string, number>();
    for (const name of names) {
      const text = gunzipSync(readFileSync(join(BUNDLES, name))).toString('utf8');
      const { entry } = JSON.parse(text) as { entry: Entry[] };
      const originals = new Map(entry.map(({ resource }) => [`${resource.resourceType}/${resource.id}`, resource]));
      const targets = new Map(
        entry.map(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]),
      );
      for (const item of newImport().document(text)) {
        count(kinds, item.kind);
        if (item.kind === 'skipped') continue;
        const { type, id, text: kept } = item.resource;
        const original = originals.get(`${type}/${id}`);
        expect(kept).not.toContain('"urn:uuid:');
        const expected = JSON.parse(rewriteReferences(JSON.stringify(original), targets));
        if (canonicalJson(JSON.parse(kept)) !== canonicalJson(expected)) throw new Error(`${name} ${type}/${id}`);
        originals.delete(`${type}/${id}`);
      }
      expect(originals.size).toBe(0);
    }
    expect(Object.fromEntries(kinds)).toEqual({ patient: 120, resource: 37_020 });
  });

  it('are read at a rate worth printing, with no more memory than a bundle', async () => {
    const [types, categories] = [new Map<string, number>(), new Map<string, number>()];
    let [resources, bytes, took, peak, undated, skipped] = [0, 0, 0, 0, 0, 0];
    const before = process.memoryUsage().rss;
    for (const name of names) {
      const text = gunzipSync(readFileSync(join(BUNDLES, name))).toString('utf8');
      bytes += text.length;
      const started = process.cpuUsage();
      for (const item of newImport().document(text)) {
        if (item.kind === 'skipped') {
          skipped++;
          continue;
        }
        resources++;
        count(types, item.resource.type);
        count(categories, item.resource.category);
        if (item.resource.writtenAt === undefined) undated++;
      }
      const { user, system } = process.cpuUsage(started);
      took += (user + system) / 1000;
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }
    expect(resources).toBe(37_140);
    await writeReport(
      'fhir-import',
      'FHIR bundles through the import',
      'What one process reads of 120 published bundles, from text to resources with patient, id, category and references (`test/data/fhir-import.test.ts`). Storing is not in it.',
      [
        ['bundles, one patient each', names.length],
        ['resources', resources],
        ['text', `${Math.round(bytes / MIB)} MiB`],
        ['time of one core', `${Math.round(took)} ms`],
        [
          'rate',
          `${Math.round(resources / (took / 1000))} resources/s, ${Math.round(bytes / MIB / (took / 1000))} MiB/s`,
        ],
        ['memory grew by at most, after a first run', `${Math.round(peak / MIB)} MiB`],
        ['types', listed(types)],
        ['categories', listed(categories)],
        ['without a time of their own', undated],
        ['skipped', skipped],
      ],
    );
    expect(peak).toBeLessThan(600 * MIB);
  });
});

describe('a bulk export in NDJSON', () => {
  it('finds the patient of every line that has one', async () => {
    const by = newImport();
    const files = readdirSync(BULK).filter((name) => name.endsWith('.ndjson'));
    const linesOf = (name: string) => ndjsonLines(createReadStream(join(BULK, name)));
    for (const name of files) for await (const line of linesOf(name)) if ('text' in line) by.learn(line.text);
    const kinds = new Map<string, number>();
    for (const name of files) {
      for await (const line of linesOf(name)) {
        if (!('text' in line)) throw new Error(`${name} ${line.line}`);
        const item = by.line(line.text, line.line);
        count(kinds, item.kind === 'skipped' ? `skipped ${item.skip.code}` : item.kind);
        if (item.kind === 'shared')
          expect(item.resource.type).toMatch(/^(Organization|Location|Practitioner|PractitionerRole)$/);
      }
    }
    expect(kinds.get('patient')).toBe(13);
    expect([...kinds.keys()].sort()).toEqual(['patient', 'resource', 'shared']);
  });
});

describe('the official examples of R4', () => {
  it('are read one by one, none ends the import, and consents and notes fall into their categories', () => {
    const outcomes = new Map<string, number>();
    for (const name of readdirSync(EXAMPLES)) {
      const [item] = newImport().document(readFileSync(join(EXAMPLES, name), 'utf8'));
      if (item === undefined) continue;
      count(outcomes, item.kind === 'skipped' ? `skipped ${item.skip.code}` : item.kind);
      if (item.kind === 'shared' && item.resource.type === 'Consent') expect(item.resource.category).toBe('consent');
    }
    // Their patients carry no document number that a network accepts, so what names one is skipped.
    const codes = [...outcomes.keys()].filter((kind) => kind.startsWith('skipped'));
    expect(codes.every((code) => /no-patient|no-identity|invalid/.test(code))).toBe(true);
  });
});
