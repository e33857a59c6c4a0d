// The access table, exhausted over REST: every operation, every caller, from what the caller shows to the handler.
import { describe, expect, it } from 'vitest';
import { DENIALS } from '../../rpc/access/rule.ts';
import { ACCESS } from '../../rpc/access/table.ts';
import { exampleAddress, exampleOf } from '../../rpc/openapi/request-example.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { OPERATIONS, type Operation } from '../../rpc/rest/operations.ts';
import { SERVICE_METHODS } from '../../rpc/schema/methods.ts';
import { Admission } from '../../rpc/server/admission.ts';
import type { RequestFacts } from '../../rpc/server/credentials.ts';
import { DEFAULT_LIMITS } from '../../rpc/server/options.ts';
import { type AccessCaller, accessWorld, CLINIC_ID, OPERATOR_TOKEN, refusalBy } from '../helpers/access.ts';
import { type Door, openDoor } from '../rpc/helpers/door.ts';
import { NOW, openRest } from './helpers.ts';

const FREE = { rate: 1e9, burst: 1e9 };
const LIMITS = { ...DEFAULT_LIMITS, open: FREE, signed: FREE, operator: FREE, wrongTokenCost: 0.001 };

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

const exampleFor = (operation: Operation) => {
  const example = exampleOf(operation);
  return { target: exampleAddress(operation, example), body: example.body };
};

/** The code of a refusal by the table; undefined for anything else. */
const denialOf = (json: { code?: string } | null): string | undefined =>
  json?.code !== undefined && DENIALS.has(json.code) ? json.code : undefined;

describe('the access table over REST', () => {
  it.each([true, false])(
    'property 31: role-based access: every operation answers every caller as the table says (public reads: %s)',
    async (publicReads) => {
      const { sessions, apiKeys, callers } = accessWorld(NOW);
      const reached: string[] = [];
      const { ask, clock } = await openRest(notingHandlers(reached), publicReads);
      const admission = new Admission(
        { token: OPERATOR_TOKEN, clinicId: CLINIC_ID, hosts: ['clinic'], origins: [], limits: LIMITS },
        { clock, sessions, apiKeys },
      );
      for (const caller of callers) {
        const facts = factsOf(caller.headers);
        if (caller.kind === 'refused at the door') {
          await expect(admission.identify(facts, () => undefined)).rejects.toMatchObject({ code: 'rpc.bad-token' });
          continue;
        }
        const { principal } = await admission.identify(facts, () => undefined);
        reached.length = 0;
        const told: string[] = [];
        for (const operation of OPERATIONS) {
          const { target, body } = exampleFor(operation);
          const { json } = await ask(operation.verb, target, { body, principal });
          told.push(`${operation.id}: ${denialOf(json)}`);
        }
        const expected = OPERATIONS.map(({ method }) => refusalBy(ACCESS[method], caller, publicReads));
        expect(told, caller.name).toEqual(OPERATIONS.map(({ id }, at) => `${id}: ${expected[at]}`));
        const permitted = OPERATIONS.filter((_operation, at) => expected[at] === undefined);
        expect(reached, caller.name).toEqual(permitted.map(({ method }) => method));
      }
    },
  );

  it('property 31: role-based access: through a real server too', async () => {
    const { sessions, apiKeys, callers, log } = accessWorld(Date.now());
    const reached: string[] = [];
    const modules = { sessions, apiKeys, accessLog: log };
    const door = await openDoor({ limits: LIMITS, handlers: notingHandlers(reached), modules });
    const names = ['no session', 'a wrong token', 'the operator', 'reception', 'an API key with every scope'];
    for (const name of names) {
      const caller = callers.find((each) => each.name === name) as AccessCaller;
      const codes = await Promise.all(OPERATIONS.map((operation) => overHttp(door, caller, operation)));
      const expected = OPERATIONS.map(({ method }) => refusalBy(ACCESS[method], caller, true));
      const rows = (all: readonly (string | undefined)[]) => OPERATIONS.map(({ id }, at) => `${id}: ${all[at]}`);
      expect(rows(codes), name).toEqual(rows(expected));
    }
  });
});

async function overHttp(
  door: Door,
  { kind, headers }: AccessCaller,
  operation: Operation,
): Promise<string | undefined> {
  const { target, body } = exampleFor(operation);
  const response = await fetch(`${door.url}/api/v1${target}`, {
    method: operation.verb,
    headers: { ...headers, origin: door.url, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const json = (await response.json()) as { code?: string } | null;
  return kind === 'refused at the door' ? json?.code : denialOf(json);
}

function factsOf(headers: Readonly<Record<string, string>>): RequestFacts {
  return {
    ...{ method: 'POST', calls: true, upgrade: false, hasBody: true, secure: false },
    ...{ address: '127.0.0.1', host: 'clinic', origin: 'http://clinic', contentType: 'application/json' },
    ...{ userAgent: undefined, protocols: undefined, fetchSite: undefined },
    authorization: headers['authorization'],
    cookie: headers['cookie'],
  };
}
