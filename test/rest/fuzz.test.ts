// Hostile addresses, queries, bodies and headers: every answer is a result or a refusal, never a failure inside.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLES } from '../../consensus/ledger/accounts/types.ts';
import { OPERATOR, type Principal } from '../../rpc/access/principal.ts';
import { parseJson } from '../../rpc/jsonrpc/parse.ts';
import { OPERATIONS } from '../../rpc/rest/operations.ts';
import { callParams } from '../../rpc/rest/parameters.ts';
import { Router } from '../../rpc/rest/router.ts';
import { NOW, openRest } from './helpers.ts';

const REFUSED = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 503];

/** Whom nothing is closed to, so that handlers are reached. */
const PERSON: Principal = {
  kind: 'session',
  session: { id: '00', user: '00', account: null, name: 'a', roles: ROLES, factorAt: NOW },
};

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2F',
    '%5c',
    '%00',
    '%',
    '%zz',
    '\ud800',
    "' or 1=1--",
    '<script>',
    '__proto__',
  ),
  fc.constantFrom('constructor', 'toString', '0', '-1', '1e309', 'null', '[]', '{}', '\r\nset-cookie: a=b'),
  fc.stringMatching(/^[0-9a-f]{64}$/),
);

const encoded = nasty.map((text) => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
});

describe('hostile requests', () => {
  it('to any address are refused or answered, never a failure inside', async () => {
    const { ask, logs } = await openRest();
    const operation = fc.constantFrom(...OPERATIONS);
    await fc.assert(
      fc.asyncProperty(
        operation,
        fc.array(encoded, { minLength: 4, maxLength: 4 }),
        fc.array(fc.tuple(encoded, encoded), { maxLength: 3 }),
        fc.option(fc.json({ maxDepth: 4 }), { nil: undefined }),
        fc.constantFrom(OPERATOR, PERSON),
        async ({ verb, path, status }, texts, pairs, body, principal) => {
          let at = 0;
          const filled = path.replace(/\{[^}]+\}/g, () => texts[at++]);
          const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
          const target = query === '' ? filled : `${filled}?${query}`;
          const sent = verb === 'GET' || verb === 'DELETE' ? undefined : (body ?? '{}');
          const answer = await ask(verb, target, { body: sent, principal });
          expect([status ?? 200, ...REFUSED], `${verb} ${target} ${answer.body}`).toContain(answer.status);
          for (const value of Object.values(answer.headers)) expect(value).not.toMatch(/[\r\n]/);
        },
      ),
      { numRuns: 300 },
    );
    expect(logs).toEqual([]);
  });

  it('of any bytes as a path find an operation only by its own path', () => {
    const router = new Router(OPERATIONS);
    const path = fc.oneof(
      fc.array(encoded, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
      fc.string(),
    );
    fc.assert(
      fc.property(path, (text) => {
        let match: ReturnType<Router['find']>;
        try {
          match = router.find('GET', text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'rpc.bad-request' });
          return;
        }
        if (match.kind !== 'operation') return;
        const { operation, segments } = match;
        const again = operation.path.replace(/\{([^}]+)\}/g, (_all, name: string) =>
          encodeURIComponent(segments[name]),
        );
        expect(decodeURIComponent(text)).toBe(decodeURIComponent(again));
      }),
      { numRuns: 500 },
    );
  });

  it('never give a call a parameter that its schema does not name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPERATIONS), fc.array(fc.tuple(encoded, encoded)), (operation, pairs) => {
        const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
        const segments = Object.fromEntries(
          operation.parameters.filter((each) => each.in === 'path').map(({ name }) => [name, '1']),
        );
        try {
          const params = callParams(operation, segments, query, undefined);
          const known = operation.parameters.flatMap(({ name }) => operation.either?.[name] ?? [name]);
          for (const name of Object.keys(params)) expect(known).toContain(name);
          expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
        } catch (error) {
          expect(error).toMatchObject({ code: 'rpc.invalid-params' });
        }
      }),
    );
  });

  it('with any JSON are read as JSON.parse reads it, or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((text) => `{"a":${text},"a":1}`),
        ),
        (text) => {
          let read: unknown;
          try {
            read = parseJson(text);
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
            return;
          }
          expect(read).toEqual(JSON.parse(text));
          expect(text).not.toMatch(/^\{"a":.*,"a":1\}$/s);
        },
      ),
      { numRuns: 500 },
    );
    for (const text of ['{"a":1,"\\u0061":2}', '{"x":[{"b":1,"b" :2}]}', '{"a":{},"a":{}}', '{"":1,"":2}']) {
      expect(() => parseJson(text), text).toThrow(SyntaxError);
    }
    for (const text of ['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', '["a","a"]', '{"a":"a","b":"\\"a\\":"}']) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
  });
});
