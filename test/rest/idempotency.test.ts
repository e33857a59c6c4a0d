// Kept answers of writes: done once, whatever is sent again, over restarts, within bounds.

import { describe, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { RpcError } from '../../rpc/errors.ts';
import { type IdempotentRequest, KeptAnswers } from '../../rpc/rest/idempotency.ts';
import { idempotencyKey } from '../../rpc/rest/idempotency-key.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const DAY_MS = 86_400_000;
const NOW = 1_790_000_000_000;
const fingerprint = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));

interface Given {
  readonly key?: string;
  readonly principal?: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

function request({ key = 'k1', principal = 'operator', body = 'a', signal }: Given = {}): IdempotentRequest {
  return { key, principal, fingerprint: fingerprint(body), signal: signal ?? new AbortController().signal };
}

async function openKept(store = new MemoryKeyValues(), clock = new ManualClock(NOW)) {
  const kept = new KeptAnswers({ store, clock });
  await kept.open();
  return { kept, store, clock };
}

const refusal = (code: string): RpcError => new RpcError({ code, number: -32000, details: {} }, 'no');

describe('a key', () => {
  it('has the same answer each time, and the work is done once', async () => {
    const { kept } = await openKept();
    let times = 0;
    const work = async () => ({ times: ++times });
    expect(await kept.once(request(), work)).toEqual({ result: { times: 1 }, replayed: false });
    expect(await kept.once(request(), work)).toEqual({ result: { times: 1 }, replayed: true });
    expect(times).toBe(1);
  });

  it('is refused with another request, and is another one for another caller', async () => {
    const { kept } = await openKept();
    await kept.once(request(), async () => 1);
    await expect(kept.once(request({ body: 'b' }), async () => 2)).rejects.toMatchObject({
      code: 'rpc.idempotency-reused',
    });
    expect(await kept.once(request({ principal: 'user a' }), async () => 3)).toEqual({ result: 3, replayed: false });
  });

  it('is refused while its request is worked on', async () => {
    const { kept } = await openKept();
    const gate = Promise.withResolvers<string>();
    const first = kept.once(request(), () => gate.promise);
    await expect(kept.once(request(), async () => 'twice')).rejects.toMatchObject({ code: 'rpc.idempotency-running' });
    gate.resolve('once');
    expect(await first).toEqual({ result: 'once', replayed: false });
    expect(await kept.once(request(), async () => 'twice')).toEqual({ result: 'once', replayed: true });
  });

  it('is free again after a refusal: nothing was done', async () => {
    const { kept, store } = await openKept();
    await expect(kept.once(request(), () => Promise.reject(refusal('outbox.full')))).rejects.toThrow('no');
    expect(store.rows.size).toBe(0);
    expect(await kept.once(request(), async () => 'now')).toEqual({ result: 'now', replayed: false });
  });

  it('stays taken when it is not known whether the work took effect', async () => {
    const { kept } = await openKept();
    await expect(kept.once(request(), () => Promise.reject(new Error('broke')))).rejects.toThrow('broke');
    const gone = AbortSignal.abort();
    const aborted = kept.once(request({ key: 'k2', signal: gone }), () => Promise.reject(refusal('rpc.timeout')));
    await expect(aborted).rejects.toThrow('no');
    for (const key of ['k1', 'k2']) {
      await expect(kept.once(request({ key }), async () => 2)).rejects.toMatchObject({ code: 'rpc.idempotency-lost' });
    }
  });

  it('is on disk before the work begins, and its answer before it is given', async () => {
    const { kept, store } = await openKept();
    let rows = 0;
    await kept.once(request(), async () => {
      rows = store.rows.size;
      return 'answer of the work';
    });
    expect(rows).toBe(1);
    expect(Buffer.from([...store.rows.values()][0]).toString('latin1')).toContain('answer of the work');
  });

  it('is known after a restart: done ones are answered, broken ones are not done again', async () => {
    const { kept, store, clock } = await openKept();
    await kept.once(request({ key: 'done' }), async () => 7);
    void kept.once(request({ key: 'broken' }), () => new Promise(() => undefined));
    await expect.poll(() => store.rows.size).toBe(2);
    const { kept: again } = await openKept(store, clock);
    expect(await again.once(request({ key: 'done' }), async () => 8)).toEqual({ result: 7, replayed: true });
    await expect(again.once(request({ key: 'broken' }), async () => 8)).rejects.toMatchObject({
      code: 'rpc.idempotency-lost',
    });
  });

  it('is forgotten after a day, on disk too', async () => {
    const { kept, store, clock } = await openKept();
    await kept.once(request(), async () => 1);
    clock.advance(DAY_MS - 1);
    expect((await kept.once(request(), async () => 2)).result).toBe(1);
    clock.advance(1);
    expect(await kept.once(request({ body: 'b' }), async () => 2)).toEqual({ result: 2, replayed: false });
    clock.advance(DAY_MS);
    await kept.once(request({ key: 'other' }), async () => 3);
    expect(store.rows.size).toBe(1);
  });

  it('is refused beyond 2,000 of one caller, while others still have theirs', async () => {
    const { kept } = await openKept();
    for (let at = 0; at < 2000; at++) await kept.once(request({ key: `k${at}` }), async () => at);
    await expect(kept.once(request({ key: 'more' }), async () => 1)).rejects.toMatchObject({
      code: 'rpc.idempotency-full',
    });
    expect((await kept.once(request({ key: 'k5' }), async () => 1)).result).toBe(5);
    expect((await kept.once(request({ principal: 'user b' }), async () => 1)).result).toBe(1);
  });

  it('keeps no answer above its bound, and then does not do the work again either', async () => {
    const { kept, store } = await openKept();
    const big = 'x'.repeat(600_000);
    expect((await kept.once(request(), async () => big)).result).toBe(big);
    expect(Math.max(...[...store.rows.values()].map((row) => row.length))).toBeLessThan(1000);
    await expect(kept.once(request(), async () => 1)).rejects.toMatchObject({ code: 'rpc.idempotency-lost' });
  });

  it('keeps the answers of a caller however much another one has kept', async () => {
    const { kept } = await openKept();
    const big = 'x'.repeat(500_000);
    let at = 0;
    for (; at < 16; at++) await kept.once(request({ principal: 'user a', key: `k${at}` }), async () => big);
    await expect(kept.once(request({ principal: 'user a', key: `k${at - 1}` }), async () => 1)).rejects.toMatchObject({
      code: 'rpc.idempotency-lost',
    });
    await kept.once(request({ principal: 'user b' }), async () => big);
    expect(await kept.once(request({ principal: 'user b' }), async () => 1)).toEqual({ result: big, replayed: true });
    expect((await kept.once(request({ principal: 'user a', key: 'k0' }), async () => 1)).replayed).toBe(true);
  });

  it('lets nothing begin that it cannot write down, and takes back nothing that was done', async () => {
    const { kept, store } = await openKept();
    const put = store.put.bind(store);
    store.put = () => Promise.reject(new Error('disk'));
    let ran = false;
    await expect(kept.once(request(), async () => (ran = true))).rejects.toThrow('disk');
    expect(ran).toBe(false);
    store.put = put;
    const work = async (): Promise<string> => {
      store.put = () => Promise.reject(new Error('disk'));
      return 'done';
    };
    expect(await kept.once(request(), work)).toEqual({ result: 'done', replayed: false });
    await expect(kept.once(request(), work)).rejects.toMatchObject({ code: 'rpc.idempotency-lost' });
  });
});

describe('the header Idempotency-Key', () => {
  it('is a structured-field string, or the bare token that many clients send', () => {
    expect(idempotencyKey(undefined)).toBeUndefined();
    expect(idempotencyKey('"8e03978e-40d5-43e8"')).toBe('8e03978e-40d5-43e8');
    expect(idempotencyKey('8e03978e-40d5-43e8')).toBe('8e03978e-40d5-43e8');
    expect(idempotencyKey('"a \\"b\\" \\\\c"')).toBe('a "b" \\c');
  });

  it.each(['', '""', 'a b', '"a', 'a"', 'a, b', '"a", "b"', 'ä', '"\n"', `"${'x'.repeat(129)}"`])(
    'is refused as %j',
    (text) => {
      expect(() => idempotencyKey(text)).toThrow(expect.objectContaining({ code: 'rpc.idempotency-key' }));
    },
  );
});
