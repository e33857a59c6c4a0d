import { describe, expect, it } from 'vitest';
import { GOODBYE } from '../../p2p/goodbye.ts';
import type { ProtocolOptions, RequestHandler } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import {
  BLOCKS,
  codeThrownBy,
  collect,
  connect,
  dialRaw,
  ended,
  idOf,
  startNode,
  startRaw,
  type TestNode,
  text,
} from './nodes.ts';

/** 1 asks 2. */
async function pair(handler: RequestHandler, options: ProtocolOptions = BLOCKS): Promise<[TestNode, TestNode]> {
  const a = await startNode({ number: 1, protocols: [options] });
  const b = await startNode({ number: 2, setUp: (network) => network.serve(options, handler) });
  await connect(a.network, b.network);
  return [a, b];
}

const ask = (node: TestNode, request = text('x'), signal?: AbortSignal): AsyncIterable<Uint8Array> =>
  node.network.request(idOf(2), BLOCKS.protocol, request, signal);

describe('requests', () => {
  it('brings many chunks in order, from empty to the largest', async () => {
    const sizes = Array.from({ length: 300 }, (_, i) => (i * 4_099) % (BLOCKS.maxChunkBytes + 1));
    sizes.push(0, BLOCKS.maxChunkBytes);
    const [a] = await pair(async function* (from, request) {
      expect(from).toBe(idOf(1));
      expect(request).toEqual(text('range'));
      for (const [i, size] of sizes.entries()) yield new Uint8Array(size).fill(i);
    });
    const chunks = await collect(ask(a, text('range')));
    expect(chunks.map((chunk) => chunk.length)).toEqual(sizes);
    expect(chunks.every((chunk, i) => chunk.every((byte) => byte === (i & 0xff)))).toBe(true);
  });

  it('lets a slow consumer hold the sender back, in bounded memory on both sides', async () => {
    let produced = 0;
    const [a] = await pair(async function* () {
      for (; produced < BLOCKS.maxChunks; produced++) yield new Uint8Array(BLOCKS.maxChunkBytes);
    });
    const chunks = ask(a)[Symbol.asyncIterator]();
    await chunks.next();
    let last = -1;
    await waitFor(
      () => {
        const still = produced === last;
        last = produced;
        return still;
      },
      { intervalMs: 100, what: 'the sender stops' },
    );
    // A window of 1 MiB, a chunk on either side and what the kernel's sockets hold.
    expect(produced).toBeLessThan(64);
    let count = 1;
    while ((await chunks.next()).done !== true) count++;
    expect(count).toBe(BLOCKS.maxChunks);
  });

  it('answers an empty list with an end', async () => {
    const [a] = await pair(async function* () {});
    expect(await collect(ask(a))).toEqual([]);
  });

  it('tells the status and the code that a handler throws, and hides any other error', async () => {
    const [a, b] = await pair(async function* (_, request) {
      yield text('first');
      const reason = new TextDecoder().decode(request);
      if (reason === 'plain') throw new Error('clinic 7 of patient 9');
      throw new ProtocolError({ code: 'p2p.unavailable', reason });
    });
    const errorOf = (reason: string): Promise<unknown> =>
      collect(ask(a, text(reason))).then(
        () => undefined,
        (error) => error.toJSON(),
      );
    expect(await errorOf('chain.pruned')).toMatchObject({ code: 'p2p.unavailable', reason: 'chain.pruned' });
    expect(await errorOf('Not A Code')).toMatchObject({ code: 'p2p.unavailable', reason: '' });
    expect(await errorOf('plain')).toMatchObject({ code: 'p2p.server-error', reason: '' });
    expect(b.network.peers()).toHaveLength(1);
  });

  it('does not send what exceeds the limits of its own protocol', async () => {
    const [a] = await pair(async function* (_, request) {
      if (request.length === 1) yield new Uint8Array(BLOCKS.maxChunkBytes + 1);
      for (let i = 0; i <= BLOCKS.maxChunks; i++) yield new Uint8Array(1);
    });
    expect(await codeThrownBy(() => collect(ask(a, new Uint8Array(1))))).toBe('p2p.server-error');
    expect(await codeThrownBy(() => collect(ask(a, new Uint8Array(2))))).toBe('p2p.server-error');
    expect(await codeThrownBy(() => collect(ask(a, new Uint8Array(BLOCKS.maxRequestBytes + 1))))).toBe(
      'p2p.request-too-large',
    );
  });

  it('answers a peer above its rate with the time to wait and keeps the connection', async () => {
    const clock = new ManualClock();
    const limited = { ...BLOCKS, rate: 1, burst: 10, cost: (request: Uint8Array) => request[0] };
    const a = await startNode({ number: 1, protocols: [limited] });
    const b = await startNode({ number: 2, clock, setUp: (n) => n.serve(limited, async function* () {}) });
    await connect(a.network, b.network);
    const outcome = (cost: number): Promise<unknown> =>
      collect(ask(a, Uint8Array.of(cost))).then(
        () => 'ok',
        (error) => error.toJSON(),
      );
    expect(await outcome(10)).toBe('ok');
    expect(await outcome(4)).toMatchObject({ code: 'p2p.rate-limited', retryAfterMs: 4_000 });
    clock.advance(4_000);
    expect(await outcome(4)).toBe('ok');
    expect(await outcome(11)).toMatchObject({ code: 'p2p.bad-request', reason: 'p2p.cost' });
    expect(b.network.peers()).toHaveLength(1);
  });

  it('has at most two requests in flight for one peer and protocol, and the others wait their turn', async () => {
    let running = 0;
    let most = 0;
    const [a] = await pair(async function* () {
      most = Math.max(most, ++running);
      yield text('x');
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
    });
    const answers = await Promise.all(Array.from({ length: 12 }, () => collect(ask(a))));
    expect(answers.flat()).toHaveLength(12);
    expect(most).toBe(2);
    const codes = await Promise.all(Array.from({ length: 70 }, () => codeThrownBy(() => collect(ask(a)))));
    expect(codes.filter((code) => code === 'p2p.self-limited')).toHaveLength(4);
  });

  it('gives its slot back when the consumer stops early', async () => {
    let returned = 0;
    const [a] = await pair(async function* () {
      try {
        for (let i = 0; i < 100; i++) yield new Uint8Array(BLOCKS.maxChunkBytes);
      } finally {
        returned++;
      }
    });
    for (let i = 0; i < 5; i++) {
      for await (const chunk of ask(a)) {
        expect(chunk).toHaveLength(BLOCKS.maxChunkBytes);
        break;
      }
    }
    await waitFor(() => returned === 5, { what: 'every handler is told to stop' });
  });

  it('stops asking when the caller does', async () => {
    const [a] = await pair(async function* () {
      yield text('x');
      await new Promise(() => {});
    });
    const controller = new AbortController();
    const chunks = ask(a, text('x'), controller.signal)[Symbol.asyncIterator]();
    await chunks.next();
    controller.abort();
    expect(await codeThrownBy(() => chunks.next())).toBe('p2p.aborted');
  });

  it('names a peer that is not there, a protocol that nobody knows and one that the peer lacks', async () => {
    const lacking = { ...BLOCKS, protocol: '/wardmesh/lacking/1' };
    const a = await startNode({ number: 1, protocols: [lacking] });
    const b = await startNode({ number: 2 });
    await connect(a.network, b.network);
    const asking = (peer: number, protocol: string): Promise<string> =>
      codeThrownBy(async () => collect(a.network.request(idOf(peer), protocol, text('x'))));
    expect(await asking(3, lacking.protocol)).toBe('p2p.not-connected');
    expect(await asking(2, '/wardmesh/nobody/1')).toBe('p2p.unknown-protocol');
    expect(await asking(2, lacking.protocol)).toBe('p2p.unsupported');
  });
});

