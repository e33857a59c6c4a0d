// What a FHIR Observation says, as far as a table of results shows it. Whatever is not as FHIR has it is as good as missing.

export type Flag = 'normal' | 'abnormal' | 'low' | 'high' | 'very-low' | 'very-high';

export interface Observed {
  readonly value: string | undefined;
  readonly range: string | undefined;
  readonly flag: Flag | undefined;
  /** ms, when it was collected. */
  readonly at: number | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Codes of v3-ObservationInterpretation. */
const FLAGS: Readonly<Record<string, Flag>> = {
  N: 'normal',
  A: 'abnormal',
  AA: 'abnormal',
  L: 'low',
  LL: 'very-low',
  H: 'high',
  HH: 'very-high',
};

export function observationOf(text: string | null): Observed | undefined {
  const resource = parsed(text);
  if (resource === undefined) return undefined;
  const [range] = list(resource['referenceRange']);
  const value =
    measured(resource) ?? (list(resource['component']).map(componentOf).filter(Boolean).join('; ') || undefined);
  return { value, range: rangeOf(range), flag: flagOf(resource) ?? byRange(resource, range), at: collected(resource) };
}

function componentOf(component: Json): string {
  const value = measured(component);
  return value === undefined ? '' : `${wordsOf(component['code']) ?? ''} ${value}`.trim();
}

function measured(of: Json): string | undefined {
  const { valueString, valueInteger, valueBoolean, valueCodeableConcept } = of;
  if (typeof valueString === 'string') return valueString;
  if (typeof valueInteger === 'number' || typeof valueBoolean === 'boolean')
    return String(valueInteger ?? valueBoolean);
  return quantity(of['valueQuantity']) ?? wordsOf(valueCodeableConcept);
}

function quantity(value: unknown): string | undefined {
  const { value: number, unit, comparator } = json(value);
  if (typeof number !== 'number') return undefined;
  const parts = [typeof comparator === 'string' ? comparator : '', String(number)];
  return `${parts.join('')}${typeof unit === 'string' ? ` ${unit}` : ''}`;
}

function rangeOf(range: Json | undefined): string | undefined {
  if (range === undefined) return undefined;
  const text = range['text'];
  if (typeof text === 'string') return text;
  const [low, high] = [quantity(range['low']), quantity(range['high'])];
  if (low === undefined && high === undefined) return undefined;
  return `${low ?? ''} – ${high ?? ''}`.trim();
}

function flagOf(resource: Json): Flag | undefined {
  const codes = list(resource['interpretation']).flatMap((concept) => list(concept['coding']));
  return codes.map(({ code }) => FLAGS[String(code)]).find((flag) => flag !== undefined);
}

/** Where the laboratory gave a range and no flag. */
function byRange(resource: Json, range: Json | undefined): Flag | undefined {
  const { value } = json(resource['valueQuantity']);
  const [low, high] = ['low', 'high'].map((end) => json(range?.[end])['value']);
  if (typeof value !== 'number') return undefined;
  if (typeof low === 'number' && value < low) return 'low';
  if (typeof high === 'number' && value > high) return 'high';
  return typeof low === 'number' && typeof high === 'number' ? 'normal' : undefined;
}

function collected(resource: Json): number | undefined {
  const { effectiveDateTime, effectivePeriod, issued } = resource;
  const text = effectiveDateTime ?? json(effectivePeriod)['start'] ?? issued;
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The words of a CodeableConcept. */
export function wordsOf(concept: unknown): string | undefined {
  const { text, coding } = json(concept);
  const display = list(coding)
    .map((one) => one['display'])
    .find((one) => typeof one === 'string');
  return typeof text === 'string' ? text : typeof display === 'string' ? display : undefined;
}

export function parsed(text: string | null): Json | undefined {
  if (text === null) return undefined;
  try {
    return json(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function list(value: unknown): Json[] {
  return (Array.isArray(value) ? value : []).map(json);
}

function json(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
