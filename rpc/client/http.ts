// One call over HTTP, and what can go wrong with it.
import type { Clock } from '../../common/clock.ts';
import { linkedAbort } from '../../common/linked-abort.ts';
import { RpcError } from '../errors.ts';
import { METHODS, type MethodName } from '../schema/methods.ts';
import { readText, shaped } from './answer.ts';
import { localError } from './local-error.ts';

export interface HttpTarget {
  readonly base: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
}

export interface HttpModules {
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

let lastId = 0;

/** Throws RpcError. */
export async function callOverHttp(
  target: HttpTarget,
  { clock, fetch: fetcher }: HttpModules,
  method: MethodName,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const limit = linkedAbort(signal);
  let late = false;
  const timer = clock.setTimeout(() => {
    late = true;
    limit.abort();
  }, target.timeoutMs);
  const id = ++lastId;
  try {
    // By itself: a browser's own one runs as no method of anything.
    const response = await fetcher(`${target.base}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization(target.token) },
      body: JSON.stringify({ jsonrpc: '2.0', method, params, id }),
      signal: limit.signal,
    });
    const result = readAnswer(await readText(response));
    return shaped<unknown>(METHODS[method].result, result, method);
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (late) throw localError('rpc.timeout', `${method} took too long`);
    if (signal.aborted) throw localError('rpc.aborted', `${method} was aborted`);
    throw localError('rpc.unreachable', `no answer from ${target.base}`, error);
  } finally {
    clock.clearTimeout(timer);
    limit.unlink();
  }
}

export function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function readAnswer(text: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw badAnswer();
  }
  return resultOf(answer);
}

/** The result of one answer; throws RpcError for an error answer. */
export function resultOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) throw badAnswer();
  const stopped = stoppedByGateway(answer);
  if (stopped !== undefined) throw stopped;
  const { result, error } = answer as { result?: unknown; error?: unknown };
  if (error === undefined && Object.hasOwn(answer, 'result')) return result;
  const { code, message, data } = (error ?? {}) as {
    code?: unknown;
    message?: unknown;
    data?: Record<string, unknown>;
  };
  if (typeof code !== 'number' || typeof message !== 'string') throw badAnswer();
  const { code: name, ...details } = typeof data === 'object' && data !== null ? data : {};
  throw new RpcError({ code: typeof name === 'string' ? name : standardName(code), number: code, details }, message);
}

/** A gateway stands before every node, and may before any address: its refusals are problem details (RFC 9457). */
function stoppedByGateway(answer: object): RpcError | undefined {
  const { type, title, reference } = answer as { type?: unknown; title?: unknown; reference?: unknown };
  const [, action] =
    typeof type === 'string' ? (/^urn:wardmesh:gateway:(refuse|challenge|limit)$/.exec(type) ?? []) : [];
  if (action === undefined) return undefined;
  const named = typeof reference === 'string' ? ` (reference ${reference.slice(0, 16)})` : '';
  return localError(
    `gateway.${action}`,
    `the gateway before this address stopped the request: ${String(title)}${named}`,
  );
}

/** What an address of REST refused with, as the error of a call. */
export async function refused(response: Response): Promise<never> {
  const { code, detail, ...details } = problemIn(await readText(response));
  return resultOf({ error: { code: -32001, message: detail, data: { ...details, code } } }) as never;
}

function problemIn(text: string): { readonly code: string; readonly detail: string } {
  const { type, title, status: _, ...problem } = objectIn(text);
  if (typeof problem.code === 'string')
    return { ...problem, code: problem.code, detail: String(problem.detail ?? title) };
  throw stoppedByGateway({ type, title, reference: problem.reference }) ?? badAnswer();
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // What stands between may answer by itself.
  }
  throw badAnswer();
}

function badAnswer(): RpcError {
  return localError('rpc.bad-answer', 'this is no answer of a Wardmesh node');
}

function standardName(code: number): string {
  const names: Record<number, string> = {
    [-32700]: 'rpc.parse-error',
    [-32600]: 'rpc.invalid-request',
    [-32601]: 'rpc.unknown-method',
    [-32602]: 'rpc.invalid-params',
  };
  return names[code] ?? 'rpc.internal';
}
