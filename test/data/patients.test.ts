import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundleResourceTexts } from '../../care/fhir/bundle-text.ts';
import { parseJson } from '../../care/fhir/json.ts';
import { ndjsonLines } from '../../care/fhir/ndjson.ts';
import { type PatientReading, readPatient } from '../../care/fhir/patient.ts';
import { oprfKeyPair } from '../../common/crypto/oprf.ts';
import { documentInput } from '../../identity/patient/document.ts';
import { documentsOf } from '../../identity/patient/fhir-documents.ts';
import { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import { localEvaluator } from '../helpers/local-evaluator.ts';

const root = process.env['WARDMESH_TEST_DATA'];
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

/** Fails when the set is incomplete: a smaller set must not look like a passed test. */
function inSet(...parts: string[]): string {
  const place = path.join(root!, 'fhir', ...parts);
  if (!existsSync(place)) throw new Error(`the data set is incomplete: ${path.join('fhir', ...parts)} is missing`);
  return place;
}

const read = (json: unknown): PatientReading => readPatient(json, (identifiers) => documentsOf(identifiers, 'US'));

async function linesOf(file: string): Promise<PatientReading[]> {
  const out: PatientReading[] = [];
  for await (const line of ndjsonLines(createReadStream(file))) {
    if ('skip' in line) throw new Error(`line ${line.line}: ${line.skip.code}`);
    const parsed = parseJson(line.text);
    out.push('skip' in parsed ? { kind: 'skipped', skip: parsed.skip } : read(parsed.json));
  }
  return out;
}

/** Readings of every resource, and whether its original text was kept. */
function bundle(file: string): PatientReading[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8');
  const { entry } = JSON.parse(text) as { entry: { resource: unknown }[] };
  const texts = bundleResourceTexts(text) ?? [];
  const parsed = texts.map((resource) => JSON.parse(resource));
  expect(parsed).toEqual(entry.map(({ resource }) => resource));
  return parsed.map(read);
}

const patientsOf = (readings: readonly PatientReading[]) => readings.filter((reading) => reading.kind === 'patient');
const primary = (readings: readonly PatientReading[]) => patientsOf(readings).map(({ identifiers }) => identifiers[0]);
const inputs = (readings: readonly PatientReading[]) =>
  primary(readings).map((document) => Buffer.from(documentInput(document)).toString());

describe('public synthetic patients', () => {
  it('reads all 504 patients of the NDJSON file, each with a national number, no two alike', async () => {
    const readings = await linesOf(inSet('patients-extra', 'Patient.ndjson'));
    expect(readings.filter(({ kind }) => kind !== 'patient')).toEqual([]);
    expect(readings).toHaveLength(504);
    expect(new Set(primary(readings).map(({ type }) => type))).toEqual(new Set(['ssn']));
    expect(new Set(inputs(readings)).size).toBe(504);
  });

  it('counts other resources and skips none of them as broken', async () => {
    for (const file of ['Device.ndjson', 'AllergyIntolerance.ndjson']) {
      const readings = await linesOf(inSet('patients-extra', file));
      expect(readings.length).toBeGreaterThan(300);
      expect(readings.every(({ kind }) => kind === 'other')).toBe(true);
    }
  });

  it('reads the one patient of each of the 120 Synthea bundles, none of them alike', () => {
    const folder = inSet('synthea-r4-bundles');
    const files = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));
    expect(files).toHaveLength(120);
    const seen = new Set<string>();
    for (const file of files) {
      const readings = bundle(path.join(folder, file));
      expect(readings.filter(({ kind }) => kind === 'skipped')).toEqual([]);
      const [input, ...more] = inputs(readings);
      expect(more).toEqual([]);
      seen.add(input);
    }
    expect(seen.size).toBe(120);
  });

  it('reads the bulk exports of 13 and 120 patients as the same people', async () => {
    const small = inputs(await linesOf(inSet('bulk-13-patients', 'Patient.000.ndjson')));
    const large = inputs(await linesOf(inSet('bulk-120-patients', 'Patient.000.ndjson')));
    expect([small.length, large.length]).toEqual([13, 120]);
    expect(new Set(large).size).toBe(120);
    expect(small.filter((input) => !large.includes(input))).toEqual([]);
  });

  it('reads the HL7 example patients or says why not', () => {
    const folder = inSet('hl7-r4-examples');
    const names = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => /(^|\/)Patient-.*\.json$/.test(name));
    expect(names.length).toBeGreaterThanOrEqual(20);
    for (const name of names) {
      const reading = read(JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
      if (reading.kind === 'skipped') expect(['fhir.no-identity']).toContain(reading.skip.code);
      else expect(reading.kind).toBe('patient');
    }
  });

  it('gives every person an identifier of their own', async () => {
    const documents = primary(await linesOf(inSet('patients-extra', 'Patient.ndjson')));
    const { secretKey } = oprfKeyPair(new Uint8Array(32).fill(1));
    const cheap = { N: 2, r: 1, p: 1 };
    const identifiers = new PatientIdentifiers({ scrypt: cheap }, { evaluator: localEvaluator(secretKey) });
    const pids = [
      ...(await identifiers.pidsOf(documents.slice(0, 252))),
      ...(await identifiers.pidsOf(documents.slice(252))),
    ];
    expect(new Set(pids).size).toBe(504);
  });
});
