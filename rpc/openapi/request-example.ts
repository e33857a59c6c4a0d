// An example of a method's parameters, laid out as the request of one of its operations: path, query, body.
import type { Operation } from '../rest/operations.ts';
import { EXAMPLES } from './examples.ts';
import { sampleOf } from './sample.ts';

export interface RequestExample {
  readonly segments: Readonly<Record<string, string | number>>;
  readonly query: Readonly<Record<string, string | number | boolean>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

type Plain = string | number;

export function exampleParams({ id, method }: Operation): Readonly<Record<string, unknown>> {
  return EXAMPLES[id] ?? EXAMPLES[method] ?? {};
}

export function exampleOf(operation: Operation): RequestExample {
  const rest: Record<string, unknown> = { ...exampleParams(operation) };
  const segments: Record<string, Plain> = {};
  for (const { name, in: place, schema } of operation.parameters) {
    if (place !== 'path') continue;
    const given = (operation.either?.[name] ?? [name]).find((each) => each in rest);
    segments[name] = (given === undefined ? sampleOf(schema, name) : rest[given]) as Plain;
    if (given !== undefined) delete rest[given];
  }
  const names = new Set(operation.parameters.filter((each) => each.in === 'query').map(({ name }) => name));
  const query = Object.fromEntries(Object.entries(rest).filter(([name]) => names.has(name))) as Record<string, Plain>;
  return { segments, query, body: operation.body === undefined ? undefined : rest };
}

/** The address below the base, percent-encoded. */
export function exampleAddress({ path }: Operation, { segments, query }: RequestExample): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_all, name: string) => encodeURIComponent(String(segments[name])));
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
}
