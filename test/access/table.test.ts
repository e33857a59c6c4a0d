// The access table, exhausted through a real server: every method, every caller, HTTP and WebSocket.
import { describe, expect, it } from 'vitest';
import { DENIALS } from '../../rpc/access/rule.ts';
import { ACCESS, ROUTE_ACCESS, STREAM_ACCESS, streamRule } from '../../rpc/access/table.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { MethodName } from '../../rpc/schema/methods.ts';
import { SERVICE_METHODS } from '../../rpc/schema/methods.ts';
import { type AccessCaller, accessWorld, refusalBy } from '../helpers/access.ts';
import { type Door, openDoor } from '../rpc/helpers/door.ts';

/** The description is long: it is asked for once. */
const METHOD_NAMES: readonly MethodName[] = (Object.keys(ACCESS) as MethodName[]).filter(
  (name) => name !== 'rpc.discover',
);
/** One of each kind of callers, where all of them would only take longer. */
const SOME = new Set([
  ...['no session', 'an expired session', 'no role', 'nurse', 'admin without a second factor', 'every role'],
  ...['an API key without a scope', 'an API key with every scope', 'the operator'],
]);
const FREE = { rate: 1e9, burst: 1e9 };
const LIMITS = { open: FREE, signed: FREE, operator: FREE, wrongTokenCost: 0.001, maxBatch: 1000 };

const STATUS: Readonly<Record<string, number>> = {
  ...{ 'rpc.unauthorized': 401, 'rpc.bad-token': 401 },
  ...{ 'rpc.forbidden': 403, 'rpc.scope': 403, 'session.factor-needed': 403 },
};

interface Error {
  readonly code: number;
  readonly data?: { readonly code?: string };
}

/** Handlers that only note that they were reached. */
function notingHandlers(reached: string[]): Handlers {
  const entries = Object.keys(SERVICE_METHODS).map((name) => [
    name,
    async () => {
      reached.push(name);
      return null;
    },
  ]);
  return Object.fromEntries(entries) as Handlers;
}

async function openWorld(publicReads: boolean) {
  const world = accessWorld(Date.now());
  const reached: string[] = [];
  const { sessions, apiKeys, log } = world;
  const door = await openDoor({
    limits: LIMITS,
    options: { publicReads },
    handlers: notingHandlers(reached),
    modules: { sessions, apiKeys, accessLog: log },
  });
  return { ...world, door, reached };
}

/** Without parameters: a permitted call that needs some fails at those, behind the decision. */
const batchOf = (names: readonly string[]) => names.map((method, id) => ({ jsonrpc: '2.0', method, id, params: {} }));

/** The code of each call's refusal; undefined where the table let it pass. */
function denials(answers: readonly { id: number; error?: Error }[], count: number): (string | undefined)[] {
  const codes = new Array<string | undefined>(count);
  for (const { id, error } of answers) {
    const code = error?.data?.code ?? '';
    codes[id] = DENIALS.has(code) ? code : undefined;
  }
  return codes;
}

async function overHttp(door: Door, caller: AccessCaller, names: readonly string[]): Promise<(string | undefined)[]> {
  const { json } = await door.post(batchOf(names), { ...caller.headers, origin: door.url });
  if (!Array.isArray(json)) return names.map(() => json.error.data.code);
  return denials(json, names.length);
}

async function overSocket(door: Door, caller: AccessCaller, names: readonly string[]): Promise<(string | undefined)[]> {
  const opened = await door
    .socket([], { ...caller.headers, origin: door.url })
    .catch((error: unknown) => String(error));
  if (typeof opened === 'string') {
    expect(opened).toContain('401');
    return names.map(() => 'rpc.bad-token');
  }
  const answer = new Promise<string>((resolve) => opened.once('message', (data) => resolve(data.toString())));
  opened.send(JSON.stringify(batchOf(names)));
  const codes = denials(JSON.parse(await answer), names.length);
  opened.terminate();
  return codes;
}

