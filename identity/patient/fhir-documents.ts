// From the identifiers of a FHIR Patient to identity documents, in the order in which they count.
// Owns no reading of JSON: care/fhir gives plain fields.
import { codeOf } from '../../common/errors.ts';
import { countryOfAlpha3 } from './countries.ts';
import { compareDocuments, type IdentityDocument, normaliseDocument } from './document.ts';
import { canonicalSystem, type DocumentKind, kindOfSystem } from './fhir-systems.ts';

/** The fields of a FHIR Identifier that decide. `codes` are the v2-0203 codes of its type. */
export interface FhirIdentifier {
  readonly system: string | undefined;
  readonly value: string | undefined;
  readonly use: string | undefined;
  readonly codes: readonly string[];
}

export interface FhirDocuments {
  /** The first one gives the identifier under which the person is counted. */
  readonly documents: readonly IdentityDocument[];
  /** Why other identifiers were not taken: codes of IdentifierError. */
  readonly refused: readonly string[];
}

// v2-0203 codes that say what a document is, in the order in which they are looked at.
const TYPES: Readonly<Record<string, string>> = {
  SS: 'ssn',
  NI: 'nid',
  PPN: 'passport',
  PRC: 'residence',
  BCT: 'birth',
};

// Identifiers that no longer, or not yet, name the person.
const UNFIT_USES = new Set(['old', 'temp']);

/** `country` is the network's default (genesis), for types whose issuer is not said. Never throws. */
export function documentsOf(identifiers: readonly FhirIdentifier[], country: string): FhirDocuments {
  const documents = new Map<string, IdentityDocument>();
  const refused: string[] = [];
  for (const identifier of identifiers) {
    const { value, use } = identifier;
    const kind = kindOf(identifier, country);
    if (kind === undefined || value === undefined || (use !== undefined && UNFIT_USES.has(use))) continue;
    try {
      const document = normaliseDocument({ ...kind, number: value });
      const warnings = kind.assumed ? [...document.warnings, 'country-assumed'] : document.warnings;
      const key = `${document.country}|${document.type}|${document.number}`;
      if (!documents.has(key)) documents.set(key, { ...document, warnings });
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      refused.push(code);
    }
  }
  return { documents: [...documents.values()].sort(compareDocuments), refused };
}

function kindOf(identifier: FhirIdentifier, country: string): (DocumentKind & { assumed: boolean }) | undefined {
  const { system = '', codes } = identifier;
  const listed = kindOfSystem(system);
  if (listed !== undefined) return { ...listed, assumed: false };
  // http://hl7.org/fhir/sid/passport-<alpha-3>
  const passport = /^https?:\/\/hl7\.org\/fhir\/sid\/passport-([a-z]{3})$/.exec(canonicalSystem(system));
  const issuer = passport === null ? undefined : countryOfAlpha3(passport[1].toUpperCase());
  if (issuer !== undefined) return { country: issuer, type: 'passport', assumed: false };
  for (const code of codes) {
    // NNxxx: national person identifier of the country xxx.
    const national = /^NN[A-Z]{3}$/.test(code) ? countryOfAlpha3(code.slice(2)) : undefined;
    if (national !== undefined) return { country: national, type: 'nid', assumed: false };
    if (Object.hasOwn(TYPES, code)) return { country, type: TYPES[code], assumed: true };
    if (code === 'MR') return medicalRecord(system, country);
  }
  return undefined;
}

/** A medical record number counts only with its system, which names the clinic that gave it. */
function medicalRecord(system: string, country: string): (DocumentKind & { assumed: boolean }) | undefined {
  const issuer = system
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '');
  if (!/^[a-z0-9](?:[a-z0-9._:/-]{0,78}[a-z0-9])?$/.test(issuer)) return undefined;
  return { country, type: `mrn@${issuer}`, assumed: false };
}
