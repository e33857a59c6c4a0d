// Which FHIR resource belongs to which category. Labels speak first, then sensitive codes anywhere in the resource, then its
// type. Owns no decision: consent/ does.
import type { Category } from './category.ts';
import { sensitiveCategories } from './sensitive-codes.ts';
import { isSensitiveLabel, securityLabels } from './sensitivity.ts';

/** Of several that a resource calls for, the first: where a leak does most harm. */
const STRICTEST_FIRST: readonly Category[] = ['hiv', 'substance', 'psychiatric', 'sexual', 'genomics'];

const LABEL_CATEGORIES: Readonly<Record<string, Category>> = {
  HIV: 'hiv',
  ETH: 'substance',
  ETHUD: 'substance',
  OPIOIDUD: 'substance',
  PSY: 'psychiatric',
  PSYTHPN: 'psychiatric',
  BH: 'psychiatric',
  MH: 'psychiatric',
  SDV: 'sexual',
  SEX: 'sexual',
  STD: 'sexual',
  GDIS: 'genomics',
};

const TYPES: Readonly<Record<string, Category>> = {
  Patient: 'demographics',
  Person: 'demographics',
  RelatedPerson: 'demographics',
  Coverage: 'demographics',
  Organization: 'demographics',
  Location: 'demographics',
  Practitioner: 'demographics',
  PractitionerRole: 'demographics',
  Account: 'demographics',
  Appointment: 'demographics',
  AppointmentResponse: 'demographics',
  AllergyIntolerance: 'medications',
  Immunization: 'medications',
  ImmunizationEvaluation: 'medications',
  ImmunizationRecommendation: 'medications',
  Medication: 'medications',
  MedicationAdministration: 'medications',
  MedicationDispense: 'medications',
  MedicationRequest: 'medications',
  MedicationStatement: 'medications',
  AdverseEvent: 'problems',
  CarePlan: 'problems',
  CareTeam: 'problems',
  Claim: 'problems',
  Condition: 'problems',
  DetectedIssue: 'problems',
  Device: 'problems',
  Encounter: 'problems',
  EpisodeOfCare: 'problems',
  ExplanationOfBenefit: 'problems',
  FamilyMemberHistory: 'problems',
  Flag: 'problems',
  Goal: 'problems',
  List: 'problems',
  Procedure: 'problems',
  RiskAssessment: 'problems',
  ServiceRequest: 'problems',
  DiagnosticReport: 'labs',
  Observation: 'labs',
  Specimen: 'labs',
  BodyStructure: 'imaging',
  ImagingStudy: 'imaging',
  Media: 'imaging',
  MolecularSequence: 'genomics',
  Consent: 'consent',
  Contract: 'consent',
};

/** Of HL7 table 0074 and of observation-category: what an imaging department writes. */
const IMAGING_SECTIONS = new Set(['RAD', 'RUS', 'NMR', 'CT', 'NMS', 'CUS', 'MR', 'imaging', 'LP29684-5']);

const MAX_SECTIONS = 16;
const MAX_SECTION = 64;

/** Of any JSON that claims to be a resource; a type that is not listed is a note. */
export function categoryOfResource(resource: unknown): Category {
  const { resourceType, category } = fields(resource);
  const type = typeof resourceType === 'string' ? resourceType : '';
  const byType = Object.hasOwn(TYPES, type) ? TYPES[type] : 'notes';
  if (byType === 'consent' || type === 'Patient') return byType;
  const called = new Set<Category>(
    securityLabels(resource)
      .filter((label) => isSensitiveLabel(label) && Object.hasOwn(LABEL_CATEGORIES, label))
      .map((label) => LABEL_CATEGORIES[label]),
  );
  for (const sensitive of sensitiveCategories(resource)) called.add(sensitive);
  const strictest = STRICTEST_FIRST.find((candidate) => called.has(candidate));
  if (strictest !== undefined) return strictest;
  const sections = sectionCodes(category);
  if (sections.some((code) => IMAGING_SECTIONS.has(code))) return 'imaging';
  if (sections.includes('GE')) return 'genomics';
  if (type === 'Observation' && sections.includes('social-history')) return 'problems';
  return byType;
}

/** Codes of the resource's own `category`, such as `laboratory`, each once. */
export function sectionsOfResource(resource: unknown): readonly string[] {
  return [...new Set(sectionCodes(fields(resource).category))].slice(0, MAX_SECTIONS);
}

function sectionCodes(category: unknown): string[] {
  const concepts = Array.isArray(category) ? category : [category];
  return concepts.flatMap((concept) => {
    const { coding } = fields(concept);
    const codes = Array.isArray(coding) ? coding.map((one) => fields(one).code) : [concept];
    return codes.filter((code) => typeof code === 'string' && code.length <= MAX_SECTION) as string[];
  });
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
