// What pages say of a FHIR resource, whatever it is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceFacts } from '../../web/portal/parts/resource-facts.ts';

const say = (resource: unknown) => Object.fromEntries(resourceFacts(JSON.stringify(resource)));

describe('the facts of a resource', () => {
  it('are name, result with its unit, range, meaning, day and state of a test', () => {
    const glucose = {
      resourceType: 'Observation',
      code: { coding: [{ code: '2339-0', display: 'Glucose' }] },
      valueQuantity: { value: 6.1, comparator: '<', unit: 'mmol/L' },
      referenceRange: [{ low: { value: 3.9, unit: 'mmol/L' }, high: { value: 5.6, unit: 'mmol/L' } }],
      interpretation: [{ text: 'High' }],
      effectiveDateTime: '2026-11-20T09:00:00Z',
      status: 'final',
    };
    expect(say(glucose)).toEqual({
      ...{ what: 'Glucose', value: '< 6.1 mmol/L', range: '3.9 mmol/L – 5.6 mmol/L', meaning: 'High' },
      ...{ when: '2026-11-20', state: 'final' },
    });
  });

  it('name both figures of a blood pressure, the dose of a prescription, and the state of a problem by its code', () => {
    const figure = (text: string, value: number) => ({ code: { text }, valueQuantity: { value, unit: 'mmHg' } });
    expect(say({ component: [figure('Systolic', 120), figure('Diastolic', 80)] })).toEqual({
      value: 'Systolic 120 mmHg; Diastolic 80 mmHg',
    });
    expect(say({ medicationCodeableConcept: { text: 'Aspirin' }, dosageInstruction: [{ text: 'One a day' }] })).toEqual(
      {
        ...{ what: 'Aspirin', dose: 'One a day' },
      },
    );
    expect(say({ clinicalStatus: { coding: [{ code: 'active' }] } })).toEqual({ state: 'active' });
  });

  it('are nothing that a text of any kind could make fail, and text alone', () => {
    const names = ['code', 'valueQuantity', 'component', 'referenceRange', 'note', 'status', 'dosageInstruction'];
    const shaped = fc.dictionary(fc.constantFrom(...names), fc.jsonValue()).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), shaped), (text) => {
        for (const [, value] of resourceFacts(text)) expect(typeof value).toBe('string');
      }),
    );
  });
});
