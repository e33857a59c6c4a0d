// What the dispatcher can call: one entry per method name. The real table is made of the schemas; a test makes its own.
import type { z } from 'zod';
import { doorError, invalidParams } from '../errors.ts';
import type { Handlers } from '../ports.ts';
import type { Access, MethodSpec } from '../schema/method.ts';
import { METHODS, SERVICE_METHODS } from '../schema/methods.ts';
import type { StreamFilter, StreamName } from '../schema/subscription.ts';
import type { Caller } from './caller.ts';

export interface TableEntry {
  readonly access: Access;
  readonly cost: number;
  /** Codes that reach the caller with their metadata; `area.*` stands for an area. */
  readonly errors: readonly string[];
  /** Checks and normalises; throws RpcError. */
  parse(params: unknown): unknown;
  run(params: unknown, caller: Caller): Promise<unknown>;
}

export type MethodTable = ReadonlyMap<string, TableEntry>;

export interface TableOptions {
  /** False: methods that are otherwise open need the token too. */
  readonly publicReads: boolean;
}

export interface TableModules {
  readonly handlers: Handlers;
  /** The OpenRPC document. */
  discover(): unknown;
}

/** Open even where nothing else is: health checks and the description. */
const ALWAYS_OPEN = new Set(['node_health', 'rpc.discover']);

export function serviceTable(options: TableOptions, { handlers, discover }: TableModules): MethodTable {
  const table = new Map<string, TableEntry>();
  const add = (name: string, spec: MethodSpec, run: TableEntry['run']): void => {
    const open = spec.access === 'open' && (options.publicReads || ALWAYS_OPEN.has(name));
    const parse = (params: unknown) => parseParams(spec.params, params);
    table.set(name, { access: open ? 'open' : 'operator', cost: spec.cost ?? 1, errors: spec.errors, parse, run });
  };
  for (const [name, spec] of Object.entries(SERVICE_METHODS)) {
    const handler = handlers[name as keyof Handlers] as (params: unknown, context: object) => Promise<unknown>;
    add(name, spec, (params, { access, signal }) => handler(params, { access, signal }));
  }
  add('rpc.discover', METHODS['rpc.discover'], async () => discover());
  add('subscribe', METHODS.subscribe, async (params, caller) => {
    const { stream, filter } = params as { stream: StreamName; filter: StreamFilter<StreamName> };
    if (caller.subscriptions === undefined) throw doorError('rpc.websocket-only');
    return { subscription: caller.subscriptions.open(stream, filter) };
  });
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
  throw invalidParams(issues.map(({ path, message }) => ({ path: path.map(String).join('.').slice(0, 200), message })));
}
