// One FHIR Patient read: what identifies the person, and the resource as it came; or why it is skipped. Never throws on input.
// Which identifiers count is identity/'s knowledge, handed in.

import { measureJson } from './json.ts';
import type { FhirPatient } from './patient-schema.ts';
import { patientSchema } from './patient-schema.ts';
import type { Skip } from './skip.ts';

/** The fields of an identifier that decide; `codes` are those of HL7 table 0203. */
export interface PatientIdentifierFields {
  readonly system: string | undefined;
  readonly value: string | undefined;
  readonly use: string | undefined;
  readonly codes: readonly string[];
}

/** A normalised identity document (identity/patient/document.ts). */
export interface PatientDocument {
  readonly country: string;
  readonly type: string;
  readonly number: string;
  readonly warnings: readonly string[];
}

/** Accepted documents in the order in which they count, and the codes of the refused. Never throws. */
export type DocumentReader = (identifiers: readonly PatientIdentifierFields[]) => {
  readonly documents: readonly PatientDocument[];
  readonly refused: readonly string[];
};

export type PatientReading =
  /** `identifiers` is not empty; the person is counted under the first. */
  | { readonly kind: 'patient'; readonly identifiers: readonly PatientDocument[]; readonly resource: FhirPatient }
  /** A resource of another type: not an error, not read here. */
  | { readonly kind: 'other'; readonly resourceType: string }
  | { readonly kind: 'skipped'; readonly skip: Skip };

/** Systems of HL7 table 0203 in the versions of FHIR. */
const TYPE_SYSTEMS = new Set([
  'http://terminology.hl7.org/CodeSystem/v2-0203',
  'http://hl7.org/fhir/v2/0203',
  'urn:oid:2.16.840.1.113883.18.108',
]);

export function readPatient(json: unknown, documentsOf: DocumentReader): PatientReading {
  const hostile = measureJson(json);
  if (hostile !== undefined) return skipped(hostile);
  const resourceType = resourceTypeOf(json);
  if (resourceType === undefined) return skipped({ code: 'fhir.not-a-resource' });
  if (resourceType !== 'Patient') return { kind: 'other', resourceType };
  const result = patientSchema.safeParse(json);
  if (!result.success) return skipped({ code: 'fhir.invalid', path: pathOf(result.error.issues[0].path) });
  const { documents, refused } = documentsOf((result.data.identifier ?? []).map(fieldsOf));
  if (documents.length === 0) return skipped({ code: 'fhir.no-identity', reasons: [...new Set(refused)] });
  return { kind: 'patient', identifiers: documents, resource: json as FhirPatient };
}

/** The type name of anything that claims to be a resource. */
export function resourceTypeOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'resourceType')) return undefined;
  const { resourceType } = json as { resourceType: unknown };
  return typeof resourceType === 'string' && /^[A-Z][A-Za-z]{0,63}$/.test(resourceType) ? resourceType : undefined;
}

function fieldsOf({
  system,
  value,
  use,
  type,
}: NonNullable<FhirPatient['identifier']>[number]): PatientIdentifierFields {
  const codes: string[] = [];
  for (const { system: table, code } of type?.coding ?? []) {
    if (code !== undefined && (table === undefined || TYPE_SYSTEMS.has(table))) codes.push(code);
  }
  return { system, value, use, codes };
}

/** Names of elements and indexes only: a path holds no value, but a key that is none of FHIR's might. */
function pathOf(path: readonly PropertyKey[]): string {
  return ['Patient', ...path.map((part) => (/^[A-Za-z0-9]{1,40}$/.test(String(part)) ? String(part) : '?'))].join('.');
}

function skipped(skip: Skip): PatientReading {
  return { kind: 'skipped', skip };
}
