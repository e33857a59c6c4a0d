// A FHIR R4 Consent (IHE PCF and what is like it) as terms, for the tests that decide by published consents. No door takes a FHIR
// Consent: one that is imported is a record, and what it says counts once somebody gives it as terms. What terms cannot say exactly is
// refused with its place: a consent that was half understood would permit or deny something else than the patient signed.

import { fhirBounds, fhirInstant } from '../../../records/consent/fhir-dates.ts';
import type {
  Actor,
  DataScope,
  Grantor,
  Purpose,
  Rule,
  ScopeItem,
  Span,
  Subject,
  Terms,
} from '../../../records/consent/terms.ts';
import { PURPOSES } from '../../../records/consent/terms.ts';
import { isLabel, isLabelSystem } from '../../../records/sensitivity.ts';

/** What references of a Consent mean in this network. Undefined where nothing is known. */
export interface ConsentReferences {
  /** `Patient/...` of the Consent. */
  subject(reference: string): Subject | undefined;
  /** Who performed it for whom. */
  grantor(performer: string, patient: string): Grantor | undefined;
  /** A Group gives its members. */
  actors(reference: string): readonly Actor[] | undefined;
  /** Id of the record of a resource. */
  record(reference: string): Uint8Array | undefined;
  /** The study that a purpose which is not of v3-ActReason names. */
  study(system: string, code: string): string | undefined;
}

export type ConsentReading =
  | { readonly terms: Terms; readonly status: 'active' | 'inactive' }
  | { readonly refused: ConsentRefusal; readonly path: string };

export type ConsentRefusal =
  /** No Consent of R4, or none about privacy. */
  | 'consent.invalid'
  /** An element that terms have no word for. */
  | 'consent.unsupported'
  /** A reference, purpose or label that is not known here. */
  | 'consent.unknown';

const ACT_REASON = /^http:\/\/(terminology\.hl7\.org\/CodeSystem|hl7\.org\/fhir)\/v3[-/]ActReason$/;
const RECIPIENTS = new Set(['IRCP', 'PRCP']);
const SCOPES = new Set(['patient-privacy', 'research']);
/** Elements of a provision that only widen the words, not the meaning, and that PCF leaves out. */
const ACCESS_ACTIONS = new Set(['access', 'use']);
const LIST_LIMIT = 256;

type Json = Readonly<Record<string, unknown>>;

class Refusal extends Error {
  readonly refused: ConsentRefusal;
  readonly path: string;

  constructor(refused: ConsentRefusal, path: string) {
    super(refused);
    this.refused = refused;
    this.path = path;
  }
}

/** Never throws on input. */
export function consentFromFhir(json: unknown, references: ConsentReferences): ConsentReading {
  try {
    return read(object(json, 'Consent'), references);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: error.refused, path: error.path };
  }
}

function read(consent: Json, references: ConsentReferences): ConsentReading {
  if (consent.resourceType !== 'Consent') throw new Refusal('consent.invalid', 'Consent');
  const scopes = codes(object(consent.scope, 'Consent.scope'), 'Consent.scope');
  if (!scopes.some(({ code }) => SCOPES.has(code))) throw new Refusal('consent.unsupported', 'Consent.scope');
  const patient = reference(consent.patient, 'Consent.patient');
  const subject = known(references.subject(patient), 'Consent.patient');
  // Without a performer the patient is taken to have given it itself (R4 6.2.2).
  const performers = list(consent.performer, 'Consent.performer');
  const performer = performers.length === 0 ? patient : reference(performers[0], 'Consent.performer');
  if (performers.length > 1) throw new Refusal('consent.unsupported', 'Consent.performer');
  const grantor = known(references.grantor(performer, patient), 'Consent.performer');
  const givenAt = fhirInstant(consent.dateTime);
  if (givenAt === undefined) throw new Refusal('consent.invalid', 'Consent.dateTime');
  const root = object(consent.provision ?? {}, 'Consent.provision');
  const rule = readRule(root, 'Consent.provision', baseEffect(consent, root), references);
  const exceptions = list(root.provision, 'Consent.provision.provision').map((inner, index) =>
    readException(object(inner, 'Consent.provision'), `Consent.provision.provision.${index}`, rule.effect, references),
  );
  const source = consent.sourceReference;
  const paper = source === undefined ? undefined : references.record(reference(source, 'Consent.sourceReference'));
  const terms: Terms = {
    subject,
    grantor,
    givenAt,
    mode: 'view',
    policy: policyOf(consent),
    ...(paper === undefined ? {} : { source: paper }),
    provision: { ...rule, exceptions },
  };
  return { terms, status: consent.status === 'active' ? 'active' : 'inactive' };
}

/** R4: without a type the rule that the policy names. */
function baseEffect(consent: Json, root: Json): Rule['effect'] {
  if (root.type === 'permit' || root.type === 'deny') return root.type;
  if (root.type !== undefined || consent.policyRule === undefined) {
    throw new Refusal('consent.invalid', 'Consent.provision.type');
  }
  const rules = codes(object(consent.policyRule, 'Consent.policyRule'), 'Consent.policyRule').map(({ code }) => code);
  if (rules.includes('OPTIN')) return 'permit';
  if (rules.includes('OPTOUT')) return 'deny';
  throw new Refusal('consent.unknown', 'Consent.policyRule');
}

/** R4: an exception without a type is the opposite of what it is an exception to. */
function readException(json: Json, path: string, base: Rule['effect'], references: ConsentReferences): Rule {
  if (json.provision !== undefined) throw new Refusal('consent.unsupported', `${path}.provision`);
  const { type } = json;
  if (type !== undefined && type !== 'permit' && type !== 'deny') throw new Refusal('consent.invalid', `${path}.type`);
  return readRule(json, path, type ?? (base === 'permit' ? 'deny' : 'permit'), references);
}

