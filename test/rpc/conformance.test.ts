// The examples of section 7 of the JSON-RPC 2.0 specification, over HTTP and WebSocket, against a table of its methods.
import { describe, expect, it } from 'vitest';
import type { MethodTable, TableEntry } from '../../rpc/jsonrpc/table.ts';
import { openDoor } from './helpers/door.ts';

function entry(run: (params: unknown) => unknown): TableEntry {
  return {
    rule: { who: 'anyone' },
    cost: 1,
    errors: [],
    parse: (params) => params,
    run: async (params) => run(params),
  };
}

function difference(params: unknown): number {
  if (Array.isArray(params)) return params[0] - params[1];
  const { minuend, subtrahend } = params as { minuend: number; subtrahend: number };
  return minuend - subtrahend;
}

const TABLE: MethodTable = new Map(
  Object.entries({
    subtract: entry(difference),
    update: entry(() => null),
    sum: entry((params) => (params as number[]).reduce((total, value) => total + value, 0)),
    notify_hello: entry(() => null),
    notify_sum: entry(() => null),
    get_data: entry(() => ['hello', 5]),
  }),
);

const INVALID = { jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request' }, id: null };
const PARSE = { jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null };

const EXAMPLES: readonly [title: string, request: string, answer: unknown][] = [
  [
    'positional parameters',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    { jsonrpc: '2.0', result: 19, id: 1 },
  ],
  [
    'positional parameters the other way',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    { jsonrpc: '2.0', result: -19, id: 2 },
  ],
  [
    'named parameters',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
    { jsonrpc: '2.0', result: 19, id: 3 },
  ],
  [
    'named parameters in another order',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    { jsonrpc: '2.0', result: 19, id: 4 },
  ],
  ['a notification', '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', undefined],
  ['a notification of an unknown method', '{"jsonrpc": "2.0", "method": "foobar"}', undefined],
  [
    'a call of a non-existent method',
    '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
    { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' }, id: '1' },
  ],
  ['invalid JSON', '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', PARSE],
  ['an invalid request object', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', INVALID],
  [
    'a batch of invalid JSON',
    '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]',
    PARSE,
  ],
  ['an empty array', '[]', INVALID],
  ['an invalid batch that is not empty', '[1]', [INVALID]],
  ['an invalid batch', '[1,2,3]', [INVALID, INVALID, INVALID]],
  [
    'a batch',
    `[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
      {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`,
    [
      { jsonrpc: '2.0', result: 7, id: '1' },
      { jsonrpc: '2.0', result: 19, id: '2' },
      INVALID,
      { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' }, id: '5' },
      { jsonrpc: '2.0', result: ['hello', 5], id: '9' },
    ],
  ],
  [
    'a batch of notifications',
    `[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]`,
    undefined,
  ],
];

describe('answers as the specification says to', () => {
  it.each(EXAMPLES)('%s', async (_title, request, answer) => {
    const door = await openDoor({ table: TABLE });
    const got = await door.post(request);
    expect(got.json).toEqual(answer);
    expect(got.status).toBe(answer === undefined ? 204 : 200);
    if (answer === undefined) expect(got.text).toBe('');
  });

  it('the same over one WebSocket, with nothing for notifications', async () => {
    const door = await openDoor({ table: TABLE });
    const socket = await door.socket();
    const answers: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const answer = JSON.parse(data.toString());
        if (answer.id === 'last') resolve();
        else answers.push(answer);
      });
    });
    for (const [, request] of EXAMPLES) {
      socket.send(request);
    }
    socket.send('{"jsonrpc": "2.0", "method": "get_data", "id": "last"}');
    await all;
    const wanted = EXAMPLES.map(([, , answer]) => answer).filter((answer) => answer !== undefined);
    const sorted = (list: unknown[]): string[] => list.map((value) => JSON.stringify(value)).sort();
    expect(sorted(answers)).toEqual(sorted(wanted));
  });

  it('refuses ids and parameters of other types, and answers to an id of null', async () => {
    const door = await openDoor({ table: TABLE });
    const post = async (request: object) => (await door.post({ jsonrpc: '2.0', method: 'get_data', ...request })).json;
    expect(await post({ id: {} })).toEqual(INVALID);
    expect(await post({ id: true })).toEqual(INVALID);
    expect(await post({ id: 7, params: 'text' })).toEqual({ ...INVALID, id: 7 });
    expect(await post({ id: 7, params: null })).toEqual({ ...INVALID, id: 7 });
    expect(await post({ id: 7, jsonrpc: '1.0' })).toEqual({ ...INVALID, id: 7 });
    expect(await post({ id: null })).toEqual({ jsonrpc: '2.0', result: ['hello', 5], id: null });
    expect(await post({ id: 1.5 })).toMatchObject({ id: 1.5 });
  });
});