describe('the access table', () => {
  it.each([true, false])(
    'property 31: role-based access: every method answers every caller as the table says, over HTTP and WebSocket (public reads: %s)',
    async (publicReads) => {
      const { door, callers: all, reached } = await openWorld(publicReads);
      // Public reads change nothing for whoever may read anyway.
      const callers = all.filter(({ kind, name }) => !publicReads || kind !== 'person' || name === 'no role');
      for (const ask of [overHttp, overSocket]) {
        for (const caller of callers) {
          reached.length = 0;
          const codes = await ask(door, caller, METHOD_NAMES);
          const expected = METHOD_NAMES.map((name) => refusalBy(ACCESS[name], caller, publicReads));
          const told = METHOD_NAMES.map((name, at) => `${name}: ${codes[at]}`);
          expect(told, caller.name).toEqual(METHOD_NAMES.map((name, at) => `${name}: ${expected[at]}`));
          for (const name of reached) expect(expected[METHOD_NAMES.indexOf(name as MethodName)]).toBe(undefined);
        }
      }
    },
  );

  it('lets everybody have the description', async () => {
    const { door } = await openWorld(false);
    expect(ACCESS['rpc.discover']).toEqual({ who: 'anyone' });
    expect((await door.call('rpc.discover')).result.methods.length).toBe(METHOD_NAMES.length + 1);
  });

  it('refuses names that no method has to everybody, also those that every object has', async () => {
    const { door, callers, log } = await openWorld(true);
    const names = ['patient_steal', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'PATIENT_GET', ''];
    for (const caller of callers.filter(({ name }) => SOME.has(name))) {
      const { json } = await door.post(batchOf(names), { ...caller.headers, origin: door.url });
      for (const { error } of json) expect(error, caller.name).toEqual({ code: -32601, message: 'Method not found' });
    }
    expect(new Set(log.events.map(({ method }) => method))).toEqual(new Set(['unknown']));
  });

  it('names in the event log which organisation, and which breaker of which gateway, a call is about', async () => {
    const { door, callers, log } = await openWorld(false);
    const operator = callers.find(({ name }) => name === 'the operator') as AccessCaller;
    const ask = (method: string, params: object) =>
      door.post({ jsonrpc: '2.0', method, id: 1, params }, { ...operator.headers, origin: door.url });
    await ask('threat_reinstate', { organisation: 7 });
    await ask('threat_release', { breaker: 'refusals' });
    await ask('threat_release', { breaker: 'refusals', gateway: 'south' });
    expect(log.events.map(({ object }) => object)).toEqual(['7', 'refusals', 'refusals south']);
  });

  it('writes every refusal to the event log, and every permitted call of a logged method', async () => {
    const { door, callers, log } = await openWorld(false);
    for (const caller of callers.filter(({ name, kind }) => SOME.has(name) || kind === 'refused at the door')) {
      log.events.length = 0;
      await overHttp(door, caller, METHOD_NAMES);
      const refused = METHOD_NAMES.filter((name) => refusalBy(ACCESS[name], caller, false) !== undefined);
      const logged = METHOD_NAMES.filter((name) => ACCESS[name].logged === true && !refused.includes(name));
      const seen = (outcome: string) =>
        log.events.filter((event) => event.outcome === outcome).map(({ method }) => method);
      if (caller.kind === 'refused at the door') expect(seen('refused')).toEqual(['door']);
      else expect([seen('refused').sort(), seen('permitted').sort()]).toEqual([refused.sort(), logged.sort()]);
    }
  });

  it('holds for subscriptions, each stream by its own rule', async () => {
    const { door, callers } = await openWorld(false);
    const asked = [
      ...Object.entries(STREAM_ACCESS).map(([stream, rule]) => ({
        rule,
        params: stream === 'statements' ? { stream, filter: { ids: ['ab'.repeat(32)] } } : { stream },
      })),
      { rule: streamRule('statements', {}), params: { stream: 'statements' } },
    ];
    for (const caller of callers.filter(({ kind }) => kind !== 'refused at the door')) {
      const socket = await door.socket([], { ...caller.headers, origin: door.url });
      const answer = new Promise<string>((resolve) => socket.once('message', (data) => resolve(data.toString())));
      socket.send(JSON.stringify(asked.map(({ params }, id) => ({ jsonrpc: '2.0', method: 'subscribe', id, params }))));
      const codes = denials(JSON.parse(await answer), asked.length);
      for (const [at, { rule, params }] of asked.entries()) {
        const expected = rule === undefined ? 'rpc.forbidden' : refusalBy(rule, caller, false);
        expect(codes[at], `${caller.name}: ${JSON.stringify(params)}`).toBe(expected);
      }
      socket.terminate();
    }
  });

  it('holds for streams of bytes, which are no methods', async () => {
    const { door, callers } = await openWorld(false);
    const paths: Readonly<Record<keyof typeof ROUTE_ACCESS, readonly [verb: string, path: string]>> = {
      chainExport: ['GET', '/api/v1/chain/export'],
      backup: ['GET', '/api/v1/backup'],
      metrics: ['GET', '/metrics'],
      feed: ['GET', '/lists/blocklist.txt'],
      stix: ['GET', '/stix/bundle'],
      threatReport: ['POST', '/api/v1/threat/report'],
      takeout: ['POST', '/api/v1/takeout'],
      ownTakeout: ['POST', '/api/v1/me/takeout'],
      upload: ['PUT', '/api/v1/uploads'],
      ownUpload: ['PUT', '/api/v1/me/uploads'],
      download: ['GET', `/api/v1/downloads/${'ab'.repeat(16)}`],
      blobExport: ['GET', '/api/v1/blobs/b'],
    };
    for (const caller of callers) {
      for (const [route, rule] of Object.entries(ROUTE_ACCESS)) {
        const [verb, path] = paths[route as keyof typeof ROUTE_ACCESS];
        const { status, text } = await door.send(verb, path, { ...caller.headers, origin: door.url });
        const code = refusalBy(rule, caller, false);
        const about = `${caller.name}: ${route} ${text.slice(0, 200)}`;
        if (code === undefined) expect([401, 403], about).not.toContain(status);
        else expect([status, text], about).toEqual([STATUS[code], expect.stringContaining(`"${code}"`)]);
      }
    }
  });
});