function readRule(json: Json, path: string, effect: Rule['effect'], references: ConsentReferences): Rule {
  for (const element of ['class', 'code', 'modifierExtension']) {
    if (json[element] !== undefined) throw new Refusal('consent.unsupported', `${path}.${element}`);
  }
  const actions = list(json.action, `${path}.action`).flatMap((one) => codes(object(one, path), `${path}.action`));
  if (actions.length > 0 && !actions.some(({ code }) => ACCESS_ACTIONS.has(code))) {
    throw new Refusal('consent.unsupported', `${path}.action`);
  }
  return {
    effect,
    actors: list(json.actor, `${path}.actor`).flatMap((one) =>
      readActors(object(one, path), `${path}.actor`, references),
    ),
    purposes: list(json.purpose, `${path}.purpose`).map((one) => readPurpose(one, `${path}.purpose`, references)),
    period: span(json.period, `${path}.period`),
    data: readData(json, path, references),
  };
}

function readActors(json: Json, path: string, references: ConsentReferences): readonly Actor[] {
  const roles = codes(object(json.role, path), `${path}.role`);
  if (!roles.some(({ code }) => RECIPIENTS.has(code))) throw new Refusal('consent.unsupported', `${path}.role`);
  const actors = known(references.actors(reference(json.reference, `${path}.reference`)), `${path}.reference`);
  // An empty group must not become everybody.
  if (actors.length === 0) throw new Refusal('consent.unknown', `${path}.reference`);
  return actors;
}

function readPurpose(json: unknown, path: string, references: ConsentReferences): Purpose {
  const { system, code } = coding(json, path);
  if (ACT_REASON.test(system))
    return {
      code: known(
        PURPOSES.find((purpose) => purpose === code),
        path,
      ),
    };
  return { code: 'HRESCH', study: known(references.study(system, code), path) };
}

function readData(json: Json, path: string, references: ConsentReferences): DataScope {
  const labels = list(json.securityLabel, `${path}.securityLabel`).map((one) => {
    const { system, code } = coding(one, `${path}.securityLabel`);
    if (!isLabelSystem(system) || !isLabel(code)) throw new Refusal('consent.unknown', `${path}.securityLabel`);
    return code;
  });
  const items = list(json.data, `${path}.data`).flatMap((one) =>
    readItems(object(one, path), `${path}.data`, references),
  );
  return { categories: [], written: span(json.dataPeriod, `${path}.dataPeriod`), labels, items };
}

function readItems(json: Json, path: string, references: ConsentReferences): readonly ScopeItem[] {
  const to = reference(json.reference, `${path}.reference`);
  if (json.meaning === 'instance') return [{ kind: 'record', id: known(references.record(to), `${path}.reference`) }];
  if (json.meaning === 'related' && to.startsWith('Encounter/')) {
    return [{ kind: 'encounter', id: known(references.record(to), `${path}.reference`) }];
  }
  if (json.meaning !== 'authoredby') throw new Refusal('consent.unsupported', `${path}.meaning`);
  const authors = known(references.actors(to), `${path}.reference`);
  if (authors.length === 0) throw new Refusal('consent.unknown', `${path}.reference`);
  return authors.map((author) => {
    if (author.kind === 'application') throw new Refusal('consent.unsupported', `${path}.reference`);
    return { kind: 'author', author };
  });
}

function policyOf(consent: Json): string {
  const [first] = list(consent.policy, 'Consent.policy');
  const uri = first === undefined ? undefined : object(first, 'Consent.policy').uri;
  if (uri === undefined) return '';
  if (typeof uri !== 'string') throw new Refusal('consent.invalid', 'Consent.policy.uri');
  return uri;
}

/** FHIR periods include their end: the span's `until` is the first moment after it. Undefined when malformed. */
function fhirSpan(period: { readonly start?: unknown; readonly end?: unknown }): Span | undefined {
  const { start, end } = period;
  const from = start === undefined ? undefined : fhirBounds(start)?.[0];
  const until = end === undefined ? undefined : fhirBounds(end)?.[1];
  if ((start !== undefined && from === undefined) || (end !== undefined && until === undefined)) return undefined;
  if (from !== undefined && until !== undefined && from >= until && until > 0) return undefined;
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

function span(json: unknown, path: string): Span {
  if (json === undefined) return {};
  const read = fhirSpan(object(json, path));
  if (read === undefined) throw new Refusal('consent.invalid', path);
  return read;
}

function reference(json: unknown, path: string): string {
  const { reference: text } = object(json, path);
  if (typeof text !== 'string' || text.length > 512) throw new Refusal('consent.invalid', path);
  return text;
}

function codes(concept: Json, path: string): { system: string; code: string }[] {
  return list(concept.coding, path).map((one) => coding(one, path));
}

function coding(json: unknown, path: string): { system: string; code: string } {
  const { system, code } = object(json, path);
  if (typeof system !== 'string' || typeof code !== 'string') throw new Refusal('consent.invalid', path);
  return { system, code };
}

function list(json: unknown, path: string): readonly unknown[] {
  if (json === undefined) return [];
  if (!Array.isArray(json) || json.length > LIST_LIMIT) throw new Refusal('consent.invalid', path);
  return json;
}

function object(json: unknown, path: string): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Refusal('consent.invalid', path);
  return json as Json;
}

function known<T>(value: T | undefined, path: string): T {
  if (value === undefined) throw new Refusal('consent.unknown', path);
  return value;
}
