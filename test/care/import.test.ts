import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FhirImport, type ImportItem } from '../../care/fhir/import.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { documentsOf } from '../../identity/patient/fhir-documents.ts';

const reader = () => new FhirImport({ documentsOf: (identifiers) => documentsOf(identifiers, 'US') });
const SSN = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-77-2159' };
const PATIENT_URN = 'urn:uuid:0b5b1f8e-8f0a-4b53-9d15-1c1b8e3b7d01';
const VISIT_URN = 'urn:uuid:0b5b1f8e-8f0a-4b53-9d15-1c1b8e3b7d02';
const LAB_URN = 'urn:uuid:0b5b1f8e-8f0a-4b53-9d15-1c1b8e3b7d03';

const patient = { resourceType: 'Patient', id: 'p1', identifier: [SSN] };
const visit = { resourceType: 'Encounter', subject: { reference: PATIENT_URN }, period: { start: '2022-03-01' } };
const lab = {
  resourceType: 'Observation',
  id: 'lab-1',
  identifier: [{ system: 'urn:ietf:rfc:3986', value: PATIENT_URN }],
  subject: { reference: PATIENT_URN },
  encounter: { reference: VISIT_URN },
  category: [{ coding: [{ code: 'laboratory' }] }],
  valueQuantity: { value: 1.5 },
  extension: [{ url: 'http://example.org/unknown', valueDecimal: 2.5 }],
};
const practice = { resourceType: 'Organization', id: 'o1', name: 'Practice' };

const bundle = (...entries: [url: string, resource: unknown][]) =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entries.map(([fullUrl, resource]) => ({ fullUrl, resource, request: { method: 'POST' } })),
  });
const whole = bundle(['urn:uuid:other', practice], [LAB_URN, lab], [VISIT_URN, visit], [PATIENT_URN, patient]);

const items = (text: string, by = reader()): ImportItem[] => [...by.document(text)];
const kinds = (list: readonly ImportItem[]) =>
  list.map((item) =>
    item.kind === 'skipped' ? `skipped ${item.skip.code}` : `${item.kind} ${item.resource.type}/${item.resource.id}`,
  );
const textOf = (list: readonly ImportItem[], type: string): string => {
  const found = list.find((item) => item.kind !== 'skipped' && item.resource.type === type);
  return found === undefined || found.kind === 'skipped' ? '' : found.resource.text;
};

describe('a Bundle', () => {
  it('is read patient first, and in one of a single patient everything belongs to it', () => {
    expect(kinds(items(whole))).toEqual([
      'patient Patient/p1',
      'resource Organization/o1',
      'resource Observation/lab-1',
      'resource Encounter/0b5b1f8e-8f0a-4b53-9d15-1c1b8e3b7d02',
    ]);
  });

  it('has its references rewritten everywhere alike, and nothing else of the text changed', () => {
    // Written by hand: a decimal whose zeros count, odd spaces, and a URN that is no reference.
    const exact = JSON.stringify(lab).replace('1.5', '1.500').replace('"valueQuantity":', '"valueQuantity" :  ');
    const list = items(whole.replace(JSON.stringify(lab), exact));
    const expected = exact
      .replace(`"reference":"${PATIENT_URN}"`, '"reference":"Patient/p1"')
      .replace(`"reference":"${VISIT_URN}"`, `"reference":"Encounter/${VISIT_URN.slice(9)}"`);
    expect(textOf(list, 'Observation')).toBe(expected);
    expect(expected).toContain(`"value":"${PATIENT_URN}"`);
    expect(list[2]).toMatchObject({
      patient: 'Patient/p1',
      resource: { category: 'labs', sections: ['laboratory'], encounters: [`Encounter/${VISIT_URN.slice(9)}`] },
    });
    expect(JSON.parse(textOf(list, 'Encounter'))).toMatchObject({
      id: VISIT_URN.slice(9),
      subject: { reference: 'Patient/p1' },
    });
  });

  it('gives the same ids and the same text whenever it is read again', () => {
    const nameless = bundle([PATIENT_URN, patient], ['', { ...visit, note: 1 }], ['', { note: 1, ...visit }]);
    expect(items(nameless)).toEqual(items(nameless));
    const ids = kinds(items(nameless)).slice(1);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).toMatch(/^resource Encounter\/c-[0-9a-f]{32}$/);
  });

  it('loses only what is bad, and says why', () => {
    let nested: object = {};
    for (let i = 0; i < 70; i++) nested = { nested };
    const deep = { resourceType: 'Observation', id: 'deep', nested };
    const text = bundle(
      [PATIENT_URN, patient],
      ['', { resourceType: 'Observation', id: 'a b' }],
      ['', { id: 'no-type' }],
      ['', 7],
      ['', { resourceType: 'Observation', id: 'of-another', subject: { reference: 'Patient/nobody' } }],
      [LAB_URN, lab],
    );
    expect(kinds(items(text))).toEqual([
      'skipped fhir.invalid',
      'skipped fhir.not-a-resource',
      'skipped fhir.not-a-resource',
      'patient Patient/p1',
      'skipped fhir.no-patient',
      'resource Observation/lab-1',
    ]);
    expect(kinds(items(bundle([PATIENT_URN, patient], ['', deep])))).toEqual([
      'skipped fhir.too-deep',
      'patient Patient/p1',
    ]);
    expect(kinds(items('{"resourceType":"Bundle","entry":7}'))).toEqual([]);
    expect(kinds(items('{'))).toEqual(['skipped fhir.json']);
  });

  it('takes nothing of a patient who is skipped', () => {
    const text = bundle([PATIENT_URN, { ...patient, identifier: [] }], [LAB_URN, lab], ['urn:uuid:other', practice]);
    expect(kinds(items(text))).toEqual([
      'skipped fhir.no-identity',
      'skipped fhir.no-patient',
      'skipped fhir.no-patient',
    ]);
  });

  it('never makes the import throw, whatever is changed in it', () => {
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.string({ maxLength: 3 }), (at, piece) => {
        items(whole.slice(0, at) + piece + whole.slice(at + 1));
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.json(), (text) => void items(bundle(['', JSON.parse(text)]))),
      { numRuns: 200 },
    );
  });
});

describe('lines of NDJSON', () => {
  const lines = [lab, visit, patient, practice].map((resource) =>
    JSON.stringify(resource).replaceAll(PATIENT_URN, 'https://elsewhere.example/fhir/Patient/p1/_history/3'),
  );

  it('find their patient though it stands behind them, and tell what is about nobody', () => {
    const by = reader();
    for (const line of lines) by.learn(line);
    expect(kinds(lines.map((line, index) => by.line(line, index + 1)))).toEqual([
      'resource Observation/lab-1',
      expect.stringMatching(/^resource Encounter\/c-/),
      'patient Patient/p1',
      'shared Organization/o1',
    ]);
  });

  it('of a patient who was not read are skipped', () => {
    expect(kinds([reader().line(lines[0], 1)])).toEqual(['skipped fhir.no-patient']);
  });
});

describe('canonical JSON', () => {
  it('is as RFC 8785 has it: keys by UTF-16 units, numbers and strings as ECMAScript writes them', () => {
    const value = JSON.parse(
      '{"\\u20ac":1,"\\r":2,"1":3,"10":4,"9":5,"\\ud83d\\ude02":6,"\\ufb33":7,"a":[1.50,1e30,-0,"\\u000f"]}',
    );
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"1":3,"10":4,"9":5,"a":[1.5,1e+30,0,"\\u000f"],"\u20ac":1,"\ud83d\ude02":6,"\ufb33":7}',
    );
  });

  it('is one text for one value and reads as that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});
