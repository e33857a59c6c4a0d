// FHIR patients of nobody: US social security numbers that begin with 9 are never issued.

export interface MadeUpPatient {
  readonly number: string;
  readonly resource: Record<string, unknown>;
}

/** `set` makes other persons of the same index. */
export function madeUpPatients(count: number, set = 0): MadeUpPatient[] {
  return Array.from({ length: count }, (_, index) => {
    const serial = String(((set * 1_000) % 9_000) + index + 1).padStart(4, '0');
    const number = `9${String(50 + (set % 40)).padStart(2, '0')}-${String(70 + (index % 19)).padStart(2, '0')}-${serial}`;
    return {
      number,
      resource: {
        resourceType: 'Patient',
        id: `made-up-${set}-${index}`,
        identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: number }],
        name: [{ use: 'official', family: `Familyname${serial}`, given: [`Givenname${index}`, 'Middleton'] }],
        telecom: [{ system: 'phone', value: `555-0100-${serial}` }],
        address: [{ line: [`${index + 1} Invented Street`], city: 'Nowhere', country: 'US' }],
        birthDate: `19${String(30 + (index % 60)).padStart(2, '0')}-0${1 + (index % 9)}-1${index % 9}`,
        gender: index % 2 === 0 ? 'female' : 'male',
      },
    };
  });
}
