// The REST door over the small node: methods by their addresses, problem details, tags, pages, formats, keys.
import { describe, expect, it } from 'vitest';
import { idOf } from '../rpc/helpers/tiny-node.ts';
import { OPEN, openRest } from './helpers.ts';

const BLOCK_3 = idOf('block 3');

describe('reads', () => {
  it('are found by their addresses, with parameters from path and query', async () => {
    const { ask } = await openRest();
    expect((await ask('GET', '/chain/head')).json).toMatchObject({ height: 11 });
    expect((await ask('GET', '/chain/blocks/3')).json).toMatchObject({ height: 3, id: BLOCK_3 });
    expect((await ask('GET', `/chain/blocks/${BLOCK_3.toUpperCase()}`)).json).toMatchObject({ height: 3 });
    const page = await ask('GET', '/chain/blocks?limit=2&before=7');
    expect(page.json.blocks.map(({ height }: { height: number }) => height)).toEqual([6, 5]);
    expect((await ask('GET', '/members?former=true')).status).toBe(200);
  });

  it('link to their next page, with what else was asked for, and not from the last', async () => {
    const { ask } = await openRest();
    const first = await ask('GET', '/chain/blocks?limit=5');
    expect(first.headers['link']).toBe('</api/v1/chain/blocks?limit=5&before=7>; rel="next"');
    const heights: number[] = [];
    let next: string | undefined = '/chain/blocks?limit=5';
    while (next !== undefined) {
      const page = await ask('GET', next);
      heights.push(...page.json.blocks.map(({ height }: { height: number }) => height));
      next = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(page.headers['link'] ?? '')?.[1];
    }
    expect(heights).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('have a tag, and 304 without a body for whoever has it already', async () => {
    const { ask } = await openRest();
    const first = await ask('GET', '/chain/head');
    expect(first.headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'Authorization, Cookie' });
    const tag = first.headers['etag'];
    for (const given of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const again = await ask('GET', '/chain/head', { headers: { 'if-none-match': given } });
      expect([again.status, again.body, again.headers['etag']], given).toEqual([304, undefined, tag]);
    }
    expect((await ask('GET', '/chain/head', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    expect((await ask('GET', '/chain/blocks/2')).headers['etag']).not.toBe(tag);
  });

  it('of what is not for everybody are stored nowhere', async () => {
    const { ask } = await openRest();
    expect((await ask('GET', '/node/status')).headers['cache-control']).toBe('no-store');
    expect((await ask('POST', '/patients/lookup', { body: { patient: '123-45-6789' } })).headers).toMatchObject({
      'cache-control': 'no-store',
    });
  });

  it('answer HEAD as GET, OPTIONS with what there is, and other verbs with what they could have been', async () => {
    const { ask } = await openRest();
    const head = await ask('HEAD', '/chain/head');
    expect([head.status, head.headers['etag']]).toEqual([200, (await ask('GET', '/chain/head')).headers['etag']]);
    const options = await ask('OPTIONS', '/threats/203.0.113.7');
    expect([options.status, options.headers['allow'], options.body]).toEqual([
      204,
      'GET, HEAD, DELETE, OPTIONS',
      undefined,
    ]);
    expect(Object.keys(options.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    for (const verb of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get']) {
      const other = await ask(verb, '/chain/head');
      expect([other.status, other.headers['allow'], other.json.code], verb).toEqual([
        405,
        'GET, HEAD, OPTIONS',
        'rpc.method-not-allowed',
      ]);
    }
  });
});

describe('refusals', () => {
  it('are problem details with the code and metadata of the JSON-RPC answer', async () => {
    const { ask } = await openRest();
    const { status, headers, json } = await ask('GET', '/chain/blocks/900');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      404,
      'application/problem+json',
      'no-store',
    ]);
    expect(json).toMatchObject({
      type: 'urn:wardmesh:problem:chain.unknown-block',
      title: 'There is no such thing',
      status: 404,
      code: 'chain.unknown-block',
    });
    expect((await ask('GET', '/nothing/here')).json).toMatchObject({ status: 404, code: 'rpc.not-found' });
  });

  it('point at each wrong parameter where it stands', async () => {
    const { ask } = await openRest();
    const wrong = async (verb: string, target: string, body?: unknown) => {
      const { status, json } = await ask(verb, target, { body });
      expect([status, json.code], target).toEqual([400, 'rpc.invalid-params']);
      return json.errors.map((each: { in: string; pointer: string }) => `${each.in} ${each.pointer}`);
    };
    expect(await wrong('GET', '/chain/blocks?limit=0')).toEqual(['query #/limit']);
    expect(await wrong('GET', '/chain/blocks?limit=1&limit=2')).toEqual(['query #/limit']);
    expect(await wrong('GET', '/chain/blocks?none=1')).toEqual(['query #/none']);
    expect(await wrong('GET', '/chain/statements/abc')).toEqual(['path #/id']);
    expect(await wrong('POST', '/patients', { patients: [{ number: '' }] })).toEqual(['body #/patients/0/number']);
    expect(await wrong('POST', '/wallets/transfers', { to: 'x', amount: 5 })).toEqual(['body #/to', 'body #/amount']);
    expect(await wrong('POST', '/wallets/transfers?to=1', { amount: '5' })).toEqual(['body #/to']);
    expect(await wrong('PUT', '/peers/2/ban', { peer: '3' })).toEqual(['path #/peer']);
  });

  it('take a number only in its one spelling', async () => {
    const { ask } = await openRest();
    for (const text of ['1e1', '0x5', '05', '+5', '5.0', ' 5', '5 ', '', 'true', '-0', '99999999999999999999']) {
      const { status } = await ask('GET', `/chain/blocks?limit=${encodeURIComponent(text)}`);
      expect(status, JSON.stringify(text)).toBe(400);
    }
    for (const text of ['True', '1', 'yes', '']) {
      expect((await ask('GET', `/members?former=${text}`)).status, text).toBe(400);
    }
  });

  it('know nobody: 401 with a challenge; and the operator alone: 403 for applications without the scope', async () => {
    const { ask } = await openRest();
    const open = await ask('GET', '/node/status', { principal: OPEN });
    expect([open.status, open.headers['www-authenticate'], open.json.code]).toEqual([
      401,
      'Bearer realm="wardmesh"',
      'rpc.unauthorized',
    ]);
    const key = { id: 'k', name: 'k', scopes: ['chain:read'], user: null, application: '00'.repeat(32), actions: '' };
    const { status, json } = await ask('GET', '/node/status', { principal: { kind: 'application', key } });
    expect([status, json.code]).toEqual([403, 'rpc.scope']);
    expect((await ask('GET', '/chain/head', { principal: OPEN })).status).toBe(200);
  });

  it('tell nothing of an unexpected failure but a reference that the log has too', async () => {
    const { ask, logs } = await openRest({
      chain_head: () => Promise.reject(new Error('secret of the inside')),
    });
    const { status, body, json } = await ask('GET', '/chain/head');
    expect([status, json.code]).toEqual([500, 'rpc.internal']);
    expect(body).not.toContain('secret');
    expect(logs.join('')).toContain(json.reference);
  });
});

describe('formats', () => {
  it('are JSON both ways: 406 where that is not taken, 415 where something else is sent', async () => {
    const { ask } = await openRest();
    const accepted = ['application/json', '*/*', 'application/*', 'text/html, application/json;q=0.1', ''];
    for (const accept of accepted) expect((await ask('GET', '/chain/head', { headers: { accept } })).status).toBe(200);
    for (const accept of ['text/html', 'application/xml', 'application/json;q=0, */*', 'application/json; q=0.0']) {
      const { status, json } = await ask('GET', '/chain/head', { headers: { accept } });
      expect([status, json.code], accept).toEqual([406, 'rpc.not-acceptable']);
    }
    const types = [
      'text/plain',
      'application/json; charset=latin1',
      'application/json, text/plain',
      'multipart/form-data',
      '',
    ];
    for (const type of types) {
      const body = { patient: '1' };
      const { status } = await ask('POST', '/patients/lookup', { body, headers: { 'content-type': type } });
      expect(status, type).toBe(415);
    }
    const packed = { 'content-encoding': 'gzip' };
    expect((await ask('POST', '/patients/lookup', { body: {}, headers: packed })).status).toBe(415);
  });

  it('have no body where none belongs, and an object where one does', async () => {
    const { ask } = await openRest();
    expect((await ask('GET', '/chain/head', { body: {} })).status).toBe(400);
    expect((await ask('DELETE', '/peers/2/ban', { body: {} })).status).toBe(400);
    for (const body of ['[]', '"text"', '1', 'null', 'true']) {
      expect((await ask('POST', '/wallets/transfers', { body })).json.code, body).toBe('rpc.invalid-params');
    }
    for (const body of ['{', '{"to":1,"to":2,"amount":"5"}', '{"__proto__":{}}', '{"a":'.repeat(70)]) {
      expect((await ask('POST', '/wallets/transfers', { body })).json.code, body).toBe('rpc.bad-request');
    }
  });

  it('let no header make one method of another', async () => {
    const { ask } = await openRest();
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const { status, json } = await ask('GET', '/peers/2/ban', { headers: { [name]: 'DELETE' } });
      expect([status, json.code], name).toEqual([400, 'rpc.method-override']);
    }
    expect((await ask('GET', '/chain/head?_method=DELETE')).status).toBe(400);
  });
});

describe('Idempotency-Key', () => {
  const transfer = { to: 2, amount: '5' };

  it('makes a write happen once, with the same answer', async () => {
    let times = 0;
    const { ask } = await openRest({
      wallet_transfer: async () => ({ statement: idOf(`transfer ${++times}`), status: 'queued' as const }),
    });
    const headers = { 'idempotency-key': '"t-1"' };
    const first = await ask('POST', '/wallets/transfers', { body: transfer, headers });
    const again = await ask('POST', '/wallets/transfers', { body: transfer, headers });
    expect([first.status, again.status, times]).toEqual([202, 202, 1]);
    expect(again.json).toEqual(first.json);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    const other = await ask('POST', '/wallets/transfers', { body: { ...transfer, amount: '6' }, headers });
    expect([other.status, other.json.code]).toEqual([422, 'rpc.idempotency-reused']);
    const elsewhere = await ask('POST', '/members/departure', { headers });
    expect(elsewhere.json.code).toBe('rpc.idempotency-reused');
  });

  it('gives the kept answer only to who may still make the call', async () => {
    const { ask } = await openRest();
    const headers = { 'idempotency-key': 'p-1' };
    const key = {
      id: 'k',
      name: 'k',
      scopes: ['patient:write'],
      user: null,
      application: '00'.repeat(32),
      actions: '',
    };
    const body = { patients: [{ number: '123-45-6789' }] };
    const may = { kind: 'application', key } as const;
    expect((await ask('POST', '/patients', { headers, body, principal: may })).status).toBe(202);
    const lost = { kind: 'application', key: { ...key, scopes: [] } } as const;
    expect((await ask('POST', '/patients', { headers, body, principal: lost })).json.code).toBe('rpc.scope');
    expect((await ask('POST', '/patients', { headers, body, principal: OPEN })).status).toBe(400);
  });

  it('is refused where an answer is not kept: lookups, and secrets that are shown once', async () => {
    const { ask } = await openRest();
    const headers = { 'idempotency-key': 'k' };
    const found = await ask('POST', '/patients/lookup', { headers, body: { patient: '123-45-6789' } });
    expect([found.status, found.json.code]).toEqual([400, 'rpc.idempotency-key']);
    const { status } = await ask('POST', '/members/invitations', { headers, body: { clinic: '{}' } });
    expect(status).toBe(400);
  });
});
