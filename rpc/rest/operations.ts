// The operations of the path table joined with the methods that they call: what the routes, the OpenAPI document and the
// collections are made of. Owns the join and what can be said of a method's parameters from its schema.
import { z } from 'zod';
import type { MethodSpec } from '../schema/method.ts';
import { METHODS, type MethodName } from '../schema/methods.ts';
import { hasBody, type RestPath, segmentNames } from './operation.ts';
import { type OverRest, PATHS } from './paths.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter {
  /** As it stands in the path or query. */
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export interface Operation extends RestPath {
  readonly method: MethodName;
  readonly spec: MethodSpec;
  /** The method's name, and what its path adds where a method has several. */
  readonly id: string;
  readonly segments: readonly string[];
  readonly parameters: readonly Parameter[];
  /** What the body holds; undefined where there is none. */
  readonly body: JsonSchema | undefined;
}

/** JSON Schema of a zod schema, without the dialect that OpenAPI 3.1 has anyway. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json;
}

function operationsOf(method: MethodName, spec: MethodSpec): Operation[] {
  const rows = Object.hasOwn(PATHS, method) ? PATHS[method as OverRest] : [];
  const params = jsonSchema(spec.params, 'input');
  return rows.map((row) => {
    const inPath = segmentNames(row.path);
    const taken = inPath.flatMap((name) => row.either?.[name] ?? [name]);
    const id = rows.length === 1 ? method : `${method}_${inPath.at(-1)}`;
    const path = inPath.map((name): Parameter => {
      const found = (row.either?.[name] ?? [name]).flatMap((each) => propertySchemas(params, each));
      return { name, in: 'path', required: true, schema: found.length === 1 ? found[0] : { anyOf: found } };
    });
    const query = row.verb === 'GET' && rows.length === 1 ? queryParameters(params, taken) : [];
    const body = hasBody(row.verb) ? without(params, taken) : undefined;
    const segments = row.path.split('/').slice(1);
    return { ...row, method, spec, id, segments, parameters: [...path, ...query], body };
  });
}

function variantsOf(params: JsonSchema): readonly JsonSchema[] {
  return (params['anyOf'] ?? params['oneOf'] ?? [params]) as readonly JsonSchema[];
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function propertySchemas(params: JsonSchema, name: string): JsonSchema[] {
  return variantsOf(params)
    .map((variant) => propertiesOf(variant)[name])
    .filter((schema) => schema !== undefined);
}

function queryParameters(params: JsonSchema, taken: readonly string[]): Parameter[] {
  const names = new Set(variantsOf(params).flatMap((variant) => Object.keys(propertiesOf(variant))));
  return [...names]
    .filter((name) => !taken.includes(name))
    .map((name) => {
      const required = variantsOf(params).every((variant) => ((variant['required'] ?? []) as string[]).includes(name));
      return { name, in: 'query', required, schema: propertySchemas(params, name)[0] };
    });
}

/** The schema of the parameters that the path does not take. */
function without(params: JsonSchema, taken: readonly string[]): JsonSchema {
  if (taken.length === 0) return params;
  const rest = Object.entries(propertiesOf(params)).filter(([name]) => !taken.includes(name));
  const required = ((params['required'] ?? []) as string[]).filter((name) => !taken.includes(name));
  return { ...params, properties: Object.fromEntries(rest), required };
}

export const OPERATIONS: readonly Operation[] = Object.entries(METHODS).flatMap(([method, spec]) =>
  operationsOf(method as MethodName, spec),
);
