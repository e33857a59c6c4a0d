// FHIR in bulk, one item after another: whose each resource is, under which id and category, with its text as it came.
// What is bad is an item with its reason and ends nothing. Owns no files and no records: callers bring text, keep items.
import { sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { type BundleEntry, bundleEntries, idOfUrn, insertId, rewriteReferences } from './bundle-entries.ts';
import { parseJson } from './json.ts';
import { type DocumentReader, type PatientDocument, readPatient, resourceTypeOf } from './patient.ts';
import { type ResourceFacts, readResource } from './resource.ts';
import type { Skip } from './skip.ts';

/** A resource ready to be kept: always with an id, its references within the Bundle as `Type/id`. */
export interface ImportedResource extends Omit<ResourceFacts, 'patients' | 'id'> {
  readonly id: string;
  readonly text: string;
}

/** `fhir.no-patient`: it names a patient who is not among those read, or who was skipped. */
export type ImportSkip = Skip | { readonly code: 'fhir.no-patient' | 'fhir.too-many-patients'; readonly path?: string };

/** `patient` is the key that the patient's own item came with. `line` counts lines, or entries of a Bundle, from 1. */
export type ImportItem = { readonly line: number } & (
  | {
      readonly kind: 'patient';
      readonly patient: string;
      readonly identifiers: readonly PatientDocument[];
      readonly resource: ImportedResource;
    }
  | { readonly kind: 'resource'; readonly patient: string; readonly resource: ImportedResource }
  /** About nobody: an organisation, a place. */
  | { readonly kind: 'shared'; readonly resource: ImportedResource }
  | { readonly kind: 'skipped'; readonly type: string | undefined; readonly skip: ImportSkip }
);

export type PatientItem = Extract<ImportItem, { kind: 'patient' }>;

/** Patients of one import that later lines may name. */
export const MAX_IMPORT_PATIENTS = 200_000;
/** To find the patients of an NDJSON file without parsing the rest of it. */
const PATIENT_LINE = /"resourceType"\s*:\s*"Patient"/;
const encoder = new TextEncoder();

interface Parsed {
  readonly line: number;
  readonly json: unknown;
  readonly facts: ResourceFacts;
  readonly id: string;
  readonly entry: BundleEntry;
}

export class FhirImport {
  private readonly documentsOf: DocumentReader;
  /** Whether the patient of that id was taken. */
  private readonly patients = new Map<string, boolean>();

  constructor(modules: { readonly documentsOf: DocumentReader }) {
    this.documentsOf = modules.documentsOf;
  }

  /** First over all lines: patients may stand behind what is theirs. Gives those that are taken, reports nothing. */
  learn(line: string): PatientItem | undefined {
    if (!PATIENT_LINE.test(line)) return undefined;
    const item = this.line(line, 0);
    return item.kind === 'patient' ? item : undefined;
  }

  /** One resource by itself, such as a line of NDJSON. */
  line(text: string, line: number): ImportItem {
    const parsed = parse({ entry: line, fullUrl: undefined, text });
    return 'skip' in parsed ? skipped(line, parsed.type, parsed.skip) : this.item(parsed, undefined);
  }

  /** A file of one JSON value: a Bundle by its entries, patients first, or one resource. */
  *document(text: string): Generator<ImportItem> {
    // Measured entry by entry: one that is out of bounds takes no other with it.
    if (typeOf(text) === 'Bundle') yield* this.bundle(bundleEntries(text) ?? []);
    else yield this.line(text, 1);
  }

  private *bundle(entries: readonly BundleEntry[]): Generator<ImportItem> {
    const read: Parsed[] = [];
    const targets = new Map<string, string>();
    for (const entry of entries) {
      const parsed = parse(entry);
      if ('skip' in parsed) {
        yield skipped(entry.entry, parsed.type, parsed.skip);
        continue;
      }
      if (entry.fullUrl !== undefined) targets.set(entry.fullUrl, `${parsed.facts.type}/${parsed.id}`);
      read.push(parsed);
    }
    const patients = read.filter(({ facts }) => facts.type === 'Patient');
    // In a Bundle of one patient everything is of that patient, the practice that treated it among it.
    const only = patients.length === 1 ? `Patient/${patients[0].id}` : undefined;
    for (const parsed of patients) yield this.item(rewritten(parsed, targets), only);
    for (const parsed of read) if (parsed.facts.type !== 'Patient') yield this.item(rewritten(parsed, targets), only);
  }

  private item(parsed: Parsed, only: string | undefined): ImportItem {
    const { line, facts } = parsed;
    if (facts.type === 'Patient') return this.patient(parsed);
    const resource = resourceOf(parsed);
    const named = facts.patients.map(patientKey).filter((key) => key !== undefined);
    const taken = named.find((key) => this.patients.get(key) === true);
    if (taken !== undefined) return { kind: 'resource', line, patient: taken, resource };
    if (named.length === 0 && only === undefined) return { kind: 'shared', line, resource };
    if (named.length > 0 || only === undefined || this.patients.get(only) !== true) {
      return skipped(line, facts.type, { code: 'fhir.no-patient' });
    }
    return { kind: 'resource', line, patient: only, resource };
  }

  private patient(parsed: Parsed): ImportItem {
    const { line, json, facts } = parsed;
    const reading = readPatient(json, this.documentsOf);
    const patient = `Patient/${parsed.id}`;
    if (reading.kind !== 'patient') {
      return skipped(line, facts.type, reading.kind === 'skipped' ? reading.skip : { code: 'fhir.not-a-resource' });
    }
    if (this.patients.size >= MAX_IMPORT_PATIENTS && !this.patients.has(patient)) {
      return skipped(line, facts.type, { code: 'fhir.too-many-patients' });
    }
    this.patients.set(patient, true);
    return { kind: 'patient', line, patient, identifiers: reading.identifiers, resource: resourceOf(parsed) };
  }
}

function typeOf(text: string): string | undefined {
  try {
    return resourceTypeOf(JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text));
  } catch {
    return undefined;
  }
}

