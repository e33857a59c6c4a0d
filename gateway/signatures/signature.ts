// What an attack signature is: data that one automaton can match, never code and never a regular expression.
// Owns the shape and the bounds; bytes are in signature-codec.ts, the written form of a pattern in glob.ts.
import {
  SIGNATURE_FIELDS,
  type SignatureCategory,
  type SignatureField,
  type SignatureSeverity,
  type SignatureView,
} from '../../common/threat-names.ts';

/** Literals in this order with anything between them; anchored at the start, the end or both. */
export interface Pattern {
  readonly start: boolean;
  readonly end: boolean;
  /** Of what `normalise.ts` gives: printable ASCII without capitals. */
  readonly literals: readonly string[];
}

export interface Condition extends Pattern {
  /** Holds when the pattern is found in one of these, in the order of SIGNATURE_FIELDS. */
  readonly fields: readonly SignatureField[];
  readonly view: SignatureView;
}

/** What is proposed and confirmed: at most MAX_SIGNATURE_BYTES when encoded. */
export interface SignatureDefinition {
  /** `[a-z0-9-]`, at most MAX_NAME_CHARS. */
  readonly name: string;
  readonly category: SignatureCategory;
  readonly severity: SignatureSeverity;
  /** What a match adds to the score: 1 to MAX_SIGNATURE_POINTS. */
  readonly points: number;
  /** All must hold. */
  readonly conditions: readonly Condition[];
  /** ms since 1970, rounded down to DETECTED_STEP; 0 for the starter set. */
  readonly detectedAt: number;
  /** Lower bounds out of COUNT_BUCKETS: how many sources and requests showed it. */
  readonly sources: number;
  readonly requests: number;
}

export interface Signature extends SignatureDefinition {
  /** `starter/<name>`, or the object id on the chain in hex. */
  readonly id: string;
  /** ms since 1970: a match before is in the shadow and has no effect. */
  readonly effectiveFrom: number;
}

export const MAX_SIGNATURE_BYTES = 256;
/** A single signature is far from 60, the score that refuses. */
export const MAX_SIGNATURE_POINTS = 30;
export const MAX_CONDITIONS = 8;
export const MAX_LITERALS = 8;
export const MAX_NAME_CHARS = 40;
/** Shortest literal that every signature needs in a field which a client writes freely. */
export const MIN_TELLING_CHARS = 3;
export const COUNT_BUCKETS = [0, 1, 10, 20, 50, 100, 500, 1_000, 5_000, 10_000, 100_000] as const;
/** Detection times are rounded down to ten minutes, like those of reports. */
export const DETECTED_STEP = 600_000;
/** In one matcher, the starter set included: bounds its automaton. */
export const MAX_SIGNATURES = 2_048;

/** The bucket of a count: the highest lower bound that it reaches. */
export function bucketOf(count: number): number {
  return COUNT_BUCKETS.findLast((bound) => bound <= count) ?? 0;
}

/** What is wrong with a definition, or undefined. Length in bytes is the codec's. */
export function flawOf(definition: SignatureDefinition): string | undefined {
  const { name, points, conditions, detectedAt, sources, requests } = definition;
  if (!/^[a-z0-9-]+$/.test(name) || name.length > MAX_NAME_CHARS) return 'name';
  if (!Number.isInteger(points) || points < 1 || points > MAX_SIGNATURE_POINTS) return 'points';
  if (!Number.isSafeInteger(detectedAt) || detectedAt < 0 || detectedAt % DETECTED_STEP !== 0) return 'detectedAt';
  if (!isBucket(sources) || !isBucket(requests)) return 'counts';
  if (conditions.length < 1 || conditions.length > MAX_CONDITIONS) return 'conditions';
  if (!conditions.every(isSound)) return 'condition';
  return conditions.some(tells) ? undefined : 'too-general';
}

function isBucket(count: number): boolean {
  return (COUNT_BUCKETS as readonly number[]).includes(count);
}

function isSound({ fields, view, literals }: Condition): boolean {
  if (fields.length === 0 || literals.length < 1 || literals.length > MAX_LITERALS) return false;
  const order = fields.map((field) => SIGNATURE_FIELDS.indexOf(field));
  if (order.some((place, i) => place < 0 || (i > 0 && place <= order[i - 1]))) return false;
  // Method and header order are matched as they are: they have no shape.
  if (view === 'shape' && fields.some(isFixed)) return false;
  const allowed = view === 'shape' ? /^[ !#-*,-0:-@[\]_a-~]+$/ : /^[ -@[-~]+$/;
  return literals.every((literal) => allowed.test(literal));
}

function isFixed(field: SignatureField): boolean {
  return field === 'method' || field === 'header-order';
}

/** A condition that everybody meets (any POST, any browser's headers, one letter) tells nothing. */
function tells({ fields, literals }: Condition): boolean {
  return !fields.some(isFixed) && literals.some((literal) => literal.trim().length >= MIN_TELLING_CHARS);
}
