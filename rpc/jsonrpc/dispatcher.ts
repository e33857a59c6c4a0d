// JSON-RPC 2.0 from text to text: batches, notifications, access, rate limit, time limit, errors.
// Owns no transport: HTTP and WebSocket hand it a message and send what it answers.
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodedError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { loadClass } from '../access/principal.ts';
import { type AccessRule, type AccessSettings, decide } from '../access/rule.ts';
import {
  doorError,
  INTERNAL_ERROR,
  INVALID_REQUEST,
  METHOD_NOT_FOUND,
  nodeFailure,
  PARSE_ERROR,
  RpcError,
  SERVICE_ERROR,
} from '../errors.ts';
import type { RpcMetrics } from '../server/metrics.ts';
import type { Caller } from './caller.ts';
import { parseJson } from './parse.ts';
import {
  type Call,
  type ErrorObject,
  errorAnswer,
  errorObject,
  readCall,
  resultAnswer,
  standardError,
} from './protocol.ts';
import type { MethodTable, TableEntry } from './table.ts';

export interface DispatcherOptions extends AccessSettings {
  /** Entries of one batch. */
  readonly maxBatch: number;
  /** Calls of one batch that run at once. */
  readonly batchConcurrency: number;
  /** Calls that run at once over all callers without the token, and over those with it. */
  readonly maxRunning: { readonly open: number; readonly operator: number };
  readonly callTimeoutMs: number;
}

export interface DispatcherModules {
  readonly table: MethodTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RpcMetrics;
}

export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly modules: DispatcherModules;
  private readonly running = { open: 0, operator: 0 };

  constructor(options: DispatcherOptions, modules: DispatcherModules) {
    this.options = options;
    this.modules = modules;
  }

  /** The answer to one message, or undefined when it asks for none. Never throws. */
  async handle(text: string, caller: Caller): Promise<string | undefined> {
    let message: unknown;
    try {
      message = parseJson(text);
    } catch {
      return errorAnswer(standardError(PARSE_ERROR), null);
    }
    return Array.isArray(message) ? this.handleBatch(message, caller) : this.handleOne(message, caller);
  }

  private async handleBatch(entries: readonly unknown[], caller: Caller): Promise<string | undefined> {
    if (entries.length === 0) return errorAnswer(standardError(INVALID_REQUEST), null);
    const { maxBatch, batchConcurrency } = this.options;
    if (entries.length > maxBatch) return errorAnswer(errorObject(doorError('rpc.too-large', { maxBatch })), null);
    const answers: (string | undefined)[] = new Array(entries.length);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < entries.length) {
        const index = next++;
        answers[index] = await this.handleOne(entries[index], caller);
      }
    };
    await Promise.all(Array.from({ length: Math.min(batchConcurrency, entries.length) }, work));
    const wanted = answers.filter((answer) => answer !== undefined);
    return wanted.length === 0 ? undefined : `[${wanted.join(',')}]`;
  }

  private async handleOne(value: unknown, caller: Caller): Promise<string | undefined> {
    const reading = readCall(value);
    if (!reading.ok) return errorAnswer(standardError(INVALID_REQUEST), reading.id);
    const { call } = reading;
    const { clock, metrics } = this.modules;
    const known = this.modules.table.has(call.method);
    const began = clock.monotonic();
    let answer: string;
    let result = 'ok';
    try {
      answer = resultAnswer(await this.call(call, caller), call.id ?? null);
      if (!caller.reserve(answer.length)) throw doorError('rpc.busy');
    } catch (error) {
      const object = this.describe(call.method, error);
      result = codeOfObject(object);
      answer = errorAnswer(object, call.id ?? null);
      caller.reserve(answer.length);
    }
    metrics.calls.inc({ method: known ? call.method : 'unknown', result });
    if (known) metrics.seconds.observe({ method: call.method }, (clock.monotonic() - began) / 1000);
    return call.id === undefined ? undefined : answer;
  }

  private async call(call: Call, caller: Caller): Promise<unknown> {
    const entry = this.modules.table.get(call.method);
    const wait = caller.charge(entry?.cost ?? 1);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    if (entry === undefined) throw new RpcError({ code: METHOD_UNKNOWN, number: METHOD_NOT_FOUND, details: {} });
    this.permit(entry.rule, caller);
    const params = entry.parse(call.params);
    if (entry.ruleFor !== undefined) this.permit(entry.ruleFor(params), caller);
    const load = loadClass(caller.principal);
    if (this.running[load] >= this.options.maxRunning[load]) throw doorError('rpc.busy');
    this.running[load]++;
    const work = this.runWithin(entry, params, caller);
    const done = (): void => {
      this.running[load]--;
    };
    // A call that outlives its time limit still counts until it ends: the bound is on work, not on waiting.
    work.ended.then(done, done);
    return work.answered;
  }

  private permit(rule: AccessRule | undefined, { principal }: Caller): void {
    const denial = decide(rule, principal, this.modules.clock.now(), this.options);
    if (denial !== undefined) throw doorError(denial);
  }

  private runWithin(
    entry: TableEntry,
    params: unknown,
    caller: Caller,
  ): { ended: Promise<unknown>; answered: Promise<unknown> } {
    const { clock } = this.modules;
    const limit = new AbortController();
    const signal = AbortSignal.any([caller.signal, limit.signal]);
    const ended = (async () => entry.run(params, { ...caller, signal }))().catch((error: unknown) => {
      throw annotate(error, entry);
    });
    const answered = new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => limit.abort(doorError('rpc.timeout')), this.options.callTimeoutMs);
      const stop = (): void => reject(limit.signal.aborted ? doorError('rpc.timeout') : doorError('rpc.stopping'));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      ended.then(resolve, reject).finally(() => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      });
    });
    return { ended, answered };
  }

  /** What the caller is told. Metadata of undeclared codes and texts of unexpected errors stay here. */
  private describe(method: string, error: unknown): ErrorObject {
    if (error instanceof RpcError) {
      // A full disk is told of once, where it is found.
      if (error.cause !== undefined && error.code !== 'store.disk-full') this.logFailure(method, error.cause);
      return error.code === METHOD_UNKNOWN ? standardError(METHOD_NOT_FOUND) : errorObject(error);
    }
    const reference = toHex(randomBytes(6));
    const code = this.logFailure(method, error, reference);
    return { ...standardError(INTERNAL_ERROR), data: { code: 'rpc.internal', reference, cause: code } };
  }

  /** The message of an unexpected error may quote what was sent, so only its place is logged. */
  private logFailure(method: string, error: unknown, reference?: string): string | undefined {
    const stack = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
    const name = error instanceof Error ? error.name : typeof error;
    const code = error instanceof CodedError ? error.code : undefined;
    this.modules.logger.error({ method, reference, error: name, code, stack }, 'call failed');
    return code;
  }
}

const METHOD_UNKNOWN = 'rpc.unknown-method';

/** A declared refusal of a service becomes a server error with its code and metadata. */
function annotate(error: unknown, entry: TableEntry): unknown {
  if (error instanceof RpcError || !(error instanceof CodedError)) return error;
  if (!entry.errors.some((pattern) => matches(pattern, error.code))) return nodeFailure(error) ?? error;
  const { code, ...details } = error.type as { code: string };
  return new RpcError({ code, number: SERVICE_ERROR, details }, error.message);
}

function matches(pattern: string, code: string): boolean {
  return pattern.endsWith('.*') ? code.startsWith(pattern.slice(0, -1)) : pattern === code;
}

function codeOfObject(object: ErrorObject): string {
  const data = object.data as { code?: string } | undefined;
  return data?.code ?? String(object.code);
}
