// Methods over the wire: parameters, results, errors, and the fuzzing of all of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../common/errors.ts';
import type { MethodSpec } from '../../rpc/schema/method.ts';
import { METHODS } from '../../rpc/schema/methods.ts';
import { openDoor, TOKEN } from './helpers/door.ts';
import { idOf, TinyNode } from './helpers/tiny-node.ts';

const { answered } = new TinyNode();
const METHOD_LIST = (Object.entries(METHODS) as [string, MethodSpec][]).filter(([name]) => answered.has(name));

/** One good call of each method that needs parameters. */
const GOOD: Record<string, unknown> = {
  chain_block: { id: idOf('block 3').toUpperCase() },
  chain_transaction: { id: idOf('transaction 3') },
  chain_statement: { id: idOf('statement 3') },
  chain_search: { query: '3' },
  tx_submit: { statements: [{ statement: 'AB' }, { statement: '', attachment: { salt: '00'.repeat(32), bytes: '' } }] },
  tx_wait: { statements: [idOf('ab')], timeoutMs: 0 },
  patient_register: { patients: [{ number: '078-05-1120' }, { resource: { resourceType: 'Patient' } }] },
  patient_get: { patient: '078-05-1120', country: 'us', type: 'SSN' },
  patient_history: { patient: '078-05-1120' },
  patient_import: { resources: [{ line: 1, text: JSON.stringify({ resourceType: 'Patient', id: 'a' }) }] },
  threat_block: { address: '203.0.113.9', reason: 'flood' },
  threat_unblock: { address: '203.0.113.9' },
  threat_check: { address: '203.0.113.9' },
  wallet_transfer: { to: 2, amount: '3' },
  peer_ban: { peer: '2', reason: 'floods' },
  peer_unban: { peer: '2' },
  chain_getProof: { key: '01AB' },
  chain_getHeaders: { from: 1 },
  chain_installCheckpoint: {
    set: 0,
    height: 8,
    id: idOf('block 8'),
    signatures: [1, 2].map((clinic) => ({ clinic, signature: 'CD'.repeat(64) })),
  },
  member_invite: { clinic: '{}' },
  member_uninvite: { nodeKey: idOf('a node') },
  member_propose: { change: { type: 'remove-clinic', clinic: 2 } },
  member_approve: { proposal: 'AB'.repeat(32) },
  member_prepare: { decision: { action: 'approve', proposal: 'AB'.repeat(32) } },
  member_submit: {
    file: {
      ...{ version: 1, genesis: 'ab'.repeat(32), clinic: 1, action: 'approve', subject: 'members' },
      ...{ proposal: 'ab'.repeat(32), salt: null, expiry: null, content: '0500', summary: '' },
      signature: 'cd'.repeat(64),
    },
  },
  key_rotate: { role: 'vote' },
  subscribe: { stream: 'heads' },
  unsubscribe: { subscription: '0'.repeat(16) },
};

describe('methods', () => {
  it('answer a good call with a result of their own shape', async () => {
    const door = await openDoor();
    for (const [name, spec] of METHOD_LIST) {
      const answer = await door.call(name, GOOD[name], TOKEN);
      if (name === 'subscribe' || name === 'unsubscribe') expect(answer.error.data.code).toBe('rpc.websocket-only');
      else {
        expect(answer.error, name).toBeUndefined();
        expect(spec.result.parse(answer.result), name).toEqual(answer.result);
      }
    }
  });

  it('never fail inside, whatever parameters they get', async () => {
    const door = await openDoor({ limits: { operator: { rate: 1e6, burst: 1e6 } } });
    const names = fc.constantFrom(...METHOD_LIST.map(([name]) => name));
    const keys = fc.constantFrom(
      'id',
      'height',
      'limit',
      'statements',
      'patient',
      'patients',
      'resources',
      'address',
      'query',
    );
    const params = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 })));
    const mutated = names.chain((name) => {
      const good = (GOOD[name] ?? {}) as Record<string, unknown>;
      const change = fc.dictionary(
        fc.constantFrom(...Object.keys(good), 'limit', 'extra'),
        fc.jsonValue({ maxDepth: 3 }),
      );
      return fc.tuple(
        fc.constant(name),
        fc.oneof(
          params,
          change.map((changes) => ({ ...good, ...changes })),
        ),
      );
    });
    await fc.assert(
      fc.asyncProperty(fc.array(mutated, { minLength: 1, maxLength: 30 }), async (calls) => {
        const batch = calls.map(([method, params], id) => ({ jsonrpc: '2.0', method, params, id }));
        const { json, status } = await door.post(batch, { authorization: `Bearer ${TOKEN}` });
        expect(status).toBe(200);
        if (JSON.stringify(batch).includes('"__proto__":')) {
          expect(json.error.code).toBe(-32700);
          return;
        }
        expect(json).toHaveLength(calls.length);
        for (const [index, { result, error }] of json.entries()) {
          const [name, given] = calls[index];
          if (error === undefined) METHODS[name as keyof typeof METHODS].result.parse(result);
          else expect([-32000, -32001, -32600, -32602], `${name} ${JSON.stringify(given)}`).toContain(error.code);
        }
      }),
      { numRuns: 60 },
    );
    expect(door.logs).toEqual([]);
  });

  it('never fail inside, whatever bytes the door gets', async () => {
    const door = await openDoor({ limits: { open: { rate: 1e6, burst: 1e6 } } });
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('', ' ', 'null', '"', '{}', '[[]]'),
    );
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        const { json, status } = await door.post(body);
        expect([200, 400]).toContain(status);
        for (const { error } of Array.isArray(json) ? json : [json])
          expect([-32700, -32600, -32001]).toContain(error.code);
      }),
      { numRuns: 150 },
    );
    expect(door.logs).toEqual([]);
  });

  it('name each wrong parameter, refuse unknown ones, and take none by position', async () => {
    const door = await openDoor();
    const issues = async (method: string, params: unknown) => (await door.call(method, params, TOKEN)).error;
    expect(await issues('tx_wait', { statements: ['zz'], until: 'soon' })).toMatchObject({
      code: -32602,
      message: 'Invalid params',
      data: { code: 'rpc.invalid-params', issues: [{ path: 'statements.0' }, { path: 'until' }] },
    });
    expect((await issues('chain_blocks', { limit: 5, page: 2 })).code).toBe(-32602);
    expect((await issues('chain_block', { height: 1, id: idOf('block 1') })).code).toBe(-32602);
    expect((await issues('chain_blocks', [5])).data.issues[0].message).toContain('by name');
  });

  it('fill in defaults and normalise before the handler sees parameters', async () => {
    const seen: unknown[] = [];
    const door = await openDoor({
      handlers: { patient_get: (async (params: unknown) => void seen.push(params)) as never },
    });
    await door.call('patient_get', { patient: ' 1 ', country: 'us', type: 'SSN' }, TOKEN);
    expect(seen).toEqual([{ patient: '1', country: 'US', type: 'ssn' }]);
    expect((await door.call('chain_blocks', {})).result.blocks).toHaveLength(12);
  });

  it('take the whole list of 512 statements in one call', async () => {
    const door = await openDoor();
    const statements = Array.from({ length: 512 }, (_, index) => ({
      statement: index.toString(16).padStart(4, '0').repeat(4096),
      attachment: { salt: '00'.repeat(32), bytes: 'ee'.repeat(4096) },
    }));
    const { result } = await door.call('tx_submit', { statements }, TOKEN);
    expect(result.statements).toHaveLength(512);
    expect((await door.call('tx_submit', { statements: [...statements, statements[0]] }, TOKEN)).error.code).toBe(
      -32602,
    );
  });
});

