// What the import has to know of any resource, whatever its type: name, patient, encounter, time, category. Reads the few
// elements that say so and leaves the rest alone. Never throws on input that measureJson let through.
import type { Category } from '../../records/category.ts';
import { categoryOfResource, sectionsOfResource } from '../../records/classify.ts';
import { fhirInstant } from '../../records/consent/fhir-dates.ts';
import { securityLabels } from '../../records/sensitivity.ts';
import { resourceTypeOf } from './patient.ts';

export interface ResourceFacts {
  readonly type: string;
  /** Undefined for a resource without one; `bad` for one that FHIR does not allow. */
  readonly id: string | 'bad' | undefined;
  readonly category: Category;
  /** Codes of its `category`, such as `laboratory`. */
  readonly sections: readonly string[];
  /** Codes of `meta.security`. */
  readonly labels: readonly string[];
  /** Of the care that it tells of, ms since 1970. */
  readonly writtenAt: number | undefined;
  /** As it refers to them, such as `Patient/1`, `urn:uuid:...`. */
  readonly patients: readonly string[];
  readonly encounters: readonly string[];
  /** In words, for lists; empty where it has none. */
  readonly title: string;
}

type Json = Readonly<Record<string, unknown>>;

const ID = /^[A-Za-z0-9.-]{1,64}$/;
const MAX_REFERENCES = 16;
const MAX_TITLE = 200;
/** Elements by which resources name the patient that they are about (the patient compartment of R4). */
const PATIENTS = ['subject', 'patient', 'beneficiary', 'for', 'individual'];
const ENCOUNTERS = ['encounter', 'context'];
const TIMES = [
  ...['effectiveDateTime', 'effectiveInstant', 'performedDateTime', 'occurrenceDateTime', 'onsetDateTime', 'started'],
  ...['authoredOn', 'recordedDate', 'date', 'dateTime', 'issued', 'created', 'recorded', 'start', 'dateWritten'],
];
const PERIODS = ['effectivePeriod', 'performedPeriod', 'period', 'billablePeriod'];
const NAMES = ['code', 'vaccineCode', 'medicationCodeableConcept', 'type', 'description', 'title', 'class'];

/** Undefined for what is no resource. */
export function readResource(json: unknown): ResourceFacts | undefined {
  const type = resourceTypeOf(json);
  if (type === undefined) return undefined;
  const fields = json as Json;
  const { id } = fields;
  return {
    type,
    id: id === undefined ? undefined : typeof id === 'string' && ID.test(id) ? id : 'bad',
    category: categoryOfResource(json),
    sections: sectionsOfResource(json),
    labels: securityLabels(json),
    writtenAt: timeOf(fields),
    patients: patientsOf(type, fields),
    encounters: references(ENCOUNTERS.map((name) => fields[name])),
    title: titleOf(fields),
  };
}

function patientsOf(type: string, fields: Json): readonly string[] {
  const { participant, id } = fields;
  if (type === 'Patient') return typeof id === 'string' ? [`Patient/${id}`] : [];
  const actors = Array.isArray(participant)
    ? participant.slice(0, MAX_REFERENCES).map((one) => objectOf(one).actor)
    : [];
  const named = references([...PATIENTS.map((name) => fields[name]), ...actors]);
  return named.filter((reference) => !/^(?!Patient\/)[A-Z][A-Za-z]+\//.test(reference));
}

function references(values: readonly unknown[]): readonly string[] {
  const found = values
    .flatMap((value) => (Array.isArray(value) ? value.slice(0, MAX_REFERENCES) : [value]))
    .map((value) => objectOf(value).reference)
    .filter((reference) => typeof reference === 'string');
  return [...new Set(found)].slice(0, MAX_REFERENCES);
}

function timeOf(fields: Json): number | undefined {
  const times = [...TIMES.map((name) => fields[name]), ...PERIODS.map((name) => objectOf(fields[name]).start)];
  for (const text of [...times, objectOf(fields.meta).lastUpdated]) {
    const time = text === undefined ? undefined : fhirInstant(text);
    if (time !== undefined) return time;
  }
  return undefined;
}

function titleOf(fields: Json): string {
  for (const name of NAMES) {
    const value = fields[name];
    const concept = objectOf(Array.isArray(value) ? value[0] : value);
    const { coding } = concept;
    const first = objectOf(Array.isArray(coding) ? coding[0] : undefined);
    const text = [value, concept.text, first.display, concept.display].find((one) => typeof one === 'string');
    if (typeof text === 'string' && text.trim() !== '')
      return [...text.normalize('NFC').trim()].slice(0, MAX_TITLE).join('');
  }
  return '';
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
