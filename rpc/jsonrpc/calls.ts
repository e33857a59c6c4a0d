// One call by the table, the same for every door: rate limit, access, parameters, bounds on work and time, the event log,
// and what the caller is told when it fails. Owns no transport and no format.
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodedError } from '../../common/errors.ts';
import { linkedAbort } from '../../common/linked-abort.ts';
import type { Logger } from '../../common/logger.ts';
import { loadClass, type Principal } from '../access/principal.ts';
import { type AccessRule, type AccessSettings, DENIALS, decide } from '../access/rule.ts';
import { doorError, INTERNAL_ERROR, METHOD_NOT_FOUND, nodeFailure, RpcError, SERVICE_ERROR } from '../errors.ts';
import type { AccessLog, Sessions } from '../ports.ts';
import { refusalMessage } from '../sentences.ts';
import type { RpcMetrics } from '../server/metrics.ts';
import type { RpcLimits } from '../server/options.ts';
import type { Caller } from './caller.ts';
import type { MethodTable, TableEntry } from './table.ts';

/** Calls that run at once by class of callers, and how long one may take. */
export type CallsOptions = AccessSettings & Pick<RpcLimits, 'maxRunning' | 'callTimeoutMs'>;

export interface CallsModules {
  readonly table: MethodTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RpcMetrics;
  readonly log: AccessLog | undefined;
  readonly sessions: Sessions | undefined;
}

export const METHOD_UNKNOWN = 'rpc.unknown-method';
/** What was shown is not what it should be, as against a step that is over or a node that is busy. */
const WRONG = /^(?:session\.refused$|passkey\.|wallet\.)/;
/** A handler found that the caller may not do this for whom it is about. */
const NOT_THEIRS: ReadonlySet<string> = new Set(['representative.may-not', 'representative.not-yours']);
/** Failures that are told of once, where they are found. */
const EXPECTED: ReadonlySet<string> = new Set(['store.disk-full', 'store.recovering']);

export class Calls {
  private readonly options: CallsOptions;
  private readonly modules: CallsModules;
  private readonly running = { open: 0, signed: 0, operator: 0 };

