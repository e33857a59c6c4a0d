// One REST request to its answer: path and verb to a method, parameters, the call, problem details, tags, pages.
// Owns no transport and no method: rpc/server/ hands it a request and sends what it answers.
import { sha256 } from '#crypto';
import { ACCESS } from '../access/table.ts';
import { doorError, type RpcError } from '../errors.ts';
import type { Caller } from '../jsonrpc/caller.ts';
import { parseJson } from '../jsonrpc/parse.ts';
import { etagOf, matchesTag } from './etag.ts';
import type { KeptAnswers } from './idempotency.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { checkAccept, checkContent, OVERRIDE_HEADERS } from './negotiation.ts';
import { hasBody, takesKey } from './operation.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { nextLink } from './paging.ts';
import { callParams } from './parameters.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { Router } from './router.ts';

export interface RestRequest {
  readonly verb: string;
  /** Raw path below the base, and what stands behind its `?`. */
  readonly path: string;
  readonly query: string;
  header(name: string): string | undefined;
  readonly hasBody: boolean;
  /** Read when the request may have one; throws RpcError. */
  body(): Promise<string>;
  readonly caller: Caller;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where there is none. */
  readonly body: string | undefined;
}

export interface MethodCalls {
  /** Decides who may, charges, checks the parameters, runs the handler within `around`. Throws RpcError. */
  call(method: string, params: unknown, caller: Caller): Promise<unknown>;
}

export interface RestModules {
  readonly calls: MethodCalls;
  readonly kept: KeptAnswers;
}

const encoder = new TextEncoder();
const JSON_TYPE = 'application/json; charset=utf-8';

export class RestDoor {
  private readonly modules: RestModules;
  private readonly router = new Router(OPERATIONS);

  constructor(modules: RestModules) {
    this.modules = modules;
  }

  /** Throws RpcError for what `refusal` then answers. */
  async answer(request: RestRequest): Promise<RestAnswer> {
    for (const name of OVERRIDE_HEADERS) {
      if (request.header(name) !== undefined) throw doorError('rpc.method-override');
    }
    const match = this.router.find(request.verb, request.path);
    if (match.kind === 'nothing') throw doorError('rpc.not-found');
    if (match.kind === 'verb') return otherVerb(request.verb, match.allow);
    const { operation, segments } = match;
    try {
      checkAccept(request.header('accept'));
      const text = await this.readBody(operation, request);
      const params = callParams(operation, segments, request.query, parsed(text));
      const { result, replayed } = await this.call(operation, params, text, request);
      return answerOf(operation, request, result, replayed);
    } catch (error) {
      return problemAnswer(error, operation);
    }
  }

  private async readBody(operation: Operation, request: RestRequest): Promise<string> {
    if (!hasBody(operation.verb)) {
      if (request.hasBody) throw doorError('rpc.bad-request');
      return '';
    }
    const [contentType, contentEncoding] = [request.header('content-type'), request.header('content-encoding')];
    checkContent({ contentType, contentEncoding, hasBody: request.hasBody });
    return request.hasBody ? request.body() : '';
  }

  private async call(
    operation: Operation,
    params: Readonly<Record<string, unknown>>,
    text: string,
    request: RestRequest,
  ): Promise<{ result: unknown; replayed: boolean }> {
    const { calls, kept } = this.modules;
    const { caller } = request;
    const key = idempotencyKey(request.header('idempotency-key'));
    if (key === undefined) return { result: await calls.call(operation.method, params, caller), replayed: false };
    const principal = principalName(caller);
    if (!takesKey(operation) || principal === undefined) throw doorError('rpc.idempotency-key');
    const fingerprint = sha256(encoder.encode(`${operation.id}\n${request.path}\n${text}`));
    let replayed = false;
    const around = async (run: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> => {
      const answer = await kept.once({ principal, key, fingerprint, signal }, run);
      replayed = answer.replayed;
      return answer.result;
    };
    return { result: await calls.call(operation.method, params, { ...caller, around }), replayed };
  }
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return parseJson(text);
  } catch {
    throw doorError('rpc.bad-request');
  }
}

/** Whose key it is; nobody's where nobody is known. */
function principalName({ principal }: Caller): string | undefined {
  if (principal.kind === 'session') return `user ${principal.session.user}`;
  if (principal.kind === 'application') return `key ${principal.key.id}`;
  return principal.kind === 'operator' ? 'operator' : undefined;
}

function otherVerb(verb: string, allow: readonly string[]): RestAnswer {
  const headers = { allow: allow.join(', '), 'cache-control': 'no-store' };
  if (verb === 'OPTIONS') return { status: 204, headers, body: undefined };
  const { status, body, headers: own } = refusal(doorError('rpc.method-not-allowed'));
  return { status, body, headers: { ...own, ...headers } };
}

function answerOf(operation: Operation, request: RestRequest, result: unknown, replayed: boolean): RestAnswer {
  const body = JSON.stringify(result);
  if (!request.caller.reserve(body.length)) throw doorError('rpc.busy');
  const status = operation.status ?? 200;
  const headers: Record<string, string> = { 'content-type': JSON_TYPE, 'cache-control': 'no-store' };
  if (replayed) headers['idempotency-replayed'] = 'true';
  if (operation.verb !== 'GET') return { status, headers, body };
  const etag = etagOf(encoder.encode(body));
  const link = nextLink(operation, request.path, request.query, result);
  headers['etag'] = etag;
  headers['vary'] = 'Authorization, Cookie';
  if (ACCESS[operation.method].who === 'readers') headers['cache-control'] = 'private, no-cache';
  if (link !== undefined) headers['link'] = link;
  if (!matchesTag(request.header('if-none-match'), etag)) return { status, headers, body };
  const { 'content-type': _, ...kept } = headers;
  return { status: 304, headers: kept, body: undefined };
}

function problemAnswer(error: unknown, operation: Operation): RestAnswer {
  if (!(error instanceof Error && 'details' in error)) throw error;
  return refusal(error as RpcError, operation);
}

/** Any refusal as problem details. */
export function refusal(error: RpcError, operation?: Operation): RestAnswer {
  const problem = problemOf(error, operation);
  const wait = error.details['retryAfterMs'];
  return {
    status: problem.status,
    headers: {
      'content-type': PROBLEM_TYPE,
      'cache-control': 'no-store',
      ...(typeof wait === 'number' && { 'retry-after': String(Math.ceil(wait / 1000)) }),
      ...(problem.status === 401 && { 'www-authenticate': 'Bearer realm="wardmesh"' }),
    },
    body: JSON.stringify(problem),
  };
}