describe('answers of a bad peer', () => {
  /** 1 asks a raw node 2 that answers with `bytes` and then closes its side unless told to stay. */
  async function asking(bytes: Uint8Array, then: 'close' | 'stay' | 'reset' = 'close') {
    const clock = new ManualClock();
    const raw = await startRaw(2);
    await raw.handle(BLOCKS.protocol, async (stream) => {
      stream.addEventListener('message', () => {});
      if (bytes.length > 0) stream.send(bytes);
      if (then === 'close') await stream.close();
      if (then === 'reset') stream.abort(new Error('reset'));
    });
    const a = await startNode({ number: 1, clock, protocols: [BLOCKS] });
    a.network.setMembers([{ peerId: idOf(2), addresses: [] }]);
    await dialRaw(raw, a.network);
    await waitFor(() => a.network.peers().length === 1);
    return { a, clock };
  }

  const chunk = Uint8Array.of(0, 0, 0, 0, 1, 7);
  const outcome = async (bytes: Uint8Array, then?: 'close' | 'reset') => {
    const { a } = await asking(bytes, then);
    const code = await codeThrownBy(() => collect(ask(a)));
    return { code, a };
  };

  it.each([
    ['nothing', new Uint8Array(0)],
    ['half a header', chunk.subarray(0, 3)],
    ['half a chunk', chunk.subarray(0, 5)],
    ['a chunk and no end marker', chunk],
  ])('takes %s before the end of the stream for an error, not for an end', async (_, bytes) => {
    const { code, a } = await outcome(bytes);
    expect(code).toBe('p2p.truncated');
    expect(a.network.peers()).toHaveLength(1);
  });

  it.each([
    ['an unknown status', Uint8Array.of(77, 0, 0, 0, 0)],
    ['a chunk above its limit', Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff)],
    ['an end with a body', Uint8Array.of(4, 0, 0, 0, 1, 0)],
    ['a reason that is no code', Uint8Array.of(1, 0, 0, 0, 1, 0x20)],
  ])('disconnects at once on %s', async (_, bytes) => {
    const { code, a } = await outcome(bytes);
    expect(code).toBe('p2p.violation');
    await waitFor(() => a.network.peers().length === 0);
    expect(await a.metric('wardmesh_p2p_quarantined_peers')).toContain(' 1');
  });

  it('takes a reset for busy and keeps the connection', async () => {
    const { code, a } = await outcome(new Uint8Array(0), 'reset');
    expect(code).toBe('p2p.busy');
    expect(a.network.peers()).toHaveLength(1);
  });

  it('gives a stalled peer five seconds for its first frame and ten for each other', async () => {
    const { a, clock } = await asking(chunk, 'stay');
    const chunks = ask(a)[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toEqual(Uint8Array.of(7));
    const second = codeThrownBy(() => chunks.next());
    await waitFor(() => clock.pending > 0);
    await clock.advanceAsync(9_999);
    expect(await Promise.race([second, Promise.resolve('waiting')])).toBe('waiting');
    await clock.advanceAsync(1);
    expect(await second).toBe('p2p.timeout');
  });
});

