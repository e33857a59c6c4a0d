// The REST door over the small node in memory: requests without a transport.
import { createLogger } from '../../common/logger.ts';
import { createRegistry } from '../../common/metrics.ts';
import { OPEN, OPERATOR, type Principal } from '../../rpc/access/principal.ts';
import { discover } from '../../rpc/discover.ts';
import { RpcError } from '../../rpc/errors.ts';
import { Calls } from '../../rpc/jsonrpc/calls.ts';
import { serviceTable } from '../../rpc/jsonrpc/table.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { KeptAnswers } from '../../rpc/rest/idempotency.ts';
import { type RestAnswer, RestDoor, refusal } from '../../rpc/rest/rest-door.ts';
import { rpcMetrics } from '../../rpc/server/metrics.ts';
import { DEFAULT_LIMITS } from '../../rpc/server/options.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';
import { TinyNode } from '../rpc/helpers/tiny-node.ts';

export const NOW = 1_790_000_000_000;

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly principal?: Principal;
}

export interface Got extends RestAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever JSON came
  readonly json: any;
}

export interface Rest {
  readonly node: TinyNode;
  readonly clock: ManualClock;
  readonly store: MemoryKeyValues;
  readonly logs: string[];
  /** As the operator unless it says otherwise; `target` below /api/v1. */
  ask(verb: string, target: string, asked?: Asked): Promise<Got>;
}

export async function openRest(handlers: Partial<Handlers> = {}, publicReads = true): Promise<Rest> {
  const node = new TinyNode();
  const clock = new ManualClock(NOW);
  const store = new MemoryKeyValues();
  const logs: string[] = [];
  const kept = new KeptAnswers({ store, clock });
  await kept.open();
  const calls = new Calls(
    { ...DEFAULT_LIMITS, publicReads },
    {
      table: serviceTable({ handlers: { ...node.handlers, ...handlers }, discover: () => discover('0.0.0') }),
      clock,
      logger: createLogger({ destination: { write: (line) => void logs.push(line) } }),
      metrics: rpcMetrics(createRegistry()),
      log: undefined,
      sessions: undefined,
    },
  );
  const door = new RestDoor({ calls, kept });
  const ask = async (verb: string, target: string, asked: Asked = {}): Promise<Got> => {
    const { headers = {}, body, principal = OPERATOR } = asked;
    const text = typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body);
    const all: Record<string, string> = { ...(text !== '' && { 'content-type': 'application/json' }), ...headers };
    const at = target.indexOf('?');
    const request = {
      verb,
      path: at < 0 ? target : target.slice(0, at),
      query: at < 0 ? '' : target.slice(at + 1),
      header: (name: string) => all[name],
      hasBody: text !== '',
      body: async () => text,
      caller: {
        principal,
        client: {
          address: '127.0.0.1',
          userAgent: undefined,
          secure: false,
          host: '',
          origin: undefined,
          device: undefined,
        },
        cookies: undefined,
        signal: new AbortController().signal,
        charge: () => 0,
        reserve: () => true,
        subscriptions: undefined,
      },
    };
    const answer = await door.answer(request).catch((error: unknown) => {
      if (error instanceof RpcError) return refusal(error);
      throw error;
    });
    return { ...answer, json: answer.body === undefined ? undefined : JSON.parse(answer.body) };
  };
  return { node, clock, store, logs, ask };
}

export { OPEN };
