// What a FHIR Patient says of a person as far as staff tell patients apart by it: name, birth date, sex. Never throws:
// whatever is not as FHIR has it is as good as missing.
import { demographicsOf, nameOf } from './demographics.ts';
import type { FhirPatient } from './patient-schema.ts';

export interface PatientCard {
  readonly family: string;
  readonly given: string;
  readonly title: string;
  /** YYYY, YYYY-MM or YYYY-MM-DD. */
  readonly birthDate: string;
  readonly sex: 'female' | 'male' | 'other' | 'unknown' | '';
}

const SEXES = ['female', 'male', 'other', 'unknown'] as const;

/** Empty for what is missing. */
export function cardOf(patient: FhirPatient): PatientCard {
  const name = nameOf(patient);
  return {
    family: textOf(name?.family),
    given: wordsOf(name?.given),
    title: wordsOf(name?.prefix),
    birthDate: demographicsOf(patient).birthDate ?? '',
    sex: SEXES.find((sex) => sex === patient.gender) ?? '',
  };
}

function wordsOf(value: unknown): string {
  return (Array.isArray(value) ? value : []).map(textOf).filter(Boolean).join(' ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
