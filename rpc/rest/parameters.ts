// The parameters of a call from a path, a query and a body. Text becomes a number or a truth value only where the
// method's schema has one, and only in its one spelling; what fits nothing stays text, and the schema refuses it.
import { invalidParams } from '../errors.ts';
import type { JsonSchema, Operation } from './operations.ts';

const INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;

/** More pairs than any operation has parameters. */
const MAX_QUERY_PARAMETERS = 32;

/** Throws RpcError `rpc.invalid-params`. `body` is the parsed body, undefined where there is none. */
export function callParams(
  operation: Operation,
  segments: Readonly<Record<string, string>>,
  query: string,
  body: unknown,
): Readonly<Record<string, unknown>> {
  const fromPath = Object.entries(segments).map(([name, text]) => pathParameter(operation, name, text));
  const beside = operation.verb === 'GET' ? queryParams(operation, query) : bodyParams(query, body);
  for (const [name] of fromPath) {
    if (Object.hasOwn(beside, name)) throw wrong(name, 'stands in the path already');
  }
  return Object.fromEntries([...Object.entries(beside), ...fromPath]);
}

function pathParameter(operation: Operation, segment: string, text: string): [string, unknown] {
  const { schema } = operation.parameters.find(({ name }) => name === segment) as { schema: JsonSchema };
  const choice = operation.either?.[segment];
  if (choice === undefined) return [segment, coerce(text, schema)];
  const [first, second] = schema['anyOf'] as JsonSchema[];
  const value = coerce(text, first);
  return typeof value === 'string' && first['type'] !== 'string'
    ? [choice[1], coerce(text, second)]
    : [choice[0], value];
}

function queryParams(operation: Operation, query: string): Record<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, text] of queryPairs(query)) {
    if (found.has(name)) throw wrong(name, 'stands there more than once');
    const parameter = operation.parameters.find((each) => each.in === 'query' && each.name === name);
    if (parameter === undefined) throw wrong(name, 'is no parameter of this address');
    found.set(name, coerce(text, parameter.schema));
  }
  return Object.fromEntries(found);
}

function bodyParams(query: string, body: unknown): Record<string, unknown> {
  for (const [name] of queryPairs(query)) throw wrong(name, 'belongs in the body');
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw wrong('', 'the body must be an object');
  return body as Record<string, unknown>;
}

function queryPairs(query: string): (readonly [string, string])[] {
  if (query === '') return [];
  const parts = query.split('&');
  if (parts.length > MAX_QUERY_PARAMETERS) throw wrong('', 'too many parameters');
  return parts.map((part) => {
    const at = part.indexOf('=');
    if (at <= 0) throw wrong('', 'expected name=value');
    return [decode(part.slice(0, at)), decode(part.slice(at + 1))] as const;
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw wrong('', 'is not percent-encoded UTF-8');
  }
}

function coerce(text: string, schema: JsonSchema): unknown {
  const { type } = schema;
  if (type === 'integer' && INTEGER.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function wrong(path: string, message: string): Error {
  return invalidParams([{ path: path.slice(0, 200), message }]);
}
