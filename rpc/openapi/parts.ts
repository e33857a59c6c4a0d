// Parts of the OpenAPI document that every operation shares: headers, parameters of all reads and writes, the problem.

export const HEADERS = {
  ETag: { description: 'Tag of this answer, for If-None-Match.', schema: { type: 'string' } },
  Link: { description: 'The next page, `rel="next"`; absent on the last.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
  'Idempotency-Replayed': {
    description: '`true` where the answer is that of an earlier request with the same key.',
    schema: { type: 'string', enum: ['true'] },
  },
} as const;

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A name for this write, made by the caller: sent again with the same request, it is not done again and has the same answer, for 24 hours and over a restart of the node.',
  schema: { type: 'string', minLength: 1, maxLength: 130 },
  example: '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
} as const;

export const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'Tags of answers that the caller has; 304 when one of them is still right.',
  schema: { type: 'string' },
} as const;

export const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Problem details (RFC 9457). Further members are the metadata of the code.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: '`urn:wardmesh:problem:` and the code.' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'A sentence for people.' },
    code: { type: 'string', description: 'Stable name of the reason, the same as in JSON-RPC answers.' },
    errors: {
      type: 'array',
      description: 'What is wrong with the parameters.',
      items: {
        type: 'object',
        required: ['in', 'pointer', 'detail'],
        properties: {
          in: { type: 'string', enum: ['path', 'query', 'body'] },
          pointer: { type: 'string', description: 'JSON pointer (RFC 6901) as a fragment.' },
          detail: { type: 'string' },
        },
      },
    },
  },
} as const;
