// The fields of a FHIR resource that say most to a person, whatever its type. What does not fit the shape says nothing.

export type FactName = 'what' | 'value' | 'range' | 'meaning' | 'when' | 'state' | 'dose' | 'reason' | 'note';
type Json = Readonly<Record<string, unknown>>;

const WHAT = ['code', 'medicationCodeableConcept', 'vaccineCode', 'type', 'category'];
const WHEN = [
  'effectiveDateTime',
  'onsetDateTime',
  'performedDateTime',
  'occurrenceDateTime',
  'authoredOn',
  'recordedDate',
  'date',
  'issued',
  'started',
  'created',
];

export function resourceFacts(text: string): readonly (readonly [FactName, string])[] {
  const resource = parsed(text);
  if (resource === undefined) return [];
  const first = (names: readonly string[], read: (value: unknown) => string | undefined) =>
    names.map((name) => read(resource[name])).find((found) => found !== undefined);
  const facts: [FactName, string | undefined][] = [
    ['what', first(WHAT, concept)],
    ['value', resultOf(resource) ?? components(resource.component)],
    ['range', rangeOf(resource.referenceRange)],
    ['meaning', concept(resource.interpretation)],
    ['dose', dose(resource.dosageInstruction)],
    ['reason', first(['reasonCode', 'reason'], concept)],
    ['when', first(WHEN, plain)?.slice(0, 10)],
    ['state', first(['clinicalStatus', 'status'], (value) => concept(value) ?? plain(value))],
    ['note', plain(entry(resource.note)?.text)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const]));
}

function parsed(text: string): Json | undefined {
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** Lists stand for their first entry. */
function entry(value: unknown): Json | undefined {
  return record(Array.isArray(value) ? value[0] : value);
}

function plain(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

function concept(value: unknown): string | undefined {
  const found = entry(value);
  const coding = entry(found?.coding);
  return plain(found?.text) ?? plain(coding?.display) ?? plain(coding?.code);
}

function quantity(value: unknown): string | undefined {
  const found = record(value);
  const number = plain(found?.value);
  return number === undefined
    ? undefined
    : [plain(found?.comparator), number, plain(found?.unit)].filter(Boolean).join(' ');
}

function resultOf(resource: Json): string | undefined {
  const yes = resource.valueBoolean;
  return (
    quantity(resource.valueQuantity) ??
    concept(resource.valueCodeableConcept) ??
    plain(resource.valueString) ??
    plain(resource.valueDateTime) ??
    (typeof yes === 'boolean' ? String(yes) : undefined)
  );
}

/** Such as the two figures of a blood pressure. */
function components(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const said = value.flatMap((one) => {
    const part = record(one);
    const figure = part && resultOf(part);
    return figure === undefined ? [] : [`${concept(part?.code) ?? ''} ${figure}`.trim()];
  });
  return said.length === 0 ? undefined : said.join('; ');
}

function rangeOf(value: unknown): string | undefined {
  const range = entry(value);
  const [low, high] = [quantity(range?.low), quantity(range?.high)];
  if (plain(range?.text) !== undefined) return plain(range?.text);
  if (low === undefined && high === undefined) return undefined;
  return `${low ?? ''} – ${high ?? ''}`.trim();
}

function dose(value: unknown): string | undefined {
  return plain(entry(value)?.text);
}
