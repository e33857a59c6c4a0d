// The answers of an operation in the OpenAPI document: its result, 304, and a problem for each status it can refuse with.
import type { AccessRule } from '../access/rule.ts';
import { doorError, RpcError, SERVICE_ERROR } from '../errors.ts';
import { hasBody, takesKey } from '../rest/operation.ts';
import type { Operation } from '../rest/operations.ts';
import { PROBLEM_TYPE, problemOf, problemTitle } from '../rest/problem.ts';
import { statusOf } from '../rest/status.ts';
import { sampleOf } from './sample.ts';

type Json = Readonly<Record<string, unknown>>;

export function responsesOf(operation: Operation, rule: AccessRule, result: { schema: Json; ref: Json }): Json {
  const headers = {
    ...(operation.verb === 'GET' && { ETag: { $ref: '#/components/headers/ETag' } }),
    ...(operation.page !== undefined && { Link: { $ref: '#/components/headers/Link' } }),
    ...(takesKey(operation) && { 'Idempotency-Replayed': { $ref: '#/components/headers/Idempotency-Replayed' } }),
  };
  const success = {
    description: 'The result.',
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { 'application/json': { schema: result.ref, example: sampleOf(result.schema) } },
  };
  return {
    [operation.status ?? 200]: success,
    ...(operation.verb === 'GET' && { 304: { description: 'Nothing changed since the answer with this tag.' } }),
    ...problems(operation, rule),
  };
}

/** One answer a status, with the codes that come with it. */
function problems(operation: Operation, rule: AccessRule): Json {
  const byStatus = new Map<number, Set<string>>();
  for (const code of codesOf(operation, rule)) {
    const status = statusOf(code);
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  const rows = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(rows.map(([status, codes]) => [status, problemAnswer(status, [...codes])]));
}

function problemAnswer(status: number, codes: readonly string[]): Json {
  const [code] = codes;
  const error =
    exampleDoorError(code) ??
    new RpcError({ code: code.replace(/\.\*$/, '.refused'), number: SERVICE_ERROR, details: {} }, problemTitle(status));
  return {
    description: codes.map((each) => `\`${each}\``).join(', '),
    ...(status === 429 && { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }),
    content: {
      [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' }, example: { ...problemOf(error), status } },
    },
  };
}

function exampleDoorError(code: string): RpcError | undefined {
  return code.startsWith('rpc.') && code !== 'rpc.invalid-params' && code !== 'rpc.bad-cursor'
    ? doorError(code as Parameters<typeof doorError>[0])
    : undefined;
}

function codesOf(operation: Operation, { who, person, scope, fresh }: AccessRule): string[] {
  const closed = who !== 'anyone' || person === true;
  const takes = operation.parameters.length > 0 || operation.body !== undefined;
  return [
    ...(takes ? ['rpc.invalid-params'] : []),
    ...(closed ? ['rpc.unauthorized'] : []),
    ...(closed && who !== 'readers' ? ['rpc.forbidden'] : []),
    ...(closed && scope !== undefined ? ['rpc.scope'] : []),
    ...(fresh === true ? ['session.factor-needed'] : []),
    ...(hasBody(operation.verb) ? ['rpc.media-type', 'rpc.too-large'] : []),
    ...(takesKey(operation) ? KEY_CODES : []),
    ...operation.spec.errors,
    'rpc.rate-limited',
    'rpc.busy',
  ];
}

const KEY_CODES = ['rpc.idempotency-running', 'rpc.idempotency-lost', 'rpc.idempotency-reused'];
