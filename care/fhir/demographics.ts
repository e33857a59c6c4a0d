// What a FHIR Patient says of names, birth and address, as far as duplicates are found by it. Never throws: whatever is not
// as FHIR has it is as good as missing.
import type { FhirPatient } from './patient-schema.ts';

export interface PatientDemographics {
  readonly given: string | undefined;
  readonly family: string | undefined;
  readonly birthDate: string | undefined;
  readonly postcode: string | undefined;
  /** First line of the address. */
  readonly line: string | undefined;
  /** One of twins or more. */
  readonly multipleBirth: boolean;
}

/** Names and addresses that are of no use any more. */
const FORMER = new Set<unknown>(['old', 'maiden', 'anonymous']);

export function demographicsOf(patient: FhirPatient): PatientDemographics {
  const name = nameOf(patient);
  const address = addressOf(patient);
  const { multipleBirthBoolean, multipleBirthInteger } = patient;
  return {
    given: textOf(name?.given?.[0]),
    family: textOf(name?.family),
    birthDate: textOf(patient.birthDate),
    postcode: textOf(address['postalCode']),
    line: textOf(Array.isArray(address['line']) ? address['line'][0] : undefined),
    multipleBirth: multipleBirthBoolean === true || multipleBirthInteger !== undefined,
  };
}

/** The name that counts now. */
export function nameOf({ name: named = [] }: FhirPatient): NonNullable<FhirPatient['name']>[number] | undefined {
  return named.find(({ use }) => use === 'official') ?? named.find(({ use }) => !FORMER.has(use)) ?? named[0];
}

function addressOf(patient: FhirPatient): Record<string, unknown> {
  const all: unknown = (patient as Record<string, unknown>)['address'];
  const addresses = (Array.isArray(all) ? all : []).filter(
    (one): one is Record<string, unknown> => typeof one === 'object' && one !== null,
  );
  return addresses.find((one) => one['use'] === 'home') ?? addresses.find((one) => one['use'] !== 'old') ?? {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
