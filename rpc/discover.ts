// The OpenRPC document, made from the schemas and nothing else.
import { z } from 'zod';
import { ruleOf, STREAM_ACCESS } from './access/table.ts';
import { DOOR_ERROR, SERVICE_ERROR } from './errors.ts';
import type { MethodSpec } from './schema/method.ts';
import { METHODS } from './schema/methods.ts';
import { STREAMS, type StreamName } from './schema/subscription.ts';

type Json = Record<string, unknown>;

const documents = new Map<string, Json>();

/** Made once per version of the program. */
export function discover(version: string): Json {
  let document = documents.get(version);
  if (document === undefined) {
    document = {
      openrpc: '1.3.2',
      info: {
        title: 'Wardmesh',
        version,
        description: 'JSON-RPC 2.0 at POST /rpc and WebSocket /rpc. Parameters go by name.',
      },
      methods: Object.entries(METHODS).map(([name, spec]) => method(name, spec)),
      'x-streams': Object.entries(STREAMS).map(([name, { filter, value }]) => ({
        name,
        'x-access': STREAM_ACCESS[name as StreamName],
        filter: schemaOf(filter, 'input'),
        value: schemaOf(value, 'output'),
      })),
    };
    documents.set(version, document);
  }
  return document;
}

function method(name: string, spec: MethodSpec): Json {
  const params = schemaOf(spec.params, 'input');
  return {
    name,
    summary: spec.summary,
    paramStructure: 'by-name',
    params: descriptors(params),
    result: { name: 'result', schema: schemaOf(spec.result, 'output') },
    errors: [
      { code: DOOR_ERROR, message: 'Refused by the door; data.code says why' },
      ...spec.errors.map((code) => ({ code: SERVICE_ERROR, message: code, data: { code } })),
    ],
    'x-access': ruleOf(name),
    'x-cost': spec.cost ?? 1,
    // Which parameters go together, where that is a choice.
    ...(params.type === 'object' ? {} : { 'x-params': params }),
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json;
}

/** One descriptor per parameter; in a union a parameter is required when every variant requires it. */
function descriptors(params: Json): Json[] {
  const variants = (params.anyOf ?? params.oneOf ?? [params]) as Json[];
  const names = new Set(variants.flatMap((variant) => Object.keys((variant.properties ?? {}) as Json)));
  return [...names].map((name) => {
    const schemas = variants.flatMap((variant) => ((variant.properties as Json)[name] as Json) ?? []);
    const required = variants.every((variant) => ((variant.required ?? []) as string[]).includes(name));
    return { name, required, schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas } };
  });
}
