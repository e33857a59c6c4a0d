// A JSON schema in one readable notation, for the reference of the RPC methods. Owns notation only.

export type Schema = Readonly<Record<string, unknown>>;

/** Patterns of rpc/schema/shapes.ts and the names that the reference explains. */
const NAMED_PATTERNS: readonly (readonly [pattern: string, name: string])[] = [
  ['^[0-9a-f]{64}$', 'hash'],
  ['^(?:[0-9a-f]{2})*$', 'hex'],
  ['^(?:0|[1-9][0-9]{0,77})$', 'decimal'],
  ['^[1-9][0-9]{0,19}$', 'amount'],
];

export function shapeText(schema: Schema): string {
  const variants = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  if (variants !== undefined) return variants.map(shapeText).join(' | ');
  if (schema['enum'] !== undefined)
    return (schema['enum'] as unknown[]).map((value) => JSON.stringify(value)).join(' | ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const { type } = schema;
  if (Array.isArray(type)) return type.map((each) => shapeText({ ...schema, type: each })).join(' | ');
  if (type === 'array') return arrayText(schema);
  if (type === 'object') return objectText(schema);
  if (type === 'string') return stringText(schema);
  if (type === 'integer' || type === 'number') return numberText(schema);
  return typeof type === 'string' ? type : 'any';
}

function arrayText(schema: Schema): string {
  const items = shapeText((schema['items'] ?? {}) as Schema);
  const inner = items.includes(' | ') ? `(${items})` : items;
  return `${inner}[]${rangeText(schema['minItems'], schema['maxItems'])}`;
}

function objectText(schema: Schema): string {
  const properties = schema['properties'] as Record<string, Schema> | undefined;
  if (properties === undefined) return 'object';
  const required = (schema['required'] ?? []) as string[];
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${shapeText(field)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function stringText(schema: Schema): string {
  const { pattern } = schema;
  const name = NAMED_PATTERNS.find(([known]) => known === pattern)?.[1];
  const range = rangeText(schema['minLength'], schema['maxLength']);
  if (name !== undefined) return `${name}${range}`;
  return typeof pattern === 'string' ? `string /${pattern}/` : `string${range}`;
}

function numberText(schema: Schema): string {
  const maximum = schema['maximum'] === Number.MAX_SAFE_INTEGER ? undefined : schema['maximum'];
  const minimum = schema['minimum'] === Number.MIN_SAFE_INTEGER ? undefined : schema['minimum'];
  const plain = minimum === 0 && maximum === undefined;
  return `${schema['type'] === 'integer' ? 'int' : 'number'}${plain ? '' : rangeText(minimum, maximum)}`;
}

function rangeText(least: unknown, most: unknown): string {
  if (least === undefined && most === undefined) return '';
  return `(${least ?? 0}..${most ?? ''})`;
}
