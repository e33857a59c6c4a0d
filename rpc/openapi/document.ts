// The OpenAPI 3.1 document of the REST door: made of the path table, the schemas and the access table, nothing else.
import { ACCESS } from '../access/table.ts';
import { BASE_PATH, takesKey } from '../rest/operation.ts';
import { jsonSchema, OPERATIONS, type Operation } from '../rest/operations.ts';
import { PROBLEM_TYPE } from '../rest/problem.ts';
import { METHODS } from '../schema/methods.ts';
import { HEADERS, IDEMPOTENCY_KEY, IF_NONE_MATCH, PROBLEM_SCHEMA } from './parts.ts';
import { exampleOf } from './request-example.ts';
import { responsesOf } from './responses.ts';
import { SECURITY_SCHEMES, securityOf } from './security.ts';

type Json = Readonly<Record<string, unknown>>;

const documents = new Map<string, Json>();

/** Made once per version of the program. */
export function openApiDocument(version: string): Json {
  const made = documents.get(version) ?? makeDocument(version);
  documents.set(version, made);
  return made;
}

function makeDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.verb.toLowerCase()]: operationObject(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Wardmesh',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: `The methods of the JSON-RPC door over HTTP. Bytes are lower-case hex, amounts decimal text, times milliseconds since 1970. Refusals are ${PROBLEM_TYPE} (RFC 9457) with a stable \`code\`.`,
    },
    servers: [{ url: BASE_PATH }],
    tags: [...new Set(OPERATIONS.map(areaOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: HEADERS,
      parameters: { 'Idempotency-Key': IDEMPOTENCY_KEY, 'If-None-Match': IF_NONE_MATCH },
      schemas: schemas(),
    },
  };
}

function schemas(): Json {
  const named: Record<string, Json> = { Problem: PROBLEM_SCHEMA };
  for (const operation of OPERATIONS) {
    named[resultName(operation)] = jsonSchema(METHODS[operation.method].result, 'output');
    if (operation.body !== undefined) named[bodyName(operation)] = operation.body;
  }
  return named;
}

function operationObject(operation: Operation): Json {
  const { method, spec, id, verb, body } = operation;
  const rule = ACCESS[method];
  const parameters = operation.parameters.map((parameter) => ({
    ...parameter,
    ...exampleMember(operation, parameter.name),
  }));
  const headers = [
    ...(verb === 'GET' ? ['If-None-Match'] : []),
    ...(takesKey(operation) ? ['Idempotency-Key'] : []),
  ].map((name) => ({ $ref: `#/components/parameters/${name}` }));
  const result = {
    schema: jsonSchema(spec.result, 'output'),
    ref: { $ref: `#/components/schemas/${resultName(operation)}` },
  };
  return {
    operationId: id,
    tags: [areaOf(operation)],
    summary: spec.summary,
    security: securityOf(rule),
    parameters: [...parameters, ...headers],
    ...(body !== undefined && {
      requestBody: {
        required: ((body['required'] ?? ['']) as readonly string[]).length > 0,
        content: {
          'application/json': {
            schema: { $ref: `#/components/schemas/${bodyName(operation)}` },
            example: exampleOf(operation).body ?? {},
          },
        },
      },
    }),
    responses: responsesOf(operation, rule, result),
    'x-method': method,
    'x-cost': spec.cost ?? 1,
  };
}

function exampleMember(operation: Operation, name: string): Json {
  const { segments, query } = exampleOf(operation);
  const value = segments[name] ?? query[name];
  return value === undefined ? {} : { example: value };
}

export function areaOf({ method }: Operation): string {
  return method.split('_')[0];
}

function resultName({ method }: Operation): string {
  return `${method}_result`;
}

function bodyName({ method }: Operation): string {
  return `${method}_body`;
}