/** One resource by itself, whosever it is: for a caller who knows. */
export function readOne(text: string): ImportedResource | { readonly skip: Skip } {
  const parsed = parse({ entry: 1, fullUrl: undefined, text });
  return 'skip' in parsed ? { skip: parsed.skip } : resourceOf(parsed);
}

function parse(entry: BundleEntry): Parsed | { readonly skip: Skip; readonly type: string | undefined } {
  const parsed = parseJson(entry.text);
  if ('skip' in parsed) return { skip: parsed.skip, type: undefined };
  const facts = readResource(parsed.json);
  if (facts === undefined) return { skip: { code: 'fhir.not-a-resource' }, type: undefined };
  if (facts.id === 'bad') return { skip: { code: 'fhir.invalid', path: `${facts.type}.id` }, type: facts.type };
  // The same content has the same id at every import.
  const id =
    facts.id ?? idOfUrn(entry.fullUrl) ?? `c-${toHex(sha256(encoder.encode(canonicalJson(parsed.json)))).slice(0, 32)}`;
  return { line: entry.entry, json: parsed.json, facts, id, entry };
}

/** Facts anew where the text changed: what was `urn:uuid:...` has a name now. */
function rewritten(parsed: Parsed, targets: ReadonlyMap<string, string>): Parsed {
  const text = rewriteReferences(parsed.entry.text, targets);
  if (text === parsed.entry.text) return parsed;
  const { patients, encounters } = parsed.facts;
  const named = (reference: string) => targets.get(reference) ?? reference;
  const facts = { ...parsed.facts, patients: patients.map(named), encounters: encounters.map(named) };
  return { ...parsed, facts, entry: { ...parsed.entry, text } };
}

function resourceOf({ facts, id, entry }: Parsed): ImportedResource {
  const { patients: _, id: written, ...rest } = facts;
  return { ...rest, id, text: written === undefined ? insertId(entry.text, id) : entry.text };
}

/** `Patient/1` of `Patient/1`, of `https://elsewhere/fhir/Patient/1` and of a version of it. */
function patientKey(reference: string): string | undefined {
  const match = /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(reference);
  return match === null ? undefined : `Patient/${match[1]}`;
}

function skipped(line: number, type: string | undefined, skip: ImportSkip): ImportItem {
  return { kind: 'skipped', line, type, skip };
}
