// What the dispatcher can call: one entry per method name. The real table is made of the schemas; a test makes its own.
import type { z } from 'zod';
import type { AccessRule } from '../access/rule.ts';
import { ruleOf, streamRule } from '../access/table.ts';
import { doorError, invalidParams } from '../errors.ts';
import type { CallContext, Handlers } from '../ports.ts';
import type { MethodSpec } from '../schema/method.ts';
import { METHODS, SERVICE_METHODS } from '../schema/methods.ts';
import type { StreamFilter, StreamName } from '../schema/subscription.ts';
import type { Caller } from './caller.ts';
import { issueWords } from './issues.ts';

export interface TableEntry {
  /** Undefined: refused to everybody. */
  readonly rule: AccessRule | undefined;
  readonly cost: number;
  /** Codes that reach the caller with their metadata; `area.*` stands for an area. */
  readonly errors: readonly string[];
  /** A further rule that the parameters ask for. */
  ruleFor?(params: unknown): AccessRule | undefined;
  /** Checks and normalises; throws RpcError. */
  parse(params: unknown): unknown;
  run(params: unknown, caller: Caller): Promise<unknown>;
}

export type MethodTable = ReadonlyMap<string, TableEntry>;

export interface TableModules {
  readonly handlers: Handlers;
  /** The OpenRPC document. */
  discover(): unknown;
}

export function serviceTable({ handlers, discover }: TableModules): MethodTable {
  const table = new Map<string, TableEntry>();
  const add = (name: string, spec: MethodSpec, run: TableEntry['run'], ruleFor?: TableEntry['ruleFor']): void => {
    const parse = (params: unknown) => parseParams(spec.params, params);
    table.set(name, { rule: ruleOf(name), cost: spec.cost ?? 1, errors: spec.errors, ruleFor, parse, run });
  };
  for (const [name, spec] of Object.entries(SERVICE_METHODS)) {
    const handler = handlers[name as keyof Handlers] as (params: unknown, context: CallContext) => Promise<unknown>;
    add(name, spec, (params, { principal, signal, client, cookies }) =>
      handler(params, { principal, signal, client, cookies }),
    );
  }
  add('rpc.discover', METHODS['rpc.discover'], async () => discover());
  const ruleForStream = (params: unknown): AccessRule | undefined => {
    const { stream, filter } = params as { stream: StreamName; filter: StreamFilter<StreamName> };
    return streamRule(stream, filter);
  };
  const subscribe = async (params: unknown, caller: Caller): Promise<unknown> => {
    const { stream, filter } = params as { stream: StreamName; filter: StreamFilter<StreamName> };
    if (caller.subscriptions === undefined) throw doorError('rpc.websocket-only');
    return { subscription: caller.subscriptions.open(stream, filter, ruleForStream(params)) };
  };
  add('subscribe', METHODS.subscribe, subscribe, ruleForStream);
  add('unsubscribe', METHODS.unsubscribe, async (params, caller) => {
    if (caller.subscriptions === undefined) throw doorError('rpc.websocket-only');
    return caller.subscriptions.close((params as { subscription: string }).subscription);
  });
  return table;
}

function parseParams(schema: z.ZodType, params: unknown): unknown {
  if (Array.isArray(params)) throw invalidParams([{ path: '', message: 'parameters go by name, not by position' }]);
  const parsed = schema.safeParse(params ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 10);
  throw invalidParams(
    issues.map((one) => ({ path: one.path.map(String).join('.').slice(0, 200), message: issueWords(one) })),
  );
}
