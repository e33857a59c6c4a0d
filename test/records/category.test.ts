import { describe, expect, it } from 'vitest';
import { CATEGORIES, categoryByte, categoryOfByte } from '../../records/category.ts';
import { categoryOfResource } from '../../records/classify.ts';
import { PURPOSES } from '../../records/consent/terms.ts';
import { labelsDeny, labelsPermit, sensitivityOf } from '../../records/sensitivity.ts';
import { category, purpose } from '../../rpc/schema/record.ts';

const coded = (system: string, code: string, resourceType = 'Condition') => ({
  resourceType,
  code: { coding: [{ system, code }] },
});
const labelled = (code: string) => ({
  resourceType: 'Observation',
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code }] },
});
const ICD10 = 'http://hl7.org/fhir/sid/icd-10-cm';
const SNOMED = 'http://snomed.info/sct';
const LOINC = 'http://loinc.org';

describe('the category of a resource', () => {
  it('has a byte of its own, 1 to 12', () => {
    expect(CATEGORIES.map(categoryByte)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(CATEGORIES.map((category) => categoryOfByte(categoryByte(category)))).toEqual(CATEGORIES);
    expect([0, 13, 255].map(categoryOfByte)).toEqual([undefined, undefined, undefined]);
  });

  it('and the purpose have the same words at the doors, which may not import them', () => {
    expect(category.options).toEqual(CATEGORIES);
    expect(purpose.options).toEqual(PURPOSES);
  });

  it.each([
    [{ resourceType: 'Patient' }, 'demographics'],
    [{ resourceType: 'MedicationRequest' }, 'medications'],
    [{ resourceType: 'Condition' }, 'problems'],
    [{ resourceType: 'Observation' }, 'labs'],
    [{ resourceType: 'Observation', category: [{ coding: [{ code: 'imaging' }] }] }, 'imaging'],
    [{ resourceType: 'Observation', category: [{ coding: [{ code: 'social-history' }] }] }, 'problems'],
    [{ resourceType: 'DiagnosticReport', category: { coding: [{ code: 'RAD' }] } }, 'imaging'],
    [{ resourceType: 'DiagnosticReport', category: [{ coding: [{ code: 'GE' }] }] }, 'genomics'],
    [{ resourceType: 'ImagingStudy' }, 'imaging'],
    [{ resourceType: 'DocumentReference' }, 'notes'],
    [{ resourceType: 'SomethingOfR6' }, 'notes'],
    [{ resourceType: 'constructor' }, 'notes'],
    [{ resourceType: 'Consent' }, 'consent'],
    [{}, 'notes'],
    [null, 'notes'],
  ])('follows its type and section: %j', (resource, category) => {
    expect(categoryOfResource(resource)).toBe(category);
  });

  it('is a sensitive one where a label or a code anywhere in it calls for that', () => {
    expect(categoryOfResource(labelled('PSY'))).toBe('psychiatric');
    expect(categoryOfResource(labelled('OPIOIDUD'))).toBe('substance');
    expect(categoryOfResource(coded(ICD10, 'B20'))).toBe('hiv');
    expect(categoryOfResource(coded(ICD10, 'f32.1'))).toBe('psychiatric');
    expect(categoryOfResource(coded(ICD10, 'F10.2'))).toBe('substance');
    expect(categoryOfResource(coded(ICD10, 'F17.2'))).toBe('problems');
    expect(categoryOfResource(coded(SNOMED, '86406008'))).toBe('hiv');
    expect(categoryOfResource(coded(LOINC, '44261-6', 'Observation'))).toBe('psychiatric');
    expect(categoryOfResource({ resourceType: 'Claim', item: [{ reason: coded(SNOMED, '15628003').code }] })).toBe(
      'sexual',
    );
    // Numbers of another list are nobody's diagnosis.
    expect(categoryOfResource(coded('http://example.org', '86406008'))).toBe('problems');
  });

  it('is the strictest of several, and a patient stays demographics', () => {
    const both = { ...coded(ICD10, 'F32.1'), ...{ meta: labelled('HIV').meta } };
    expect(categoryOfResource(both)).toBe('hiv');
    expect(categoryOfResource({ ...both, resourceType: 'Patient' })).toBe('demographics');
  });
});

describe('labels', () => {
  it('say that what is sensitive is restricted, whatever was written on it', () => {
    expect(sensitivityOf('labs', [])).toEqual({ confidentiality: 'N', sensitive: [] });
    expect(sensitivityOf('hiv', ['N'])).toEqual({ confidentiality: 'R', sensitive: ['HIV'] });
    expect(sensitivityOf('labs', ['L', 'V'])).toEqual({ confidentiality: 'V', sensitive: [] });
  });

  it('of a permission reach what is named, of a denial whatever is as sensitive', () => {
    const low = sensitivityOf('labs', ['L']);
    const mental = sensitivityOf('psychiatric', []);
    const opioids = sensitivityOf('labs', ['OPIOIDUD']);
    expect(labelsPermit(['N'], low)).toBe(true);
    expect(labelsPermit(['N'], mental)).toBe(false);
    expect(labelsPermit(['R'], low)).toBe(false);
    expect(labelsPermit(['ETH'], opioids)).toBe(true);
    expect(labelsPermit(['OPIOIDUD'], sensitivityOf('substance', []))).toBe(false);
    expect(labelsDeny(['R'], mental)).toBe(true);
    expect(labelsDeny(['R'], low)).toBe(false);
    expect(labelsDeny(['N'], sensitivityOf('labs', ['V']))).toBe(true);
    expect(labelsDeny(['ETH'], opioids)).toBe(true);
  });
});