describe('goodbye', () => {
  it('is heard, and stops the other side from dialling back at once', async () => {
    const a = await startNode({ number: 1 });
    const b = await startNode({ number: 2 });
    await connect(a.network, b.network);
    await b.network.disconnect(idOf(1), GOODBYE.tooManyPeers, 0);
    await waitFor(() => a.network.peers().length === 0);
    expect(await a.metric('wardmesh_p2p_goodbyes_total')).toContain('direction="received",reason="tooManyPeers"} 1');
    await expect(waitFor(() => a.network.peers().length > 0, { timeoutMs: 1_200 })).rejects.toThrow();
  });

  it('with other bytes than a code is refused', async () => {
    const raw = await startRaw(2);
    const a = await startNode({ number: 1 });
    a.network.setMembers([{ peerId: idOf(2), addresses: [] }]);
    const connection = await dialRaw(raw, a.network);
    const stream = await connection.newStream('/wardmesh/goodbye/1');
    const bytes: number[] = [];
    stream.addEventListener('message', (event) => bytes.push(...event.data.subarray()));
    stream.send(Uint8Array.of(0, 0, 0, 1, 9));
    await stream.close();
    await ended(stream);
    expect(bytes).toEqual([1, 0, 0, 0, 11, ...text('codec.short')]);
  });
});
