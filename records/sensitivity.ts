// Confidentiality and sensitivity labels of HL7 (v3-Confidentiality, v3-ActCode) as the codes that records carry and
// consents name. Owns how far a label reaches, no list of what is sensitive: sensitive-codes.ts has that.
import type { Category } from './category.ts';

/** From least to most restricted. */
const CONFIDENTIALITY = ['U', 'L', 'M', 'N', 'R', 'V'] as const;
type Confidentiality = (typeof CONFIDENTIALITY)[number];

/** A label of that kind is one of the label that it stands under. */
const BROADER: Readonly<Record<string, string>> = {
  ETHUD: 'ETH',
  OPIOIDUD: 'ETH',
  PSYTHPN: 'PSY',
  MH: 'PSY',
  STD: 'SEX',
};

/** What a category says even where nobody labelled the record. */
const IMPLIED: Readonly<Partial<Record<Category, string>>> = {
  psychiatric: 'PSY',
  sexual: 'SDV',
  hiv: 'HIV',
  substance: 'ETH',
  genomics: 'GDIS',
};

const LABEL = /^[A-Z][A-Z0-9_-]{0,15}$/;
const SYSTEMS = new Set([
  'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  'http://hl7.org/fhir/v3/Confidentiality',
  'http://hl7.org/fhir/v3/ActCode',
]);

export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

export function isLabelSystem(system: string): boolean {
  return SYSTEMS.has(system);
}

export function isSensitiveLabel(label: string): boolean {
  return !isConfidentiality(label);
}

/** `meta.security` of a resource, as codes, sorted and each once. */
export function securityLabels(resource: unknown): readonly string[] {
  const security = (resource as { meta?: { security?: unknown } } | null)?.meta?.security;
  if (!Array.isArray(security)) return [];
  const labels = new Set<string>();
  for (const coding of security) {
    const { system, code } = (coding ?? {}) as { system?: unknown; code?: unknown };
    if (typeof system === 'string' && isLabelSystem(system) && typeof code === 'string' && isLabel(code))
      labels.add(code);
  }
  return [...labels].sort();
}

export interface Sensitivity {
  readonly confidentiality: Confidentiality;
  readonly sensitive: readonly string[];
}

/** The highest mark counts, and what is sensitive is at least restricted, whatever else was written on it. */
export function sensitivityOf(category: Category, labels: readonly string[]): Sensitivity {
  const sensitive = new Set(labels.filter(isSensitiveLabel));
  const implied = IMPLIED[category];
  if (implied !== undefined) sensitive.add(implied);
  const written = labels.filter(isConfidentiality);
  const marks: readonly Confidentiality[] = [
    ...(written.length === 0 ? (['N'] as const) : written),
    ...(sensitive.size > 0 ? (['R'] as const) : []),
  ];
  const confidentiality = marks.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  return { confidentiality, sensitive: [...sensitive] };
}

/** Whether a permission for `labels` covers the record: all that is sensitive in it is named, or its very mark is. */
export function labelsPermit(labels: readonly string[], { confidentiality, sensitive }: Sensitivity): boolean {
  if (labels.includes(confidentiality)) return true;
  if (sensitive.length > 0) return sensitive.every((label) => labels.some((named) => under(label, named)));
  return labels.includes('N') && rank(confidentiality) < rank('N');
}

/** Whether a denial of `labels` reaches the record: of anything sensitive in it, or of its mark or a lower one. */
export function labelsDeny(labels: readonly string[], { confidentiality, sensitive }: Sensitivity): boolean {
  return labels.some(
    (named) =>
      (isConfidentiality(named) && rank(named) <= rank(confidentiality)) ||
      sensitive.some((label) => under(label, named)),
  );
}

function under(label: string, named: string): boolean {
  return label === named || BROADER[label] === named;
}

function isConfidentiality(label: string): label is Confidentiality {
  return (CONFIDENTIALITY as readonly string[]).includes(label);
}

function rank(mark: Confidentiality): number {
  return CONFIDENTIALITY.indexOf(mark);
}