  constructor(options: CallsOptions, modules: CallsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** The result, which has a JSON form, or an RpcError; nothing else is ever thrown. */
  async call(method: string, params: unknown, caller: Caller): Promise<unknown> {
    const { clock, metrics, table } = this.modules;
    const entry = table.get(method);
    const began = clock.monotonic();
    let result = 'ok';
    try {
      return await this.attempt(method, entry, params, caller);
    } catch (error) {
      const refusal = this.refusalOf(method, error);
      result = refusal.code;
      throw refusal;
    } finally {
      metrics.calls.inc({ method: entry === undefined ? 'unknown' : method, result });
      if (entry !== undefined) metrics.seconds.observe({ method }, (clock.monotonic() - began) / 1000);
    }
  }

  private async attempt(method: string, entry: TableEntry | undefined, raw: unknown, caller: Caller): Promise<unknown> {
    const wait = caller.charge(entry?.cost ?? 1);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    const event = { principal: caller.principal, client: caller.client, method, object: objectOf(entry?.rule, raw) };
    if (entry === undefined) {
      this.modules.log?.record({ ...event, method: 'unknown', outcome: 'refused', code: METHOD_UNKNOWN });
      throw new RpcError({ code: METHOD_UNKNOWN, number: METHOD_NOT_FOUND, details: {} }, 'Method not found');
    }
    try {
      this.permit(entry.rule, caller);
      const params = entry.parse(raw);
      if (entry.ruleFor !== undefined) this.permit(entry.ruleFor(params), caller);
      if (caller.principal.kind === 'session' && entry.rule?.passive !== true && caller.client.passive !== true) {
        this.modules.sessions?.touch(caller.principal.session.id);
      }
      const { started, watched } = watchSignIn(caller);
      const result = await this.run(entry, params, watched);
      if (entry.rule?.signsIn === true && started() !== undefined) caller.signedIn?.(true);
      if (entry.rule?.logged === true) {
        const principal = (await this.signedIn(started(), caller)) ?? caller.principal;
        await this.keep({ ...event, principal, outcome: 'permitted', code: null });
      }
      return result;
    } catch (error) {
      const code = error instanceof CodedError ? error.code : 'rpc.internal';
      if (entry.rule?.signsIn === true && WRONG.test(code)) caller.signedIn?.(false);
      // A handler refuses with the same codes when it finds that a relation does not hold.
      if (DENIALS.has(code)) this.modules.log?.record({ ...event, outcome: 'refused', code });
      else if (entry.rule?.logged === true && !(error instanceof Error && LOG_FAILED.has(error))) {
        const refused = code.startsWith('session.') || NOT_THEIRS.has(code);
        await this.keep({ ...event, outcome: refused ? 'refused' : 'permitted', code });
      }
      throw error;
    }
  }

  /** The person whom a call turned out to be of: who signs in is nobody before. */
  private async signedIn(secret: string | undefined, { client }: Caller): Promise<Principal | undefined> {
    const session = secret === undefined ? undefined : await this.modules.sessions?.find(secret, client);
    return session === undefined ? undefined : { kind: 'session', session };
  }

  private permit(rule: AccessRule | undefined, { principal }: Caller): void {
    const denial = decide(rule, principal, this.modules.clock.now(), this.options);
    if (denial !== undefined) throw doorError(denial);
  }

  /** What is logged is on disk before it is answered: an act that leaves no trace was not permitted. */
  private async keep(event: Parameters<AccessLog['record']>[0]): Promise<void> {
    const { log } = this.modules;
    log?.record(event);
    await log?.settled().catch((error: unknown) => {
      if (error instanceof Error) LOG_FAILED.add(error);
      throw error;
    });
  }

  private run(entry: TableEntry, params: unknown, caller: Caller): Promise<unknown> {
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

  private runWithin(
    entry: TableEntry,
    params: unknown,
    caller: Caller,
  ): { ended: Promise<unknown>; answered: Promise<unknown> } {
    const { clock } = this.modules;
    const limit = linkedAbort(caller.signal);
    const { signal } = limit;
    const annotated = (error: unknown): never => {
      throw annotate(error, entry);
    };
    const handle = async (): Promise<unknown> => entry.run(params, { ...caller, signal });
    const run = (): Promise<unknown> => handle().catch(annotated);
    const ended = caller.around === undefined ? run() : caller.around(run, signal).catch(annotated);
    const answered = new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => limit.abort(doorError('rpc.timeout')), this.options.callTimeoutMs);
      const stop = (): void => reject(caller.signal.aborted ? doorError('rpc.stopping') : doorError('rpc.timeout'));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      ended.then(resolve, reject).finally(() => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        limit.unlink();
      });
    });
    return { ended, answered };
  }

  /** What the caller is told. Metadata of undeclared codes and texts of unexpected errors stay here. */
  refusalOf(method: string, error: unknown): RpcError {
    if (error instanceof RpcError) {
      if (error.cause !== undefined && !EXPECTED.has(error.code)) this.logFailure(method, error.cause);
      return error;
    }
    const reference = toHex(randomBytes(6));
    const cause = this.logFailure(method, error, reference);
    return new RpcError(
      { code: 'rpc.internal', number: INTERNAL_ERROR, details: { reference, cause } },
      'Internal error',
    );
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

function watchSignIn(caller: Caller): { started: () => string | undefined; watched: Caller } {
  const { cookies } = caller;
  if (cookies === undefined) return { started: () => undefined, watched: caller };
  let secret: string | undefined;
  const startSession = (given: string, endsAt: number): void => {
    secret = given;
    cookies.startSession(given, endsAt);
  };
  return { started: () => secret, watched: { ...caller, cookies: { ...cookies, startSession } } };
}

/** Failures of the event log itself, which cannot be written to it. */
const LOG_FAILED = new WeakSet<Error>();
/** Longer names name nothing. */
const MAX_OBJECT_LENGTH = 256;

function objectOf(rule: AccessRule | undefined, params: unknown): string | null {
  if (rule?.object === undefined || typeof params !== 'object' || params === null) return null;
  const names = typeof rule.object === 'string' ? [rule.object] : rule.object;
  const values = names.flatMap((name) => {
    const value = Object.hasOwn(params, name) ? (params as Record<string, unknown>)[name] : undefined;
    return typeof value === 'number' || typeof value === 'string' ? [String(value)] : [];
  });
  const object = values.join(' ');
  return values.length > 0 && object.length <= MAX_OBJECT_LENGTH ? object : null;
}

/** A declared refusal of a service becomes a server error with its code and metadata. */
function annotate(error: unknown, entry: TableEntry): unknown {
  if (error instanceof RpcError || !(error instanceof CodedError)) return error;
  if (!entry.errors.some((pattern) => matches(pattern, error.code))) return nodeFailure(error) ?? error;
  const { code, ...details } = error.type as { code: string };
  return new RpcError({ code, number: SERVICE_ERROR, details }, refusalMessage(error));
}

function matches(pattern: string, code: string): boolean {
  return pattern.endsWith('.*') ? code.startsWith(pattern.slice(0, -1)) : pattern === code;
}
