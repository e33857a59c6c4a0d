import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentsOf, type FhirIdentifier } from '../../identity/patient/fhir-documents.ts';

const identifier = (system: string | undefined, value: string, ...codes: string[]): FhirIdentifier => ({
  ...{ system, value, codes },
  use: undefined,
});
const synthea = [
  identifier('https://github.com/synthetichealth/synthea', '008dd9b2-f541-d09f-1f67-cd741ece2254'),
  identifier('http://hospital.smarthealthit.org', '008dd9b2-f541-d09f-1f67-cd741ece2254', 'MR'),
  identifier('http://hl7.org/fhir/sid/us-ssn', '999-77-2159', 'SS'),
  identifier('urn:oid:2.16.840.1.113883.4.3.25', 'S99967823', 'DL'),
  identifier('http://standardhealthrecord.org/fhir/StructureDefinition/passportNumber', 'X76851583X', 'PPN'),
];
const types = (identifiers: readonly FhirIdentifier[], country = 'US') =>
  documentsOf(identifiers, country).documents.map((document) => `${document.country} ${document.type}`);

describe('documents of a FHIR Patient', () => {
  it('reads the identifiers of Synthea in the order in which they count', () => {
    expect(types(synthea)).toEqual(['US ssn', 'US passport', 'US driver@ma', 'US mrn@hospital.smarthealthit.org']);
  });

  it('does not hang on the order in which a file lists them', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...synthea, ...synthea], { minLength: 10 }), (shuffled) => {
        expect(documentsOf(shuffled, 'US')).toEqual(documentsOf(synthea, 'US'));
      }),
    );
  });

  it('knows national systems by URI and OID, without case and trailing slash', () => {
    expect(types([identifier('https://fhir.nhs.uk/Id/nhs-number', '943 476 5919')])).toEqual(['GB nhs']);
    expect(types([identifier('https://fhir.nhs.uk/id/NHS-number/', '943 476 5919')])).toEqual(['GB nhs']);
    expect(types([identifier('urn:oid:2.16.840.1.113883.2.4.6.3', '111222333')])).toEqual(['NL nid']);
    expect(types([identifier('http://hl7.org/fhir/sid/passport-DEU', 'C01X00T47')])).toEqual(['DE passport']);
    expect(types([identifier('http://hl7.org/fhir/sid/passport-XYZ', 'C01X00T47')])).toEqual([]);
  });

  it("takes the network's country where only the type is said, and warns", () => {
    const { documents } = documentsOf([identifier('urn:oid:1.2.3', '8001015009087', 'NI')], 'ZA');
    expect(documents).toEqual([{ country: 'ZA', type: 'nid', number: '8001015009087', warnings: ['country-assumed'] }]);
    expect(types([identifier(undefined, '7569217076985', 'NNCHE')])).toEqual(['CH nid']);
    expect(types([identifier(undefined, '523456789', 'NNXXX')])).toEqual([]);
  });

  it('lets no number of one clinic or state stand for a person without its issuer', () => {
    expect(types([identifier(undefined, '12345678', 'MR')])).toEqual([]);
    expect(types([identifier('urn:oid:9.9', 'S99967823', 'DL')])).toEqual([]);
    expect(types([identifier('urn:oid:1.2.3.4.5', 'M-100200', 'MR')])).toEqual(['US mrn@urn:oid:1.2.3.4.5']);
    const [a, b] = ['http://a.example/one', 'http://a.example/two'].map(
      (system) => types([identifier(system, 'M-100200', 'MR')])[0],
    );
    expect(a).not.toBe(b);
  });

  it('leaves out what no longer or not yet names the person', () => {
    for (const use of ['old', 'temp']) expect(types([{ ...synthea[2], use }])).toEqual([]);
    expect(types([{ ...synthea[2], use: 'official' }])).toEqual(['US ssn']);
    expect(types([{ ...synthea[2], value: undefined }])).toEqual([]);
  });

  it('names why an identifier was refused, without its value', () => {
    expect(documentsOf([{ ...synthea[2], value: '1' }, synthea[4]], 'US')).toMatchObject({
      documents: [{ type: 'passport' }],
      refused: ['identifier.length'],
    });
  });

  it('never throws, whatever the fields hold', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 60 }), { nil: undefined });
    const code = fc.oneof(
      fc.constantFrom('SS', 'NI', 'MR', 'PPN', 'DL', 'NNUSA', '__proto__', 'constructor'),
      fc.string(),
    );
    const any = fc.record({ system: text, value: text, use: text, codes: fc.array(code) });
    fc.assert(
      fc.property(fc.array(any), fc.oneof(fc.constant('US'), fc.string()), (identifiers, country) => {
        documentsOf(identifiers, country);
      }),
    );
  });
});