class SecretError extends CodedError<{ code: string; path: string }> {}

describe('errors', () => {
  it('of a service reach the caller with code, sentence and metadata when the method declares them', async () => {
    const door = await openDoor();
    expect((await door.call('chain_block', { height: 99 })).error).toEqual({
      code: -32000,
      message: 'chain.unknown-block (detail: 99)',
      data: { code: 'chain.unknown-block', detail: '99' },
    });
  });

  it('that nobody declared tell the caller a reference, and the log neither message nor metadata', async () => {
    const fail = (error: Error) => async () => Promise.reject(error);
    const door = await openDoor({
      handlers: {
        chain_head: fail(new SecretError({ code: 'chain.strange', path: '/secret/place' })),
        mining_status: fail(new Error('patient 078-05-1120 exploded')),
        wallet_list: (async () => ({ wallets: 1n })) as never,
        mining_stats: (async () => undefined) as never,
      },
    });
    for (const method of ['chain_head', 'mining_status', 'wallet_list', 'mining_stats']) {
      const { error } = await door.call(method);
      expect(error).toMatchObject({ code: -32603, message: 'Internal error', data: { code: 'rpc.internal' } });
      expect(JSON.stringify(error)).not.toMatch(/secret|078-05/);
      expect(door.logs.at(-1)).toContain(error.data.reference);
    }
    expect(door.logs.join('')).not.toMatch(/secret\/place|078-05/);
    expect(door.logs.join('')).toContain('chain.strange');
  });

  it('of the node and its disk have their code and a sentence at every method, and no metadata', async () => {
    for (const [code, said] of [
      ['store.disk-full', /full/],
      ['store.damaged', /damaged/],
      ['store.failed', /refuses/],
      ['store.not-synced', /anew/],
    ] as const) {
      const failing = async () => Promise.reject(new SecretError({ code, path: '/secret/place' }));
      const door = await openDoor({ handlers: { chain_head: failing } });
      const { error } = await door.call('chain_head');
      expect(error).toEqual({ code: -32000, message: expect.stringMatching(said), data: { code } });
      expect(door.logs.join('')).not.toContain('secret/place');
      expect(door.logs.some((line) => line.includes(code))).toBe(code !== 'store.disk-full');
    }
  });
});

describe('rpc.discover', () => {
  it('describes every method with its parameters, result, errors and access', async () => {
    const door = await openDoor();
    const { methods } = (await door.call('rpc.discover')).result;
    expect(methods.map(({ name }: { name: string }) => name).sort()).toEqual(Object.keys(METHODS).sort());
    for (const method of methods) {
      expect(method).toMatchObject({ paramStructure: 'by-name', summary: expect.stringMatching(/\.$/) });
      expect(method.result.schema).toBeTypeOf('object');
      for (const param of method.params) {
        expect(param).toMatchObject({ name: expect.any(String), required: expect.any(Boolean) });
      }
    }
    const wait = methods.find(({ name }: { name: string }) => name === 'tx_wait');
    expect(wait.params.map(({ name, required }: { name: string; required: boolean }) => [name, required])).toEqual([
      ['statements', true],
      ['until', false],
      ['timeoutMs', false],
    ]);
    const block = methods.find(({ name }: { name: string }) => name === 'chain_block');
    expect(block.params.map(({ required }: { required: boolean }) => required)).toEqual([false, false]);
    expect(block['x-params'].anyOf).toHaveLength(2);
  });

  it('names methods area_verb', () => {
    for (const name of Object.keys(METHODS)) {
      expect(name).toMatch(/^(?:[a-z]+_[a-z][A-Za-z]*|rpc\.discover|subscribe|unsubscribe)$/);
    }
  });
});
